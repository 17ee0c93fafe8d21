"""Read the linear expressions of a declaration: `a = b + c`, `a <= b - 2*c`, `table.a - b`; knows no table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from minhbach.core.errors import DeclarationError, Problem

_TERM = re.compile(r"\s*(?P<sign>[+-])?\s*(?:(?P<factor>\d+)\s*\*\s*)?(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)?|\d+)\s*")
_RELATION = re.compile(r"<=|>=|==|=")


@dataclass(frozen=True)
class Relation:
    """`low <= sum of coefficients times names <= high`; None is no bound."""

    coefficients: dict[str, int]
    low: int | None
    high: int | None


def linear(text: str) -> tuple[dict[str, int], int]:
    """Read a sum of names with whole factors; return the factors by name and the constant.

    Raises:
        DeclarationError: the text is no such sum.

    """
    factors: dict[str, int] = {}
    constant = 0
    position = 0
    while position < len(text) or position == 0:
        term = _TERM.match(text, position)
        if term is None or (position > 0 and term["sign"] is None):
            raise DeclarationError([Problem(f'"{text}"', "", f'"{text[position:]}"', "a sum such as a + b - 2*c")])
        size = int(term["factor"] or 1) * (-1 if term["sign"] == "-" else 1)
        if term["name"].isdecimal():
            constant += size * int(term["name"])
        else:
            factors[term["name"]] = factors.get(term["name"], 0) + size
        position = term.end()
    return factors, constant


def relation(text: str) -> Relation:
    """Read an equation or inequality between two sums.

    Raises:
        DeclarationError: the text is neither.

    """
    signs = _RELATION.findall(text)
    if len(signs) != 1:
        raise DeclarationError([Problem(f'"{text}"', "", f"{len(signs)} comparisons", "one of =, <=, >=")])
    left, right = (linear(side) for side in _RELATION.split(text))
    coefficients = dict(left[0])
    for name, factor in right[0].items():
        coefficients[name] = coefficients.get(name, 0) - factor
    level = right[1] - left[1]
    return Relation(coefficients, None if signs[0] == "<=" else level, None if signs[0] == ">=" else level)
