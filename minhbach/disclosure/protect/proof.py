"""Proof that a pattern holds: tables that agree with all that is published and differ enough in every protected cell.

Knows roles, thresholds and widths; hides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .region import TOLERANCE, Floats, Ints, Region, is_wide, widen

if TYPE_CHECKING:
    from .pattern import Mask, Pattern

# A hidden cell may be shown to move this far; farther is no better, and programs stay bounded under hidden totals.
REACH = 1000.0


@dataclass
class Shown:
    """Intervals that tables agreeing with the published cells have shown: the truth lies in them, and so does doubt."""

    low: Floats
    high: Floats
    programs: int = 0
    rounds: int = 0

    def add(self, pattern: Pattern, where: Region, wanted: Mask) -> None:
        """Widen what was shown by tables of a region that pull the wanted cells apart."""
        cells = where.cells
        limits = pattern.min_width[cells], pattern.min_integers[cells]
        known = self.low[cells], self.high[cells]
        low, high, programs = widen(where, known, wanted[cells], *limits)
        self.low[cells], self.high[cells] = np.minimum(known[0], low), np.maximum(known[1], high)
        self.programs += programs

    def narrow(self, pattern: Pattern) -> Ints:
        """Protected cells without the declared width, in the order of the cells."""
        wide = is_wide(self.low, self.high, pattern.min_width, pattern.min_integers)
        # What is surely none, or surely not small, tells nothing of anybody.
        small = (self.low < pattern.threshold) & (self.high > TOLERANCE)
        # What is certain of this period is the truth, and a sensitive truth is protected; of an earlier one it is not.
        small &= (self.high > self.low + TOLERANCE) | pattern.system.is_old
        return np.flatnonzero((pattern.protected() | (pattern.doubtful() & small)) & ~wide)


def bases_alone(pattern: Pattern, hidden: Mask) -> Region:
    """The polytope of hidden bases along their own sums, as if every other count could follow."""
    system = pattern.system
    cells = np.flatnonzero(hidden)
    truth = system.truth[cells].astype(float)
    lines = system.equal[[line.number for line in pattern.base_lines]][:, cells]
    lines = lines[np.flatnonzero(np.diff(lines.indptr))]
    nothing = sparse.csr_array((0, len(cells)))
    return Region(cells, lines, lines @ truth, nothing, np.zeros(0), pattern.least[cells], truth + REACH)


def region(pattern: Pattern, free: Mask, reach: float = REACH) -> Region:
    """The polytope over some unknown cells; all others stand at their true value, which only makes it smaller."""
    system = pattern.system
    cells = np.flatnonzero(free)
    truth = system.truth[cells].astype(float)
    equal, below = system.equal[:, cells], system.below[:, cells]
    at, under = np.flatnonzero(np.diff(equal.indptr)), np.flatnonzero(np.diff(below.indptr))
    equal, below = equal[at], below[under]
    most = below @ truth - (system.below @ system.truth)[under]
    return Region(
        cells,
        equal,
        equal @ truth,
        below,
        most,
        (system.is_base[cells] & (system.truth[cells] > 0)).astype(float),
        truth + reach,
    )


def prove(pattern: Pattern, shown: Shown | None = None) -> Shown:
    """Show the width of every protected cell, first in the small parts of the system, then together.

    What was `shown` before more was hidden still holds: hiding more only lets more tables agree.
    """
    system = pattern.system
    shown = shown or Shown(system.truth.astype(float), system.truth.astype(float))
    row_hidden = _rows_hidden(pattern)
    free = pattern.free
    for part in (free & ~row_hidden, free & row_hidden, free):
        wide = is_wide(shown.low, shown.high, pattern.min_width, pattern.min_integers)
        wanted = (pattern.protected() | pattern.doubtful()) & ~wide
        if (wanted & part).any():
            shown.add(pattern, region(pattern, part), wanted)
    shown.rounds += 1
    return shown


def single_primaries(pattern: Pattern, shown: Shown) -> Ints:
    """Cells that alone can be the reason of their pattern, and whose interval cut to 1..T-1 holds too few integers."""
    system = pattern.system
    cells = np.flatnonzero(pattern.hidden & system.is_base & (system.truth > 0))
    if not len(cells):
        return cells
    numbers = [line.number for line in pattern.bases_of_all]
    joined = abs(system.equal[numbers][:, cells])
    label = connected_components(sparse.csr_array(joined.T @ joined), directed=False)[1]
    can_be = shown.low[cells] < pattern.threshold[cells]
    most = np.minimum(np.floor(shown.high[cells] + TOLERANCE), pattern.threshold[cells] - 1)
    integers = most - np.maximum(np.ceil(shown.low[cells] - TOLERANCE), 1) + 1
    found = []
    for one in range(int(label.max()) + 1):
        possible = np.flatnonzero((label == one) & can_be)
        if len(possible) == 1 and integers[possible[0]] < pattern.min_integers[cells[possible[0]]]:
            found.append(cells[possible[0]])
    return np.array(found, dtype=np.int64)


def _rows_hidden(pattern: Pattern) -> Mask:
    system = pattern.system
    found = np.zeros(system.size, dtype=bool)
    for block in system.blocks:
        bases = [system.measure_cells(block, base) for base in block.spec.bases]
        gone = (
            np.any([pattern.hidden[cells] for cells in bases], axis=0)
            if bases
            else np.zeros(len(block.keys), dtype=bool)
        )
        found[block.offset : block.offset + block.values.size] = np.repeat(gone, len(block.names))
    return found
