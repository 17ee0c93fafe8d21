"""A second attacker, written apart: scipy's linear programs over equations spelled out by hand, shares nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import lil_array


@dataclass
class Oracle:
    """Cells by any name: written ones are numbers, hidden ones unknown."""

    known: dict[object, int]
    hidden: dict[object, tuple[float, float]]
    equal: list[tuple[dict[object, float], float]] = field(default_factory=list)
    at_most: list[tuple[dict[object, float], float]] = field(default_factory=list)

    def equation(self, factors: dict[object, float], value: float = 0) -> None:
        self.equal.append((factors, value))

    def inequality(self, factors: dict[object, float], value: float = 0) -> None:
        self.at_most.append((factors, value))

    def interval(self, name: object, *, whole: bool = False) -> tuple[int, int]:
        """Give the whole numbers between the least and the greatest solution."""
        return math.ceil(self._least(name, 1, whole) - 1e-6), math.floor(-self._least(name, -1, whole) + 1e-6)

    def _least(self, name: object, sign: int, whole: bool) -> float:
        place = {hidden: number for number, hidden in enumerate(self.hidden)}
        cost = np.zeros(len(place))
        cost[place[name]] = sign
        equal, equal_to = self._matrix(self.equal, place)
        below, below_to = self._matrix(self.at_most, place)
        if whole:
            rows = [LinearConstraint(equal, equal_to, equal_to), LinearConstraint(below, -np.inf, below_to)]
            low, high = zip(*self.hidden.values(), strict=True)
            found = milp(
                cost, constraints=rows, integrality=np.ones(len(place)), bounds=(np.array(low), np.array(high))
            )
        else:
            found = linprog(
                cost, A_eq=equal, b_eq=equal_to, A_ub=below, b_ub=below_to, bounds=list(self.hidden.values())
            )
        assert found.status == 0, found.message
        return float(found.fun)

    def _matrix(self, rows: list[tuple[dict[object, float], float]], place: dict[object, int]) -> tuple[object, object]:
        matrix, right = lil_array((max(len(rows), 1), len(place))), np.zeros(max(len(rows), 1))
        for number, (factors, value) in enumerate(rows):
            right[number] = value
            for name, factor in factors.items():
                if name in self.known:
                    right[number] -= factor * self.known[name]
                else:
                    matrix[number, place[name]] += factor
        return matrix.tocsr(), right
