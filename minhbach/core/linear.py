"""Linear statements as declarations write them: `a = b + c`, `a <= b + c`, `other.a - b`. Parsed, not evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?"
TERM = re.compile(rf"\s*([+-])\s*({NAME})")


@dataclass(frozen=True)
class Statement:
    """`left relation right`, each side a sum of signed names."""

    left: tuple[tuple[int, str], ...]
    relation: Literal["=", "<="]
    right: tuple[tuple[int, str], ...]

    @property
    def names(self) -> list[str]:
        """Every name that occurs, in order."""
        return [name for _, name in (*self.left, *self.right)]

    def sql(self) -> str:
        """The statement as SQL that is true where it holds."""
        return f"{_sql(self.left)} {self.relation} {_sql(self.right)}"


def parse_statement(text: str) -> Statement:
    """Read `a = b + c` or `a <= b`.

    Raises:
        ValueError: it is none of the two forms; the message says what was expected.

    """
    left, relation, right = (part for part in re.split(r"\s*(<=|=)\s*", text, maxsplit=1)) if "=" in text else ("",) * 3
    if relation not in {"=", "<="}:
        raise ValueError("one relation, = or <=, between two sums")
    return Statement(parse_sum(left), "<=" if relation == "<=" else "=", parse_sum(right))


def parse_sum(text: str) -> tuple[tuple[int, str], ...]:
    """Read `a + b - c` as signed names.

    Raises:
        ValueError: it is no sum of names.

    """
    signed = text.strip() if text.strip().startswith(("+", "-")) else f"+ {text.strip()}"
    terms, position = [], 0
    while position < len(signed):
        term = TERM.match(signed, position)
        if term is None:
            raise ValueError("a sum of column names joined by + and -")
        terms.append((1 if term[1] == "+" else -1, term[2]))
        position = term.end()
        if not signed[position:].strip():
            break
    if not terms:
        raise ValueError("a sum of column names joined by + and -")
    return tuple(terms)


def _sql(terms: tuple[tuple[int, str], ...]) -> str:
    text = " ".join(f"{'+' if sign > 0 else '-'} {name}" for sign, name in terms)
    return text.removeprefix("+ ")
