"""The small language of `when:`: comparisons over landed names. Reads and checks text; evaluates nothing."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = ("missing", "present", "day")
"""missing(x), present(x): whether a value is there; day(x): the date of a timestamp."""
SHAPE = "comparisons of landed names joined by and, or, not: `ngay_tra < ngay_nop or missing(ngay_nop)`"
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)


@dataclass(frozen=True)
class Condition:
    """A condition that keeps to the language; true where the defect is."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition.

        Raises:
            ValueError: it is no expression, or uses something outside the language; worded as found and expected.

        """
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError) as error:
            raise ValueError(f'found "{text}", expected {SHAPE}') from error
        names = frozenset(_names(tree, text))
        if not names:
            raise ValueError(f'found "{text}", expected at least one landed name')
        return cls(text, tree, names)


def _names(node: ast.expr, text: str) -> Iterator[str]:
    """Yield the landed names that a part reads; refuse what is outside the language."""
    match node:
        case ast.BoolOp(values=parts):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=part):
            parts = [part]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(isinstance(op, _COMPARISONS) for op in ops):
            _check_lists(ops, others, text)
            parts = [left, *others]
        case ast.Call(func=ast.Name(id=name), args=[part], keywords=[]) if name in FUNCTIONS:
            parts = [part]
        case ast.List(elts=parts) if all(isinstance(part, ast.Constant) for part in parts):
            pass
        case ast.Name(id=name):
            yield name
            return
        case ast.Constant(value=str() | bool() | int()):
            return
        case _:
            raise ValueError(f'found "{ast.unparse(node)}" in "{text}", expected {SHAPE}')
    for part in parts:
        yield from _names(part, text)


def _check_lists(ops: list[ast.cmpop], others: list[ast.expr], text: str) -> None:
    for op, other in zip(ops, others, strict=True):
        if isinstance(op, ast.In | ast.NotIn) != isinstance(other, ast.List):
            raise ValueError(f'found "{text}", expected a list of constants after in, and nowhere else')
