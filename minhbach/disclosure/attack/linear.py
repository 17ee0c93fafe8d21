"""Linear programs over one component of the system: what is the least and the most an unknown can be.

Knows HiGHS and its traps; does not know tables. Every solution is a possible table, so it widens the seen range of
every unknown at once, and an unknown whose seen range is wide enough needs no program of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from minhbach.core.errors import GateRefused

from .system import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .system import Constraint, System

# HiGHS has one scheduler per process: an instance with another number of threads silently solves nothing.
_THREADS = 1
# An unknown without any bound still needs one, so that every program has a solution; far above any count.
_FAR = 1e7
_PRIMAL_SIMPLEX = 4
_SHARED_ROUNDS = 6
# The convenience class writes a banner to stdout as soon as it is made; the class below it does not.
_Solver: Any = highspy.Highs.__base__


class Contradiction(Exception):
    """Raised when no table at all fits what was published."""


class Component:
    """One group of unknowns that hang together, with the ranges seen so far."""

    def __init__(self, system: System, numbers: Sequence[int], constraints: Sequence[Constraint]) -> None:
        """Load the group into a solver and find one possible table."""
        self.column = {number: place for place, number in enumerate(numbers)}
        self.bound_low = np.array([system.low[number] for number in numbers], dtype=float)
        self.bound_high = np.minimum([system.high[number] for number in numbers], _FAR)
        self.seen_low = np.full(len(numbers), np.inf)
        self.seen_high = np.full(len(numbers), -np.inf)
        self.programs = 0
        self._numbers = list(numbers)
        self._random = np.random.default_rng(len(numbers))
        self._lowest: dict[int, int] = {}
        self._highest: dict[int, int] = {}
        self._solver = self._load(constraints)
        self._solve()
        # From here on only objectives change: the basis stays feasible, so primal simplex goes on from it.
        self._solver.setOptionValue("presolve", "off")
        self._solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)

    def explore(self, numbers: Sequence[int], enough: int) -> None:
        """Solve a few shared programs that pull many unknowns apart at once, while any is still too narrow."""
        for turn in range(_SHARED_ROUNDS):
            open_columns = [self.column[number] for number in numbers if self.seen(number) < enough]
            if not open_columns:
                return
            costs = np.zeros(len(self._numbers))
            signs = self._random.choice((-1.0, 1.0), len(open_columns)) if turn > 1 else 1.0 - 2.0 * turn
            costs[open_columns] = signs * self._random.uniform(0.5, 1.5, len(open_columns))
            self._objective(costs)
            self._solve()

    def seen(self, number: int) -> int:
        """Give the width of the whole numbers seen so far, at most what is possible; negative before any."""
        column = self.column[number]
        if not math.isfinite(self.seen_low[column]):
            return -1
        low, high = float(self.seen_low[column]), float(self.seen_high[column])
        return math.floor(high + TOLERANCE) - math.ceil(low - TOLERANCE)

    def lowest(self, number: int) -> int:
        """Give the least whole number an unknown can be."""
        if number not in self._lowest:
            column = self.column[number]
            if self.seen_low[column] > self.bound_low[column] + TOLERANCE:
                self._pull(column, 1.0)
            self._lowest[number] = math.ceil(self.seen_low[column] - TOLERANCE)
        return self._lowest[number]

    def highest(self, number: int) -> int | None:
        """Give the greatest whole number an unknown can be; None without a bound."""
        if number not in self._highest:
            column = self.column[number]
            if self.seen_high[column] < self.bound_high[column] - TOLERANCE:
                self._pull(column, -1.0)
            self._highest[number] = math.floor(self.seen_high[column] + TOLERANCE)
        return self._highest[number] if self._highest[number] < _FAR / 2 else None

    def _pull(self, column: int, cost: float) -> None:
        costs = np.zeros(len(self._numbers))
        costs[column] = cost
        self._objective(costs)
        self._solve()

    def _load(self, constraints: Sequence[Constraint]) -> Any:
        starts = [0]
        columns: list[int] = []
        factors: list[float] = []
        lows: list[float] = []
        highs: list[float] = []
        for constraint in constraints:
            columns.extend(self.column[number] for number, _ in constraint.terms)
            factors.extend(factor for _, factor in constraint.terms)
            starts.append(len(columns))
            lows.append(constraint.low)
            highs.append(constraint.high)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self._numbers), len(lows)
        program.col_cost_ = np.zeros(len(self._numbers))
        program.col_lower_, program.col_upper_ = self.bound_low, self.bound_high
        program.row_lower_, program.row_upper_ = np.array(lows, dtype=float), np.array(highs, dtype=float)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(starts)
        program.a_matrix_.index_ = np.array(columns)
        program.a_matrix_.value_ = np.array(factors, dtype=float)
        solver = _Solver()
        for option, value in (("output_flag", False), ("threads", _THREADS), ("solver", "simplex")):
            self._checked(solver.setOptionValue(option, value), f"option {option}")
        self._checked(solver.passModel(program), "model")
        return solver

    def _objective(self, costs: NDArray[np.float64]) -> None:
        places = np.arange(len(costs), dtype=np.int32)
        self._checked(self._solver.changeColsCost(len(costs), places, costs), "objective")

    def _solve(self) -> None:
        self._checked(self._solver.run(), "run")
        self.programs += 1
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Contradiction
        if status != highspy.HighsModelStatus.kOptimal:
            raise GateRefused(
                f"The attack could not be finished: the solver said {self._solver.modelStatusToString(status)},"
                " expected an optimum; nothing was proven, so nothing may go out: run again or report it."
            )
        values = np.array(self._solver.getSolution().col_value)
        np.minimum(self.seen_low, values, out=self.seen_low)
        np.maximum(self.seen_high, values, out=self.seen_high)

    @staticmethod
    def _checked(status: Any, what: str) -> None:
        if status != highspy.HighsStatus.kOk:
            raise GateRefused(
                f"The attack could not be finished: the solver answered {status.name} to its {what}, expected kOk;"
                " nothing was proven, so nothing may go out: run again or report it."
            )
