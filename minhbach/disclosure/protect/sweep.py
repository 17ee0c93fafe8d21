"""The greedy search: no sum may hold a hidden base alone, or too little of it to hide in; knows no solver.

Costs are `log(1 + n)`. The slack of a line is what an outside reader is left with when he knows the totals of every
column: a base is the sum of its parts in several ways at once (form 06: 4 + 5 + 6 and 7 + 11), and can only grow as
far as the parts of the other hidden rows of its line can shrink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .blocks import Block, Ints
    from .pattern import Line, Pattern
    from .region import Floats
    from .system import System

# What another line costs that has no hidden cell yet: it will need a companion of its own.
NEW_LINE_COSTS = 3.0
SHORTFALL_COSTS = 0.5
# From here on the size of a count weighs more than its order of magnitude.
LARGE = 15.0


def price(count: float) -> float:
    """Cost of hiding a count: its logarithm while it is small, its size where it would cost readers a real figure."""
    return float(np.log1p(count) + count / LARGE)


class Sweep:
    """Chooses complements along the lines of bases."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.fixed, self.movable = _parts(pattern.system, pattern)

    def run(self) -> None:
        """Hide complements until every line that holds a hidden base has enough slack."""
        changed = True
        while changed:
            changed = False
            for line in self.pattern.base_lines:
                while not self.is_safe(line) and self.extend(line):
                    changed = True

    def is_safe(self, line: Line) -> bool:
        """Whether the hidden cells of a line leave each other room."""
        pattern = self.pattern
        inside = line.children[pattern.hidden[line.children]]
        if pattern.hidden[line.total]:
            return len(inside) > 0 or not pattern.system.truth[line.total]
        return len(inside) == 0 or bool(self.room(inside).min() >= pattern.min_width[line.total])

    def room(self, hidden: Ints) -> Floats:
        """Width that a line leaves to each of its hidden cells."""
        fixed, movable = self.fixed[hidden], self.movable[hidden]
        room: Floats = (fixed + movable.sum(axis=0)).min(axis=1) - fixed.max(axis=1)
        return room

    def extend(self, line: Line) -> bool:
        """Hide the cheapest further cell of a line; False when there is none."""
        pattern = self.pattern
        hidden = line.children[pattern.hidden[line.children]]
        candidates = [
            int(c) for c in line.cells if not (pattern.hidden[c] or pattern.kept[c]) and pattern.system.truth[c] > 0
        ]
        if not candidates:
            return False
        best = min(candidates, key=lambda cell: (self._cost(cell, line, hidden), cell))
        pattern.hide_row(best)
        return True

    def _cost(self, cell: int, line: Line, hidden: Ints) -> float:
        pattern, truth = self.pattern, self.pattern.system.truth
        cost = price(truth[cell]) * pattern.dearness(cell)
        for other in pattern.lines_of[cell]:
            if other.number == line.number or pattern.hidden[other.cells].any():
                continue
            alone = other.cells[(other.cells != cell) & (truth[other.cells] > 0)]
            cost += NEW_LINE_COSTS if len(alone) != 1 else pattern.dearness(int(alone[0])) * price(truth[alone[0]])
        if cell != line.total and not pattern.hidden[line.total]:
            room = float(self.room(np.r_[hidden, cell]).min())
            cost += SHORTFALL_COSTS * max(0.0, float(pattern.min_width[cell]) - room)
        return cost


def _parts(system: System, pattern: Pattern) -> tuple[Floats, Floats]:
    """Of every base, by each way it adds up: what a reader knows of it, and what can move."""
    ways = 1 + max((sum(r.equal for r in block.spec.relations) for block in system.blocks), default=0)
    fixed, movable = np.ones((system.size, ways)), np.zeros((system.size, ways))
    fixed[:, :] = np.maximum(pattern.least, 1)[:, None]
    movable[:, :] = np.maximum(system.truth - np.maximum(pattern.least, 1), 0)[:, None]
    for block in system.blocks:
        for base in block.spec.bases:
            cells = system.measure_cells(block, base)
            for way, parts in enumerate(_sums_of(block, base), start=1):
                columns = [system.measure_cells(block, name) for name in parts]
                known = sum(np.where(pattern.known[c], system.truth[c], 0) for c in columns)
                fixed[cells, way] = known
                movable[cells, way] = system.truth[cells] - known
    return fixed, movable


def _sums_of(block: Block, base: str) -> list[list[str]]:
    found = []
    for relation in block.spec.relations:
        factor = relation.terms.get(base, 0)
        if relation.equal and factor and all(f * factor < 0 for n, f in relation.terms.items() if n != base):
            found.append([name for name in relation.terms if name != base])
    return found
