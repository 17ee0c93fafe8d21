"""The attacker's linear system: unknown counts with bounds, and constraints over them; knows no table and no solver."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

INFINITE = math.inf
# Counts are whole numbers; sums of a few hundred of them in double precision are exact far below this.
TOLERANCE = 1e-6

Term = tuple[int, float]


@dataclass
class Constraint:
    """`low <= sum of coefficient times unknown <= high`."""

    terms: list[Term]
    low: float
    high: float
    pattern: bool = False
    """Whether it only adds up bases of one period: the equations along which a base is hidden to hide another."""


@dataclass
class System:
    """Unknowns are numbered from 0; every one is a whole number between `low` and `high`."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    """Where published numbers alone break a constraint: such a model describes other files."""

    def unknown(self, low: float = 0, high: float = INFINITE) -> int:
        """Add an unknown and return its number."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def add(
        self,
        parts: Iterable[tuple[float, Value]],
        low: float,
        high: float,
        *,
        where: str,
        pattern: bool = False,
    ) -> None:
        """Add a constraint over values; what is published moves to the bounds."""
        terms: dict[int, float] = {}
        known = 0.0
        for factor, value in parts:
            if isinstance(value, Unknown):
                terms[value.number] = terms.get(value.number, 0.0) + factor
            else:
                known += factor * value
        kept = [(number, factor) for number, factor in terms.items() if factor]
        if kept:
            self.constraints.append(Constraint(kept, low - known, high - known, pattern))
        elif not low - TOLERANCE <= known <= high + TOLERANCE:
            self.contradictions.append(where)

    def components(self, constraints: Sequence[Constraint]) -> Iterator[tuple[list[int], list[Constraint]]]:
        """Give the unknowns that some constraints join, in groups, each with its constraints."""
        group: dict[int, int] = {}

        def find(number: int) -> int:
            while group.setdefault(number, number) != number:
                group[number] = group[group[number]]
                number = group[number]
            return number

        for constraint in constraints:
            for number, _ in constraint.terms:
                group[find(number)] = find(constraint.terms[0][0])
        members: dict[int, list[int]] = {}
        for number in sorted(group):
            members.setdefault(find(number), []).append(number)
        joined: dict[int, list[Constraint]] = {}
        for constraint in constraints:
            joined.setdefault(find(constraint.terms[0][0]), []).append(constraint)
        for root, numbers in members.items():
            yield numbers, joined[root]

    def settled(self, number: int) -> bool:
        """Tell whether one value alone is left."""
        return self.low[number] >= self.high[number]


@dataclass(frozen=True)
class Unknown:
    """A hidden count, by its number in the system."""

    number: int


Value = int | float | Unknown
