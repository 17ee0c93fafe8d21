"""Make the linear programs small without changing any answer: drop what bounds imply, fold in what stands once.

Knows the system after its bounds were tightened; solves nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .system import INFINITE, TOLERANCE, Constraint

if TYPE_CHECKING:
    from collections.abc import Collection

    from .system import System, Term


def reduced(system: System, wanted: Collection[int]) -> list[Constraint]:
    """Give constraints over fewer unknowns that leave the unknowns asked for exactly the same room."""
    rows: dict[int, Constraint] = {}
    uses: dict[int, set[int]] = {}
    for place, constraint in enumerate(system.constraints):
        rows[place] = _open(system, constraint)
        for number, _ in rows[place].terms:
            uses.setdefault(number, set()).add(place)
    waiting = list(rows)
    while waiting:
        place = waiting.pop()
        if place not in rows:
            continue
        row = rows[place]
        if len(row.terms) <= 1 or _implied(system, row):
            del rows[place]
            for number, _ in row.terms:
                uses[number].discard(place)
                waiting.extend(uses[number])
            continue
        once = next((term for term in row.terms if term[0] not in wanted and len(uses[term[0]]) == 1), None)
        if once is not None:
            rows[place] = _folded(system, row, once)
            uses[once[0]].discard(place)
            waiting.append(place)
    return list(rows.values())


def _open(system: System, constraint: Constraint) -> Constraint:
    """Move settled unknowns to the bounds."""
    settled = sum(factor * system.low[number] for number, factor in constraint.terms if system.settled(number))
    terms = [(number, factor) for number, factor in constraint.terms if not system.settled(number)]
    return Constraint(terms, constraint.low - settled, constraint.high - settled)


def _implied(system: System, row: Constraint) -> bool:
    """Tell whether the bounds of its unknowns keep a constraint already."""
    least = sum(_reach(system, term)[0] for term in row.terms)
    if least < row.low - TOLERANCE:
        return False
    return sum(_reach(system, term)[1] for term in row.terms) <= row.high + TOLERANCE


def _folded(system: System, row: Constraint, once: Term) -> Constraint:
    """Let an unknown that nothing else reads become room in the bounds of its only constraint."""
    least, most = _reach(system, once)
    low = -INFINITE if math.isinf(most) else row.low - most
    high = INFINITE if math.isinf(least) else row.high - least
    return Constraint([term for term in row.terms if term != once], low, high)


def _reach(system: System, term: Term) -> tuple[float, float]:
    number, factor = term
    ends = (factor * system.low[number], factor * system.high[number])
    return min(ends), max(ends)
