"""What the period before tells of this one, in numbers: least bases, and bases that tell of what was hidden then.

`base now >= pending before`, and pending records add up to a published closing count: where every other row of a
group can have had few, the rest was pending in this one. Knows the joint system, no solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .blocks import parents
from .joins import PENDING, closings
from .sweep import price

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .blocks import Block, Ints
    from .pattern import Pattern
    from .region import Floats
    from .system import System


def least(system: System) -> Floats:
    """The least a reader can think of every base: somebody, and what was pending there for sure."""
    found: Floats = (system.is_base & (system.truth > 0)).astype(float)
    single = [join for join in system.joins if len(join.pending) == len(join.bases) == 1]
    alone = {int(join.pending[0]): int(join.bases[0]) for join in single}
    for left, pending, most in _groups(system):
        without_bound = np.isinf(most)
        for at, cell in enumerate(pending):
            others = np.delete(most, at)
            if int(cell) in alone and without_bound.sum() <= without_bound[at]:
                base = alone[int(cell)]
                found[base] = min(max(found[base], system.truth[left] - others.sum()), system.truth[base])
    return found


def _groups(system: System) -> Iterator[tuple[int, Ints, Floats]]:
    """Closing count of a coarser row of the period before, pending records under it, and the most of each."""
    for block in (one for one in system.blocks if one.age == 1 and PENDING in one.names):
        base, result, left, dataset = next(closings(block.spec, {one.spec.name: one.spec for one in system.blocks}))
        other = system.block(dataset, block.age)
        bases, results = system.measure_cells(block, base), system.measure_cells(block, result)
        most = (system.truth[bases] - system.truth[results]).astype(float)
        most[system.was_hidden[bases] | system.was_hidden[results]] = np.inf
        pending = system.measure_cells(block, PENDING)
        if other is not None:
            for row_there, rows in parents(block, other).items():
                yield system.cell(other, row_there, left), pending[rows], most[rows]


class Telling:
    """Chooses bases of this period to hide because, published, they would bound what the period before hides."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self._most = {
            int(cell): float(n) for _, cells, m in _groups(pattern.system) for cell, n in zip(cells, m, strict=True)
        }

    def open(self, cell: int, attempt: int, extend: Callable[[int, int], object]) -> None:
        """Hide the cheapest bases that bound a cell of the period before, or give those room that are hidden already.

        `extend` hides more along the lines of a hidden base.
        """
        near, far, hidden = self._candidates(cell)
        if not near:
            before = int(self.pattern.hidden.sum())
            for base in hidden:
                extend(base, attempt)
            near = far if int(self.pattern.hidden.sum()) == before else []
        for one in near[: 2 ** (attempt - 1)]:
            self.pattern.hide_row(one)

    def _candidates(self, cell: int) -> tuple[list[int], list[int], list[int]]:
        """Published bases that say less than the earlier table allows, in the group of the cell and in others.

        The third are the hidden bases of the group.
        """
        pattern, system = self.pattern, self.pattern.system
        rows = _rows_near(system, cell)
        near: set[int] = set()
        far: set[int] = set()
        hidden: set[int] = set()
        for join in system.joins:
            block, _, _ = system.place(int(join.pending[0]))
            shown = [int(base) for base in join.bases if not (pattern.hidden[base] or pattern.kept[base])]
            allowed = sum(self._most.get(int(one), np.inf) for one in join.pending)
            is_near = any((block.spec.name, int(row)) in rows for row in join.rows)
            if is_near:
                hidden |= {int(base) for base in join.bases if pattern.hidden[base]}
            if shown and system.truth[join.bases].sum() < allowed:
                (near if is_near else far).update(shown)

        def cost(base: int) -> tuple[float, int]:
            return price(system.truth[base]) * pattern.dearness(base), base

        return sorted(near, key=cost), sorted(far, key=cost), sorted(hidden)


def _rows_near(system: System, cell: int) -> set[tuple[str, int]]:
    """Finer rows of the period before under the coarser row that a cell belongs to."""
    block, row, _ = system.place(cell)
    found: set[tuple[str, int]] = set()
    for fine in (one for one in system.blocks if one.age == block.age and PENDING in one.names):
        other = _coarser(system, fine)
        for row_there, rows in parents(fine, other).items() if other else ():
            if (block is other and row == row_there) or (block is fine and row in rows):
                found |= {(fine.spec.name, one) for one in rows}
    return found


def _coarser(system: System, fine: Block) -> Block | None:
    return system.block(fine.spec.sums_to.dataset, fine.age) if fine.spec.sums_to else None
