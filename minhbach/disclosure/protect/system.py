"""The one linear system of a population in a period: cells, equations, inequalities; knows no pattern and no solver."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from minhbach.core.errors import Unprotectable

from .blocks import Block, Ints, Key, add_difference, block_of, parents, same_people
from .spec import Relation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from .spec import Spec


class System:
    """Cells are numbered block by block, row by row; `A x = 0`, `G x <= 0`, and the truth keeps both."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = list(blocks)
        offset = 0
        for block in self.blocks:
            block.offset = offset
            offset += block.values.size
        self.size = offset
        self.truth = np.concatenate([block.values.ravel() for block in self.blocks]).astype(np.int64)
        self.block_of = np.concatenate([np.full(b.values.size, i) for i, b in enumerate(self.blocks)])
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
        self.equal = self._matrix(self._equal)
        self.below = self._matrix(self._below)
        self._check()

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
        other = next((b for b in self.blocks if sums and b.spec.name == sums.dataset), None)
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
        wrong = np.flatnonzero(self.equal @ self.truth)
        above = np.flatnonzero(self.below @ self.truth > 0)
        negative = np.flatnonzero(self.truth < 0)
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


def build(tables: Mapping[str, pa.Table], specs: Mapping[str, Spec]) -> System:
    """Make the system of all datasets of a population.

    Raises:
        Unprotectable: the tables do not keep their own identities, or a key stands twice.

    """
    blocks = {name: block_of(table, specs[name]) for name, table in tables.items()}
    for block in blocks.values():
        same_people(block, blocks)
        for virtual in block.spec.virtuals:
            target = blocks[block.spec.sums_to.dataset] if virtual.other and block.spec.sums_to else block
            add_difference(block, target, virtual.name)
    return System(list(blocks.values()))
