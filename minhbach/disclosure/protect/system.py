"""The one linear system of a population in a period: cells, equations, inequalities; knows no pattern and no solver."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from minhbach.core.errors import Unprotectable

from .spec import Relation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from .spec import Spec

Ints = np.ndarray[Any, np.dtype[np.int64]]
Key = tuple[Any, ...]


@dataclass
class Block:
    """The rows of one dataset: keys in the order of the table, counts (declared, then virtual), persons."""

    spec: Spec
    keys: list[Key]
    names: list[str]
    values: Ints
    persons: dict[str, Ints]
    rows_of: dict[str, list[Any]]
    offset: int = 0

    def index(self) -> dict[Key, int]:
        """Row number by key."""
        return {key: row for row, key in enumerate(self.keys)}

    def is_total(self, row: int) -> bool:
        """Whether the row sums over a dimension."""
        spec = self.spec
        return any(self.keys[row][spec.grain.index(dim)] == code for dim, code in spec.totals.items())


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
                    f"{self.name(cell)}: found {len(rows)} sums that do not {what}, expected the declared identities to hold"
                    " exactly in the mart; correct the mart before it is protected."
                )
        if len(negative):
            raise Unprotectable(
                f"{self.name(int(negative[0]))}: found {len(negative)} counts below zero (or a protected difference that is),"
                " expected none; correct the mart before it is protected."
            )


def parents(block: Block, other: Block) -> dict[int, list[int]]:
    """Row of the other dataset → own rows that add up to it.

    Raises:
        Unprotectable: a row has no parent.

    """
    sums = block.spec.sums_to
    if sums is None:
        return {}
    index = other.index()
    found: dict[int, list[int]] = defaultdict(list)
    for row in range(len(block.keys)):
        key = tuple(block.rows_of[column][row] for column in other.spec.grain)
        if key not in index:
            raise Unprotectable(
                f"{block.spec.name}: found no row {key} in {other.spec.name}, expected one for every group of rows;"
                " correct the mart before it is protected."
            )
        found[index[key]].append(row)
    return dict(found)


def build(tables: Mapping[str, pa.Table], specs: Mapping[str, Spec]) -> System:
    """Make the system of all datasets of a population.

    Raises:
        Unprotectable: the tables do not keep their own identities, or a key stands twice.

    """
    blocks = {name: _block(table, specs[name]) for name, table in tables.items()}
    for block in blocks.values():
        _same_people(block, blocks)
        for virtual in block.spec.virtuals:
            target = blocks[block.spec.sums_to.dataset] if virtual.other and block.spec.sums_to else block
            _virtual(block, target, virtual.name)
    return System(list(blocks.values()))


def _same_people(block: Block, blocks: Mapping[str, Block]) -> None:
    """Rows that add up to one row have no more persons than it, and the only one of them has just as many."""
    sums = block.spec.sums_to
    if sums is None or sums.dataset not in blocks:
        return
    other = blocks[sums.dataset]
    pairs = [(block.persons[own], other.persons[there]) for own, there in sums.measures.items() if own in block.persons and there in other.persons]
    for row_there, rows in parents(block, other).items() if pairs else ():
        for own, there in pairs:
            there[row_there] = max(there[row_there], own[rows].max())
            if len(rows) == 1:
                own[rows[0]] = there[row_there]


def _block(table: pa.Table, spec: Spec) -> Block:
    missing = [name for name in spec.columns if name not in table.column_names and name not in spec.rates]
    if missing:
        raise Unprotectable(f"{spec.name}: found no column {', '.join(missing)}, expected every declared column.")
    keys = list(zip(*(table[name].to_pylist() for name in spec.grain), strict=True))
    if len(set(keys)) != len(keys):
        raise Unprotectable(f"{spec.name}: found a key twice, expected each {', '.join(spec.grain)} once.")
    wanted = set(spec.grain) | set(spec.parents.values())
    wanted |= set(spec.sums_to.over.values()) if spec.sums_to else set()
    for name in spec.measures:
        if table[name].null_count:
            raise Unprotectable(f"{spec.name}: found an empty {name}, expected a number in every row before protection.")
    counts = [table[name].to_numpy().astype(np.int64) for name in spec.measures]
    persons = {
        measure.name: table[measure.persons].to_numpy().astype(np.int64).copy()
        for measure in spec.measures.values()
        if measure.persons and measure.persons in table.column_names
    }
    values = np.stack(counts, axis=1) if counts else np.zeros((len(keys), 0), dtype=np.int64)
    rows_of = {name: table[name].to_pylist() for name in wanted if name in table.column_names}
    return Block(spec, keys, list(spec.measures), values, persons, rows_of)


def _virtual(block: Block, target: Block, name: str) -> None:
    virtual = next(one for one in block.spec.virtuals if one.name == name)
    total = np.zeros(len(target.keys), dtype=np.int64)
    known = np.zeros(len(target.keys), dtype=bool)
    own = {measure: block.values[:, block.names.index(measure)] for measure in virtual.own}
    if target is block:
        total += sum(factor * own[m] for m, factor in virtual.own.items())
        known[:] = True
    else:
        for row_there, rows in parents(block, target).items():
            there = target.values[row_there]
            total[row_there] = sum(f * there[target.names.index(m)] for m, f in virtual.other.items())
            total[row_there] += sum(int(f * own[m][rows].sum()) for m, f in virtual.own.items())
            known[row_there] = True
    _fill_totals(target, total, known)
    target.values = np.column_stack([target.values, np.where(known, total, 0)])
    target.names = [*target.names, name]


def _fill_totals(target: Block, total: Ints, known: Any) -> None:
    """A total row whose parts are known is their sum; one pass a dimension reaches the grand total."""
    for dimension, code in list(target.spec.totals.items()) * 2:
        at = target.spec.grain.index(dimension)
        sums: dict[Key, int] = defaultdict(int)
        whole: dict[Key, bool] = defaultdict(lambda: True)
        for row, key in enumerate(target.keys):
            if key[at] != code:
                rest = (*key[:at], *key[at + 1 :])
                sums[rest] += int(total[row])
                whole[rest] &= bool(known[row])
        for row, key in enumerate(target.keys):
            rest = (*key[:at], *key[at + 1 :])
            if key[at] == code and not known[row] and rest in sums and whole[rest]:
                total[row], known[row] = sums[rest], True
