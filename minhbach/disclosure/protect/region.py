"""What a reader can still believe: the polytope of the hidden cells, and linear programs over it.

Knows matrices and bounds; does not know tables, roles or thresholds. Every solution is a table that agrees with all
that is published, so it widens the known interval of *every* cell at once: most cells never need a program of their
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from minhbach.core.errors import Unprotectable

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

# One value for every instance of a process: HiGHS refuses later runs silently when it differs.
THREADS = 1
# The class above it prints a banner on being made, and a command's output must stay one JSON document.
SOLVER: Any = highspy.Highs.__base__
# A solution is feasible to 1e-7 of a dossier; widths are judged a little inside of it.
TOLERANCE = 1e-6
SHARED_ROUNDS = 8
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
DECIDED = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
    highspy.HighsModelStatus.kInfeasible,
}


@dataclass
class Region:
    """`equal x = sums`, `below x <= most`, `low <= x <= high` over the free cells, numbered as in the system."""

    cells: Ints
    equal: sparse.csr_array
    sums: Floats
    below: sparse.csr_array
    most: Floats
    low: Floats
    high: Floats

    def components(self) -> Iterator[Region]:
        """Split into parts that no equation joins, in the order of their first cell."""
        joined = sparse.vstack([self.equal, self.below], format="csr")
        rows, size = joined.shape
        graph = sparse.block_array([[None, joined], [joined.T, None]], format="csr") if rows else None
        label = connected_components(graph, directed=False)[1] if rows else np.arange(size)
        of_row, of_cell = label[:rows], label[rows:]
        order = np.argsort(of_cell, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(of_cell[order]) != 0]) if size else np.array([], dtype=np.int64)
        parts = sorted(np.split(order, starts[1:]), key=lambda part: int(part[0])) if size else []
        row_order = np.argsort(of_row, kind="stable")
        firsts = {int(k): v for k, v in zip(*_groups(of_row[row_order], row_order), strict=True)} if rows else {}
        equals = self.equal.shape[0]
        for part in parts:
            mine = np.sort(firsts.get(int(of_cell[part[0]]), np.array([], dtype=np.int64)))
            upper, lower = mine[mine < equals], mine[mine >= equals] - equals
            yield Region(
                self.cells[part],
                self.equal[upper][:, part],
                self.sums[upper],
                self.below[lower][:, part],
                self.most[lower],
                self.low[part],
                self.high[part],
            )


def _groups(labels: Ints, values: Ints) -> tuple[Ints, list[Ints]]:
    starts = np.flatnonzero(np.r_[True, np.diff(labels) != 0])
    return labels[starts], np.split(values, starts[1:])


class Programs:
    """One warm HiGHS instance over one component; remembers what its solutions have shown of every cell."""

    def __init__(self, region: Region, start: tuple[Floats, Floats] | None = None) -> None:
        self.region = region
        size = len(region.cells)
        self.low = np.full(size, np.inf) if start is None else start[0].astype(float)
        self.high = np.full(size, -np.inf) if start is None else start[1].astype(float)
        self.solved = 0
        self._highs = SOLVER()
        for option, value in (
            ("output_flag", False),
            ("threads", THREADS),
            ("simplex_strategy", PRIMAL_SIMPLEX),
            ("presolve", "off"),
        ):
            accepted(self._highs.setOptionValue(option, value), option)
        matrix = sparse.vstack([region.equal, region.below], format="csr").astype(np.float64)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = size, matrix.shape[0]
        model.col_cost_ = np.zeros(size)
        model.col_lower_, model.col_upper_ = region.low, np.where(np.isinf(region.high), highspy.kHighsInf, region.high)
        model.row_lower_ = np.r_[region.sums, np.full(len(region.most), -highspy.kHighsInf)]
        model.row_upper_ = np.r_[region.sums, region.most]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr
        model.a_matrix_.index_ = matrix.indices
        model.a_matrix_.value_ = matrix.data
        accepted(self._highs.passModel(model), "passModel")

    def push(self, cost: Floats) -> Floats | None:
        """Find the table with the greatest `cost x`; None when it has no end."""
        size = len(cost)
        accepted(
            self._highs.changeColsCost(size, np.arange(size, dtype=np.int32), -cost.astype(np.float64)),
            "changeColsCost",
        )
        status = self._run()
        if status in {highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unprotectable(
                f"disclosure: found solver status {self._highs.modelStatusToString(status)} over {size} hidden cells,"
                " expected an optimum; the tables contradict their own identities or an earlier release."
            )
        found = np.asarray(self._highs.getSolution().col_value)
        np.minimum(self.low, found, out=self.low)
        np.maximum(self.high, found, out=self.high)
        return found

    def _run(self) -> Any:
        accepted(self._highs.run(), "run")
        self.solved += 1
        status = self._highs.getModelStatus()
        if status in DECIDED:
            return status
        # A warm basis can lose its way in numbers; from scratch, by the dual simplex, the same program has an answer.
        accepted(self._highs.clearSolver(), "clearSolver")
        accepted(self._highs.setOptionValue("simplex_strategy", DUAL_SIMPLEX), "simplex_strategy")
        accepted(self._highs.run(), "run")
        self.solved += 1
        accepted(self._highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX), "simplex_strategy")
        return self._highs.getModelStatus()

    def cap(self, most: Floats) -> None:
        """Bound the cells further, or as the region does where `most` is infinite."""
        size = len(most)
        high = np.minimum(self.region.high, most)
        bounds = self.region.low, np.where(np.isinf(high), highspy.kHighsInf, high)
        accepted(self._highs.changeColsBounds(size, np.arange(size, dtype=np.int32), *bounds), "changeColsBounds")

    def push_one(self, at: int) -> tuple[float, float]:
        """Give the exact interval of one cell."""
        cost = np.zeros(len(self.region.cells))
        cost[at] = 1.0
        if self.push(cost) is None:
            self.high[at] = np.inf
        if self.push(-cost) is None:
            self.low[at] = -np.inf
        return float(self.low[at]), float(self.high[at])


def accepted(status: Any, what: str) -> None:
    """Refuse to go on after a failed call of the solver."""
    # A warning would leave a stale solution behind, and a stale solution reads as a proof.
    if status == highspy.HighsStatus.kError:
        raise Unprotectable(f"disclosure: the linear solver refused {what}; nothing was protected.")


def is_wide(low: Any, high: Any, min_width: Any, min_integers: Any) -> Any:
    """Tell which intervals keep the declared width and number of integers."""
    integers = np.floor(high + TOLERANCE) - np.ceil(low - TOLERANCE) + 1
    return (high - low >= min_width - TOLERANCE) & (integers >= min_integers)


def exact(region: Region) -> tuple[Floats, Floats]:
    """Give the interval of every cell by its own two programs."""
    low, high = np.zeros(len(region.cells)), np.zeros(len(region.cells))
    position = {int(cell): at for at, cell in enumerate(region.cells)}
    for part in region.components():
        programs = Programs(part)
        for at, cell in enumerate(part.cells):
            low[position[int(cell)]], high[position[int(cell)]] = programs.push_one(at)
    return low, high


def widen(
    region: Region, start: tuple[Any, Any], wanted: Any, min_width: Any, min_integers: Any
) -> tuple[Floats, Floats, int]:
    """Show, by tables that fit, how wide the cells are; stop as soon as every wanted cell is wide enough.

    `start` holds the intervals that were shown before: the truth at both ends, where nothing was. Returns the shown
    intervals (inside the true ones; exact for a wanted cell that stays narrow) and the number of programs.
    """
    low, high = start[0].astype(float), start[1].astype(float)
    position = {int(cell): at for at, cell in enumerate(region.cells)}
    solved = 0
    for number, part in enumerate(region.components()):
        at = np.array([position[int(cell)] for cell in part.cells])
        if not wanted[at].any():
            continue
        programs = Programs(part, (low[at], high[at]))
        _share(programs, wanted[at], min_width[at], min_integers[at], number)
        low[at], high[at] = programs.low, programs.high
        solved += programs.solved
    return low, high, solved


def _share(programs: Programs, wanted: Any, min_width: Any, min_integers: Any, seed: int) -> None:
    # A linear goal would heap all it can on one cell; no wanted cell may take more than its width, so all get some.
    programs.cap(np.where(wanted, np.maximum(programs.high, programs.low + min_width), np.inf))
    chance = np.random.default_rng(20260615 + seed)
    for _ in range(SHARED_ROUNDS):
        narrow = wanted & ~is_wide(programs.low, programs.high, min_width, min_integers)
        left = int(narrow.sum())
        if left <= 1:
            break
        signs = np.where(narrow, chance.choice([-1.0, 1.0], size=len(narrow)), 0.0)
        programs.push(signs)
        programs.push(-signs)
        still = int((narrow & ~is_wide(programs.low, programs.high, min_width, min_integers)).sum())
        if left - still < left // 8:
            break
    programs.cap(np.full(len(wanted), np.inf))
    for at in np.flatnonzero(wanted):
        if not is_wide(programs.low[at], programs.high[at], min_width[at], min_integers[at]):
            programs.push_one(int(at))
