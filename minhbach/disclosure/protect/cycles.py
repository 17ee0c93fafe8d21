"""The cheapest closed way to move a hidden base by the declared width; knows base counts only.

What one base gains, others of its lines must lose, and so on until every line is even again: a linear program over
the sums of bases, in which moving a hidden row is free and moving a published one costs as much as hiding it. The
rows that move are hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy import sparse

from .region import SOLVER, THREADS, accepted
from .sweep import price

if TYPE_CHECKING:
    from .pattern import Pattern
    from .region import Floats, Ints

# A hidden row is free to move, but not for nothing: short ways are better.
HIDDEN_COSTS = 0.01
MOVES = 1e-6


class Cycles:
    """One warm program over all bases of a system."""

    def __init__(self, pattern: Pattern, movable: Floats) -> None:
        self.pattern = pattern
        system = pattern.system
        self.cells: Ints = np.flatnonzero(system.is_base & (system.truth > 0) & ~pattern.kept)
        self.position = {int(cell): at for at, cell in enumerate(self.cells)}
        size = len(self.cells)
        self._weight = np.array([self._cost(int(cell)) for cell in self.cells])
        self._down = movable[self.cells].min(axis=1)
        lines = system.equal[[line.number for line in pattern.base_lines]][:, self.cells]
        self._highs = SOLVER()
        for option, value in (("output_flag", False), ("threads", THREADS), ("presolve", "off")):
            accepted(self._highs.setOptionValue(option, value), option)
        matrix = sparse.hstack([lines, -lines], format="csr").astype(np.float64)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * size, matrix.shape[0]
        model.col_cost_ = np.tile(self._costs(), 2)
        model.col_lower_ = np.zeros(2 * size)
        model.col_upper_ = np.r_[np.full(size, highspy.kHighsInf), self._down]
        model.row_lower_ = model.row_upper_ = np.zeros(matrix.shape[0])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
            matrix.indptr,
            matrix.indices,
            matrix.data,
        )
        accepted(self._highs.passModel(model), "passModel")

    def open(self, cell: int, width: float) -> bool:
        """Hide the rows of the cheapest way to move a base up by a width, or down; False when nothing new is hidden."""
        at = self.position[cell]
        self._price()
        for up in (True, False):
            if not up and self._down[at] < width:
                continue
            moved = self._move(at, width, up=up)
            if moved is None:
                continue
            fresh = [int(one) for one in self.cells[moved] if not self.pattern.hidden[one]]
            for one in fresh:
                self.pattern.hide_row(one)
            return bool(fresh)
        return False

    def _move(self, at: int, width: float, *, up: bool) -> Ints | None:
        size = len(self.cells)
        gain, loss = at, at + size
        forced, still = (gain, loss) if up else (loss, gain)
        accepted(self._highs.changeColBounds(forced, width, width), "changeColBounds")
        accepted(self._highs.changeColBounds(still, 0.0, 0.0), "changeColBounds")
        accepted(self._highs.run(), "run")
        found = None
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            values = np.asarray(self._highs.getSolution().col_value)
            found = np.flatnonzero(np.abs(values[:size] - values[size:]) > MOVES)
        accepted(self._highs.changeColBounds(gain, 0.0, highspy.kHighsInf), "changeColBounds")
        accepted(self._highs.changeColBounds(loss, 0.0, float(self._down[at])), "changeColBounds")
        return found

    def _price(self) -> None:
        costs = np.tile(self._costs(), 2)
        accepted(self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs), "changeColsCost")

    def _costs(self) -> Floats:
        return np.where(self.pattern.hidden[self.cells], HIDDEN_COSTS, self._weight)

    def _cost(self, cell: int) -> float:
        return price(self.pattern.system.truth[cell]) * self.pattern.dearness(cell)
