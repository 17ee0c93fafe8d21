"""The one linear system of a population: cells, equations, inequalities; knows no pattern and no solver.

It holds the marts of the period to be protected and, of the periods before, what was published: readers have both.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from minhbach.core.errors import Unprotectable

from .blocks import Block, Ints, Key, add_difference, add_unknown, block_of, parents, published, same_people
from .joins import PENDING, Join, closings, joins
from .spec import Relation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from .spec import Spec


class System:
    """Cells are numbered block by block, row by row; `A x = 0`, `G x <= 0`, and the truth keeps both.

    What earlier tables hide has no truth here: `earlier.complete` puts numbers that fit in its place.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = list(blocks)
        offset = 0
        for block in self.blocks:
            block.offset = offset
            offset += block.values.size
        self.size = offset
        self.truth = np.concatenate([block.values.ravel() for block in self.blocks]).astype(np.int64)
        self.block_of = np.concatenate([np.full(b.values.size, i) for i, b in enumerate(self.blocks)])
        self.is_old = np.concatenate([np.full(b.values.size, b.age > 0) for b in self.blocks]).astype(bool)
        """Cells of earlier tables: out already, so nothing of them can be hidden any more."""
        self.was_hidden = self._was_hidden()
        self.is_base = self._mask(lambda spec, name: name in spec.bases)
        self.is_virtual = self._mask(lambda spec, name: name not in spec.measures)
        self._equal: list[tuple[Ints, Ints]] = []
        self._below: list[tuple[Ints, Ints]] = []
        self.definitions: dict[int, Ints] = {}
        for block in self.blocks:
            self._relations(block)
        self.within_row = range(len(self._equal))
        for block in self.blocks:
            self._totals(block)
        for block in self.blocks:
            self._sums(block)
        self.along_sums = range(len(self.within_row), len(self._equal))
        self.joins: list[Join] = []
        """Rows of the period before and rows of this one in which what was pending is counted again."""
        for block in self.blocks:
            self._periods(block)
        self.equal = self._matrix(self._equal)
        self.below = self._matrix(self._below)
        self._check()

    def block(self, name: str, age: int = 0) -> Block | None:
        """Find the table of a dataset in a period."""
        return next((one for one in self.blocks if one.spec.name == name and one.age == age), None)

    def cell(self, block: Block, row: int, measure: str) -> int:
        """Number of a cell."""
        return block.offset + row * len(block.names) + block.names.index(measure)

    def place(self, cell: int) -> tuple[Block, int, str]:
        """Block, row and measure of a cell."""
        block = self.blocks[int(self.block_of[cell])]
        row, measure = divmod(cell - block.offset, len(block.names))
        return block, row, block.names[measure]

    def name(self, cell: int) -> str:
        """Say where a cell stands, without its value."""
        block, row, measure = self.place(cell)
        return f"{block.spec.name}[{', '.join(str(part) for part in block.keys[row])}].{measure}"

    def row_cells(self, block: Block, row: int) -> Ints:
        """Cells of the declared counts of a row."""
        start = block.offset + row * len(block.names)
        return np.arange(start, start + len(block.spec.measures))

    def measure_cells(self, block: Block, measure: str) -> Ints:
        """Cells of one measure in all rows."""
        return block.offset + np.arange(len(block.keys)) * len(block.names) + block.names.index(measure)

    def _mask(self, test: Any) -> Any:
        return np.concatenate(
            [np.tile([bool(test(b.spec, name)) for name in b.names], len(b.keys)) for b in self.blocks]
        ).astype(bool)

    def _relations(self, block: Block) -> None:
        relations = list(block.spec.relations)
        relations += [
            Relation({**virtual.own, virtual.name: -1}, equal=True, text=virtual.name)
            for virtual in block.spec.virtuals
            if not virtual.other
        ]
        for relation in relations:
            cells = [self.measure_cells(block, measure) for measure in relation.terms]
            factors = np.array(list(relation.terms.values()), dtype=np.int64)
            target = self._equal if relation.equal else self._below
            for terms in zip(*cells, strict=True):
                target.append((np.array(terms), factors))
                if self.is_virtual[terms[-1]]:
                    self.definitions[int(terms[-1])] = np.array(terms[:-1])

    def _totals(self, block: Block) -> None:
        for dimension, code in block.spec.totals.items():
            at = block.spec.grain.index(dimension)
            children: dict[Key, list[int]] = defaultdict(list)
            totals: dict[Key, int] = {}
            for row, key in enumerate(block.keys):
                rest = (*key[:at], *key[at + 1 :])
                if key[at] == code:
                    totals[rest] = row
                else:
                    children[rest].append(row)
            for rest, total in totals.items():
                if rest in children:
                    self._add_up(block, total, block, children[rest], [(name, name) for name in block.names])

    def _sums(self, block: Block) -> None:
        sums = block.spec.sums_to
        other = self.block(sums.dataset, block.age) if sums else None
        if sums is None or other is None:
            return
        for row_there, rows in parents(block, other).items():
            pairs = [(own, there) for own, there in sums.measures.items()]
            self._add_up(other, row_there, block, rows, pairs)
            for virtual in block.spec.virtuals:
                if virtual.other:
                    terms = [(self.cell(other, row_there, virtual.name), -1)]
                    terms += [(self.cell(other, row_there, m), factor) for m, factor in virtual.other.items()]
                    terms += [(self.cell(block, row, m), f) for m, f in virtual.own.items() for row in rows]
                    cells, factors = zip(*terms, strict=True)
                    self.definitions[cells[0]] = np.array(cells[1:])
                    self._equal.append((np.array(cells), np.array(factors)))

    def _periods(self, block: Block) -> None:
        """What a table of the period before binds in this one: what was open is carried over, and counted again."""
        later = self.block(block.spec.name, block.age - 1) if block.age else None
        if later is None:
            return
        together = list(joins(later, block))
        for opening, closing in block.spec.carried.items():
            for now, before in together:
                terms = [(self.cell(later, row, opening), 1) for row in now]
                terms += [(self.cell(block, row, closing), -1) for row in before]
                self._equal.append(_terms(terms))
        if PENDING in block.names:
            self._pending(block, later, together)

    def _pending(self, block: Block, later: Block, together: list[tuple[list[int], list[int]]]) -> None:
        """Pending records of a finer row: without a result, part of the coarser row's, and in the later row's base."""
        base, result, left, dataset = next(closings(block.spec, {b.spec.name: b.spec for b in self.blocks}))
        other = self.block(dataset, block.age)
        for row in range(len(block.keys)):
            terms = [(self.cell(block, row, name), f) for name, f in ((PENDING, 1), (base, -1), (result, 1))]
            self._below.append(_terms(terms))
        for row_there, rows in parents(block, other).items() if other else ():
            terms = [(self.cell(block, row, PENDING), 1) for row in rows]
            self._equal.append(_terms([*terms, (self.cell(other, row_there, left), -1)] if other else terms))
        for now, before in together:
            if before:
                pending = [self.cell(block, row, PENDING) for row in before]
                bases = [self.cell(later, row, base) for row in now]
                self._below.append(_terms([*((cell, 1) for cell in pending), *((cell, -1) for cell in bases)]))
                if block.age == 1:
                    self.joins.append(Join(np.array(before), np.array(pending), np.array(bases, dtype=np.int64)))

    def _was_hidden(self) -> Any:
        found = np.zeros(self.size, dtype=bool)
        for block in self.blocks:
            if block.hidden is not None:
                mask = np.zeros(block.values.shape, dtype=bool)
                mask[:, : block.hidden.shape[1]] = block.hidden
                found[block.offset : block.offset + block.values.size] = mask.ravel()
        return found

    def _add_up(self, there: Block, total: int, here: Block, rows: list[int], pairs: list[tuple[str, str]]) -> None:
        factors = np.array([-1] + [1] * len(rows))
        for own, other in pairs:
            cells = [self.cell(there, total, other)]
            start, step = here.offset + here.names.index(own), len(here.names)
            cells += [start + row * step for row in rows]
            self._equal.append((np.array(cells), factors))

    def _matrix(self, terms: list[tuple[Ints, Ints]]) -> sparse.csr_array:
        if not terms:
            return sparse.csr_array((0, self.size), dtype=np.int64)
        lengths = [len(cells) for cells, _ in terms]
        return sparse.csr_array(
            (
                np.concatenate([factors for _, factors in terms]),
                (np.repeat(np.arange(len(terms)), lengths), np.concatenate([cells for cells, _ in terms])),
            ),
            shape=(len(terms), self.size),
        )

    def _check(self) -> None:
        old = np.flatnonzero(self.is_old)
        wrong = np.flatnonzero((self.equal @ self.truth != 0) & ~np.diff(self.equal[:, old].indptr).astype(bool))
        above = np.flatnonzero((self.below @ self.truth > 0) & ~np.diff(self.below[:, old].indptr).astype(bool))
        negative = np.flatnonzero((self.truth < 0) & ~self.is_old)
        for matrix, rows, what in ((self.equal, wrong, "add up"), (self.below, above, "stay within its whole")):
            if len(rows):
                cell = int(matrix[[rows[0]], :].indices[0])
                raise Unprotectable(
                    f"{self.name(cell)}: found {len(rows)} sums that do not {what}, expected the declared identities to"
                    " hold exactly in the mart; correct the mart before it is protected."
                )
        if len(negative):
            raise Unprotectable(
                f"{self.name(int(negative[0]))}: found {len(negative)} counts or protected differences below"
                " zero, expected none; correct the mart before it is protected."
            )


def _terms(terms: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    return np.array([cell for cell, _ in terms]), np.array([factor for _, factor in terms])


def build(
    tables: Mapping[str, pa.Table], specs: Mapping[str, Spec], earlier: Sequence[Mapping[str, pa.Table]] = ()
) -> System:
    """Make the system of all datasets of a population; `earlier` holds published tables, oldest first.

    Raises:
        Unprotectable: the tables do not keep their own identities, or a key stands twice.

    """
    blocks = {(0, name): block_of(table, specs[name]) for name, table in tables.items()}
    for age, before in enumerate(reversed(earlier), start=1):
        blocks |= {(age, name): published(before[name], specs[name], age) for name in tables if name in before}
    for (age, _), block in blocks.items():
        alike = {name: one for (other, name), one in blocks.items() if other == age}
        if not age:
            same_people(block, alike)
        for virtual in block.spec.virtuals:
            target = alike.get(block.spec.sums_to.dataset) if virtual.other and block.spec.sums_to else block
            if target is not None:
                add_difference(block, target, virtual.name)
        if age and next(closings(block.spec, {name: one.spec for name, one in alike.items()}), None):
            add_unknown(block, PENDING)
    return System(list(blocks.values()))
