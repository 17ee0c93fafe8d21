"""Evaluates a condition of a contract over the columns of a page. Knows the language's meaning, not any contract."""

from __future__ import annotations

import ast
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from .values import mask_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.catalog.conditions import Condition
    from .values import Mask

_COMPARE = {
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}


def holds(condition: Condition, columns: Mapping[str, pa.Array]) -> Mask:
    """Tell for each record whether the condition holds; where a value that it needs is missing, it does not.

    Raises:
        pa.ArrowException: the condition compares what cannot be compared, such as a time with a word.

    """
    return mask_of(_value(condition.tree, columns))


def _value(node: ast.expr, columns: Mapping[str, pa.Array]) -> Any:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=value):
            return pa.scalar(value)
        case ast.BoolOp(op=op, values=parts):
            join = pc.and_kleene if isinstance(op, ast.And) else pc.or_kleene
            whole = _value(parts[0], columns)
            for part in parts[1:]:
                whole = join(whole, _value(part, columns))
            return whole
        case ast.UnaryOp(operand=part):
            return pc.invert(_value(part, columns))
        case ast.Call(func=ast.Name(id=name), args=[part]):
            return _call(name, _value(part, columns))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(left, ops, others, columns)
    raise AssertionError(f"{ast.unparse(node)}: outside the language, and yet it was parsed")


def _call(name: str, value: Any) -> Any:
    match name:
        case "missing":
            return pc.is_null(value)
        case "present":
            return pc.is_valid(value)
        case _:
            return pc.cast(value, pa.date32(), safe=False)


def _compared(left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], columns: Mapping[str, pa.Array]) -> Any:
    whole: Any = None
    for op, other in zip(ops, others, strict=True):
        part = _one_comparison(left, op, other, columns)
        whole = part if whole is None else pc.and_kleene(whole, part)
        left = other
    return whole


def _one_comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, columns: Mapping[str, pa.Array]) -> Any:
    value = _value(left, columns)
    if isinstance(right, ast.List):
        wanted = pa.array([part.value for part in right.elts if isinstance(part, ast.Constant)])
        wanted = wanted.cast(value.type, safe=True)
        inside = pc.is_in(value, value_set=wanted)
        inside = pc.if_else(pc.is_valid(value), inside, pa.scalar(None, pa.bool_()))
        return pc.invert(inside) if isinstance(op, ast.NotIn) else inside
    return _COMPARE[type(op)](*_alike(value, _value(right, columns)))


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Read a written constant as the time it is compared with."""
    return _as_time(left, right.type), _as_time(right, left.type)


def _as_time(value: Any, wanted: pa.DataType) -> Any:
    if not (isinstance(value, pa.Scalar) and pa.types.is_string(value.type) and pa.types.is_temporal(wanted)):
        return value
    reader = date if pa.types.is_date(wanted) else datetime
    return pa.scalar(reader.fromisoformat(value.as_py()), wanted)
