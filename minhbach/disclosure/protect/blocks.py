"""Tables as blocks of counts: rows by key, persons, and the differences that can be subtracted; knows no equations.

A mart has every number. A published table of an earlier period has holes, and so have its differences: they stand at
zero until `earlier.complete` has found numbers that fit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minhbach.core.errors import Unprotectable

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    age: int = 0
    """Periods between this table and the one to be protected."""
    hidden: Any = None
    """Declared counts that an earlier table hides, as a mask like `values`; None in a mart."""

    def index(self) -> dict[Key, int]:
        """Row number by key."""
        return {key: row for row, key in enumerate(self.keys)}

    def is_total(self, row: int) -> bool:
        """Whether the row sums over a dimension."""
        spec = self.spec
        return any(self.keys[row][spec.grain.index(dim)] == code for dim, code in spec.totals.items())


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


def same_people(block: Block, blocks: Mapping[str, Block]) -> None:
    """Rows that add up to one row have no more persons than it, and the only one of them has just as many."""
    sums = block.spec.sums_to
    if sums is None or sums.dataset not in blocks:
        return
    other = blocks[sums.dataset]
    pairs = [
        (block.persons[own], other.persons[there])
        for own, there in sums.measures.items()
        if own in block.persons and there in other.persons
    ]
    for row_there, rows in parents(block, other).items() if pairs else ():
        for own, there in pairs:
            there[row_there] = max(there[row_there], own[rows].max())
            if len(rows) == 1:
                own[rows[0]] = there[row_there]


def block_of(table: pa.Table, spec: Spec) -> Block:
    """Read the counts of a mart table.

    Raises:
        Unprotectable: a column or a number is missing, or a key stands twice.

    """
    missing = [name for name in spec.columns if name not in table.column_names and name not in spec.rates]
    if missing:
        raise Unprotectable(f"{spec.name}: found no column {', '.join(missing)}, expected every declared column.")
    for name in spec.measures:
        if table[name].null_count:
            raise Unprotectable(
                f"{spec.name}: found an empty {name}, expected a number in every row before protection."
            )
    counts = [table[name].to_numpy().astype(np.int64) for name in spec.measures]
    persons = {
        measure.name: table[measure.persons].to_numpy().astype(np.int64).copy()
        for measure in spec.measures.values()
        if measure.persons and measure.persons in table.column_names
    }
    keys = _keys(table, spec)
    values = np.stack(counts, axis=1) if counts else np.zeros((len(keys), 0), dtype=np.int64)
    return Block(spec, keys, list(spec.measures), values, persons, _words(table, spec))


def published(table: pa.Table, spec: Spec, age: int) -> Block:
    """Read the counts of a table as it went out some periods ago, with its holes.

    Raises:
        Unprotectable: a column is missing, or a key stands twice.

    """
    missing = [name for name in (*spec.grain, *spec.measures) if name not in table.column_names]
    if missing:
        raise Unprotectable(
            f"{spec.name}: found no column {', '.join(missing)} in an earlier table, expected the columns of this one."
        )
    keys = _keys(table, spec)
    columns = [table[name].to_pylist() for name in spec.measures]
    shape = len(spec.measures), len(keys)
    values = np.array([[value or 0 for value in column] for column in columns], dtype=np.int64).reshape(shape).T
    hidden = np.array([[value is None for value in column] for column in columns], dtype=bool).reshape(shape).T
    return Block(spec, keys, list(spec.measures), values.copy(), {}, _words(table, spec), age=age, hidden=hidden)


def _keys(table: pa.Table, spec: Spec) -> list[Key]:
    keys = list(zip(*(table[name].to_pylist() for name in spec.grain), strict=True))
    if len(set(keys)) != len(keys):
        raise Unprotectable(f"{spec.name}: found a key twice, expected each {', '.join(spec.grain)} once.")
    return keys


def _words(table: pa.Table, spec: Spec) -> dict[str, list[Any]]:
    """Columns that say where a row belongs: its keys, what they are folded into, the rungs of the ladder."""
    wanted = set(spec.grain) | set(spec.parents.values()) | {step.to for step in spec.ladder}
    wanted |= set(spec.sums_to.over.values()) if spec.sums_to else set()
    return {name: table[name].to_pylist() for name in sorted(wanted) if name in table.column_names}


def add_unknown(block: Block, name: str) -> None:
    """Add a quantity to the rows of an earlier table that nobody published."""
    block.values = np.column_stack([block.values, np.zeros(len(block.keys), dtype=np.int64)])
    block.names = [*block.names, name]


def add_difference(block: Block, target: Block, name: str) -> None:
    """Work out a difference where its terms meet, and add it to the counts of those rows."""
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
