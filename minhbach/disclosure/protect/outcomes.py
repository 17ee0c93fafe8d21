"""Protects what can be subtracted: hides outcomes so that a sensitive difference keeps its room; knows no solver.

A sensitive difference (column 7 minus all that was resolved) is computable while every term is published. One term is
hidden at a row with enough of it, together with what is counted in it, and companions along the sums of that term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .sweep import price

if TYPE_CHECKING:
    from .blocks import Ints
    from .pattern import Line, Pattern

# A row costs less where its sum hides a term anyway.
SHARED_SUM = 1.5
# The attempt at which every term of a difference goes.
ALL_TERMS = 3


class Outcomes:
    """Chooses which terms of the sensitive differences are hidden."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.owner: dict[int, int] = {}
        """Term → the difference it belongs to."""
        for virtual, cells in pattern.system.definitions.items():
            for cell in cells:
                self.owner[int(cell)] = virtual
        self.steps: dict[int, int] = {}

    def run(self) -> None:
        """Open every sensitive difference, then give every hidden term its companions."""
        pattern = self.pattern
        for virtual in pattern.sensitive():
            if pattern.system.is_virtual[virtual]:
                self.open(int(virtual))
        self.close()

    def open(self, virtual: int) -> None:
        """Hide enough terms of one difference for its width, or its whole row where no terms can be enough."""
        pattern = self.pattern
        base = pattern.base_of(virtual)
        if base is None or pattern.hidden[base]:
            return
        if not len(self.terms(virtual)):
            return
        if self._ceiling(virtual) < pattern.min_width[virtual]:
            pattern.hide_row(base)
            return
        while self._open_room(virtual) < pattern.min_width[virtual]:
            if not self.deepen(virtual):
                return

    def deepen(self, virtual: int) -> bool:
        """Hide one more term of a difference; False when all are hidden."""
        terms = self.terms(virtual)
        left = [int(cell) for cell in terms if not self.pattern.hidden[cell]]
        if not left:
            return False
        self.pattern.hide_outcome(min(left, key=lambda cell: (self._cost(cell, virtual), cell)))
        return True

    def harder(self, virtual: int, attempt: int) -> None:
        """Hide more for a difference that is still narrow: a term, its totals, all terms with their totals, the row."""
        if not len(self.terms(virtual)):
            self._open_parts(virtual)
            return
        if attempt == 1 and self.deepen(virtual):
            return
        if attempt < ALL_TERMS and self.release(virtual):
            return
        while self.deepen(virtual):
            pass
        if attempt == ALL_TERMS and self.release(virtual):
            return
        base = self.pattern.base_of(virtual)
        if base is not None:
            self.pattern.hide_row(base)

    def _open_parts(self, virtual: int) -> None:
        """Hide terms of the parts of a total of differences that has no terms of its own."""
        for line in self.pattern.lines_of[virtual]:
            if line.total == virtual:
                for part in line.children:
                    if self.pattern.system.truth[part] > 0:
                        self.deepen(int(part))

    def terms(self, virtual: int) -> Ints:
        """Terms that may be hidden alone: outcomes of the dataset that declares the difference."""
        system = self.pattern.system
        cells = system.definitions.get(virtual, np.array([], dtype=np.int64))
        here = [cell for cell in cells if self._is_term(int(cell))]
        return np.array([cell for cell in here if system.truth[cell] > 0], dtype=np.int64)

    def close(self) -> None:
        """No sum of a term may hold a single hidden cell, nor too little of the difference to move."""
        pattern = self.pattern
        changed = True
        while changed:
            changed = False
            for line in pattern.outcome_lines:
                if not self._is_term(line.total):
                    continue
                while not self._is_safe(line):
                    changed = True
                    self._accompany(line)

    def release(self, virtual: int) -> bool:
        """Hide the totals above the hidden terms of a difference; False when they are hidden already."""
        pattern = self.pattern
        changed = False
        for cell in self.terms(virtual):
            for line in pattern.lines_of[int(cell)]:
                if pattern.hidden[cell] and cell != line.total and not pattern.hidden[line.total]:
                    pattern.hide_outcome(line.total)
                    changed = True
        return changed

    def _is_term(self, cell: int) -> bool:
        """Whether a cell is an outcome that a difference of its own dataset subtracts, or sensitive itself."""
        block, _, measure = self.pattern.system.place(cell)
        if any(measure in virtual.own for virtual in block.spec.virtuals):
            return True
        return measure in block.spec.measures and block.spec.measures[measure].role == "sensitive_outcome"

    def _ceiling(self, virtual: int) -> int:
        """Greatest value a difference can take however many terms are hidden: the part of it that stays public."""
        system = self.pattern.system
        terms = set(self.terms(virtual).tolist())
        return int(system.truth[virtual] + sum(system.truth[cell] for cell in terms))

    def _open_room(self, virtual: int) -> int:
        hidden = [cell for cell in self.terms(virtual) if self.pattern.hidden[cell]]
        return int(sum(self.pattern.system.truth[cell] for cell in hidden))

    def _cost(self, cell: int, virtual: int) -> float:
        pattern, truth = self.pattern, self.pattern.system.truth
        shared = any(pattern.hidden[line.children].any() for line in pattern.lines_of[cell] if cell != line.total)
        lacking = max(0, int(pattern.min_width[virtual] - self._open_room(virtual) - truth[cell]))
        base = pattern.base_of(cell)
        size = truth[base] if base is not None else truth[cell]
        return price(size) + lacking - (SHARED_SUM if shared else 0.0)

    def _is_safe(self, line: Line) -> bool:
        pattern = self.pattern
        hidden = line.children[pattern.hidden[line.children]]
        if pattern.hidden[line.total] or len(hidden) == 0:
            return True
        return len(hidden) > 1 and self._movable(hidden) >= pattern.min_width[line.total]

    def _movable(self, cells: Ints) -> int:
        """How much of the differences, or of the sensitive counts themselves, can change places along a line."""
        if len(cells) and int(cells[0]) not in self.owner:
            return int(self.pattern.system.truth[cells].sum())
        owners = {self.owner[int(cell)] for cell in cells if int(cell) in self.owner}
        return int(sum(self.pattern.system.truth[list(owners)])) if owners else 0

    def _accompany(self, line: Line) -> None:
        """Hide the companion that brings what is missing at the least cost, or the total where no part does."""
        pattern, truth = self.pattern, self.pattern.system.truth
        left = [int(cell) for cell in line.children if not pattern.hidden[cell] and truth[cell] > 0]
        if not left or self._movable(line.children) < pattern.min_width[line.total]:
            pattern.hide_outcome(line.total)
            return
        missing = float(pattern.min_width[line.total]) - self._movable(line.children[pattern.hidden[line.children]])

        def cost(cell: int) -> tuple[float, int]:
            brings = float(truth[self.owner.get(cell, cell)])
            return price(truth[cell]) + max(0.0, missing - brings), cell

        pattern.hide_outcome(min(left, key=cost))
