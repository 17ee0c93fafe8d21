"""The attacker who knows the threshold and the algorithm: every pattern of hidden bases hides at least one small one.

Knows which hidden bases were hidden for one another; does not know tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .system import System


def patterns(system: System, bases: Iterable[int]) -> list[list[int]]:
    """Group hidden bases that are joined by equations over bases of one period alone."""
    wanted = set(bases)
    group = {number: number for number in wanted}

    def find(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for constraint in system.constraints:
        if constraint.pattern:
            joined = [number for number, _ in constraint.terms if number in wanted]
            for number in joined[1:]:
                group[find(number)] = find(joined[0])
    members: dict[int, list[int]] = {}
    for number in sorted(wanted):
        members.setdefault(find(number), []).append(number)
    return list(members.values())
