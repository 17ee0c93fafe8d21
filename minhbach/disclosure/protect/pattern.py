"""Which cells are hidden, and why: rows and groups of outcomes go as a whole; knows no solver and no search."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minhbach.core.errors import Unprotectable

from .links import least

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .blocks import Block, Ints
    from .region import Floats
    from .system import System

Mask = np.ndarray[Any, np.dtype[np.bool_]]


# A total says more than one of its parts: it goes only where no part will do.
TOTAL_COSTS = 4.0
PARENT_COSTS = 3.0


@dataclass(frozen=True)
class Line:
    """Cells of one measure that add up to another one: `sum(children) = total`."""

    number: int
    total: int
    children: Ints

    @property
    def cells(self) -> Ints:
        """Total first, then children."""
        cells: Ints = np.r_[self.total, self.children]
        return cells


class Pattern:
    """The hidden cells of a system, grown only; `known` are cells that a reader will learn whatever is hidden here."""

    def __init__(self, system: System, known: Mask) -> None:
        self.system = system
        self.known = known
        self.hidden: Mask = system.was_hidden.copy()
        self.primary: Mask = np.zeros(system.size, dtype=bool)
        self.kept: Mask = _grand_totals(system) | system.is_old
        """Rows of grand totals: the ladder is chosen by them, so they stay public. And what is out stays as it is."""
        self.per_cell("threshold", "min_width", "min_integers")
        self.lines = _lines(system)
        self.lines_of: dict[int, list[Line]] = defaultdict(list)
        for line in self.lines:
            for cell in line.cells:
                self.lines_of[int(cell)].append(line)
        self.bases_of_all = [line for line in self.lines if system.is_base[line.total]]
        """Sums of bases of every period; the search works along those of this one."""
        self.base_lines = [line for line in self.bases_of_all if not system.is_old[line.total]]
        self.outcome_lines = [
            line
            for line in self.lines
            if not (system.is_base[line.total] or system.is_virtual[line.total] or system.is_old[line.total])
        ]
        self.least: Floats = least(system)
        """What a reader knows each base to be at least."""
        self._dependents = {block.spec.name: _dependents(block) for block in system.blocks}

    def per_cell(self, *names: str) -> None:
        """Spread the parameters of the policies over the cells of their tables."""
        for name in names:
            values = np.array([getattr(block.spec, name) for block in self.system.blocks])
            setattr(self, name, values[self.system.block_of])

    threshold: Ints
    min_width: Ints
    min_integers: Ints

    @property
    def free(self) -> Mask:
        """Cells a reader does not know: hidden or never published, and not learnt otherwise."""
        free: Mask = (self.hidden | self.system.is_virtual) & ~self.known
        return free

    def hide_row(self, cell: int, *, primary: bool = False) -> None:
        """Hide all counts of the row of a cell; a grand total stays."""
        if self.kept[cell]:
            return
        block, row, _ = self.system.place(cell)
        self.hidden[self.system.row_cells(block, row)] = True
        if primary:
            self.primary[cell] = True

    def hide_outcome(self, cell: int) -> None:
        """Hide one outcome, with the outcomes that are counted in it."""
        if self.system.is_old[cell]:
            return
        block, row, measure = self.system.place(cell)
        self.hidden[cell] = True
        for other in self._dependents[block.spec.name][measure]:
            self.hidden[self.system.cell(block, row, other)] = True

    def base_of(self, cell: int) -> int | None:
        """The base of the row of a cell."""
        block, row, _ = self.system.place(cell)
        return self.system.cell(block, row, block.spec.bases[0]) if block.spec.bases else None

    def dearness(self, cell: int) -> float:
        """How many times its price a base costs: totals say most, then sums of another dataset's rows."""
        if self.is_total(cell):
            return TOTAL_COSTS
        return PARENT_COSTS if any(line.total == cell for line in self.lines_of[cell]) else 1.0

    def is_total(self, cell: int) -> bool:
        """Whether the row of the cell sums over others."""
        block, row, _ = self.system.place(cell)
        return block.is_total(row)

    def sensitive(self) -> Ints:
        """Virtual or declared sensitive outcomes between 1 and the threshold, in the order of the cells."""
        truth = self.system.truth
        small = (truth > 0) & (truth < self.threshold) & ~self.system.is_old
        return np.flatnonzero(small & (self.system.is_virtual | self._is("sensitive_outcome")))

    def protected(self) -> Mask:
        """Every hidden base, and every sensitive outcome below the threshold."""
        found: Mask = self.hidden & self.system.is_base & (self.system.truth > 0)
        found[self.sensitive()] = True
        return found

    def doubtful(self) -> Mask:
        """Differences a reader cannot compute: he does not know which are sensitive, and learns it of none."""
        system = self.system
        free = self.free
        found = np.zeros(system.size, dtype=bool)
        for virtual, terms in system.definitions.items():
            found[virtual] = bool(free[terms].any())
        for line in self.lines * 2:
            if system.is_virtual[line.total] and found[line.children].any():
                found[line.total] = True
        return found

    def _is(self, role: str) -> Mask:
        system = self.system
        found: Mask = np.concatenate(
            [
                np.tile(
                    [b.spec.measures[n].role == role if n in b.spec.measures else False for n in b.names], len(b.keys)
                )
                for b in system.blocks
            ]
        ).astype(bool)
        return found

    def mark_primaries(self) -> None:
        """Apply the threshold: bases on persons, declared sensitive outcomes on their count."""
        truth = self.system.truth
        small = np.zeros(self.system.size, dtype=bool)
        for block in (one for one in self.system.blocks if not one.age):
            for base in block.spec.bases:
                cells = self.system.measure_cells(block, base)
                persons = block.persons.get(base, truth[cells])
                small[cells] = (truth[cells] > 0) & (np.minimum(persons, truth[cells]) < block.spec.threshold)
        for cell in np.flatnonzero(small):
            if self.kept[cell]:
                raise Unprotectable(
                    f"{self.system.name(int(cell))}: found fewer persons in the whole table than the threshold,"
                    " expected more; a table of so few cannot go out."
                )
            self.hide_row(int(cell), primary=True)
        declared = self.sensitive()
        for cell in declared[~self.system.is_virtual[declared]]:
            self.hide_outcome(int(cell))
            self.primary[cell] = True


def _grand_totals(system: System) -> Mask:
    found = np.zeros(system.size, dtype=bool)
    for block in system.blocks:
        # The period and whatever else cannot be summed over does not make a grand total of each of its values' parts.
        dimensions = [name for name in block.spec.grain[1:] if name not in block.spec.totals]
        for row, key in enumerate(block.keys):
            at = block.spec.grain.index
            if (
                block.spec.totals
                and not dimensions
                and all(key[at(d)] == code for d, code in block.spec.totals.items())
            ):
                found[system.row_cells(block, row)] = True
    return found


def _lines(system: System) -> list[Line]:
    """Equations whose cells all have one role: sums over a dimension, and sums into another dataset."""
    matrix = system.equal
    kind = system.is_base * 1 + system.is_virtual * 2
    lines = []
    for number in range(matrix.shape[0]):
        span = slice(matrix.indptr[number], matrix.indptr[number + 1])
        cells, factors = matrix.indices[span], matrix.data[span]
        totals = cells[factors < 0]
        if len(totals) != 1 or len(set(kind[cells])) != 1 or number not in system.along_sums:
            continue
        lines.append(Line(number, int(totals[0]), np.sort(cells[factors > 0]).astype(np.int64)))
    return lines


def _dependents(block: Block) -> dict[str, set[str]]:
    """Measure → measures that are declared to be counted in it alone."""
    inside: dict[str, set[str]] = {name: set() for name in block.names}
    for relation in block.spec.relations:
        wholes = [name for name, factor in relation.terms.items() if factor < 0]
        if not relation.equal and len(wholes) == 1:
            inside[wholes[0]] |= {name for name, factor in relation.terms.items() if factor > 0}
    return {name: _closure(name, inside) - set(block.spec.bases) for name in block.names}


def _closure(name: str, inside: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting: Iterable[str] = inside[name]
    while fresh := set(waiting) - found:
        found |= fresh
        waiting = set().union(*(inside[one] for one in fresh))
    return found
