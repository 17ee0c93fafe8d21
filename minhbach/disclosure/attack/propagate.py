"""Tighten bounds one constraint at a time, rounding to whole numbers; knows no table, needs no solver."""

from __future__ import annotations

import math
from collections import deque

from .system import INFINITE, TOLERANCE, Constraint, System

# Bounds may creep by one for ever around a cycle; the linear programs finish what is left.
_VISITS = 40


def propagate(system: System) -> bool:
    """Tighten the bounds of every unknown in place; return False where no whole numbers fit."""
    uses: list[list[int]] = [[] for _ in system.low]
    for place, constraint in enumerate(system.constraints):
        for number, _ in constraint.terms:
            uses[number].append(place)
    waiting = deque(range(len(system.constraints)))
    queued = [True] * len(system.constraints)
    visits = [0] * len(system.constraints)
    while waiting:
        place = waiting.popleft()
        queued[place] = False
        visits[place] += 1
        if visits[place] > _VISITS:
            continue
        for number in _tighten(system, system.constraints[place]):
            if system.low[number] > system.high[number]:
                return False
            for other in uses[number]:
                if not queued[other]:
                    queued[other] = True
                    waiting.append(other)
    return True


def _tighten(system: System, constraint: Constraint) -> list[int]:
    """Tighten every unknown of one constraint; return those that changed."""
    least, least_infinite = _extent(system, constraint, upper=False)
    most, most_infinite = _extent(system, constraint, upper=True)
    changed = []
    for number, factor in constraint.terms:
        low, high = system.low[number], system.high[number]
        own_least, own_most = (factor * low, factor * high) if factor > 0 else (factor * high, factor * low)
        # What the others reach without this one.
        others_least = _without(least, least_infinite, own_least)
        others_most = _without(most, most_infinite, own_most)
        ceiling = constraint.high - others_least
        floor = constraint.low - others_most
        if factor < 0:
            ceiling, floor = floor, ceiling
        new_high = math.floor(ceiling / factor + TOLERANCE) if math.isfinite(ceiling) else INFINITE
        new_low = math.ceil(floor / factor - TOLERANCE) if math.isfinite(floor) else -INFINITE
        if new_high < high or new_low > low:
            system.high[number], system.low[number] = min(high, new_high), max(low, new_low)
            changed.append(number)
            least, least_infinite = _extent(system, constraint, upper=False)
            most, most_infinite = _extent(system, constraint, upper=True)
    return changed


def _extent(system: System, constraint: Constraint, *, upper: bool) -> tuple[float, int]:
    """Give the finite part of the least or greatest sum, and how many terms have no bound."""
    total, infinite = 0.0, 0
    for number, factor in constraint.terms:
        bound = system.high[number] if (factor > 0) is upper else system.low[number]
        if math.isfinite(bound):
            total += factor * bound
        else:
            infinite += 1
    return total, infinite


def _without(finite: float, infinite: int, own: float) -> float:
    """Take one term out of an extent; infinite in the extent's direction where others have no bound."""
    if not math.isfinite(own):
        return finite if infinite == 1 else math.copysign(INFINITE, own)
    return finite - own if infinite == 0 else math.nan
