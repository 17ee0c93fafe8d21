"""Finds records of one key that contradict each other within an extract. Knows keys, not what becomes of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray


class Duplicates:
    """Remembers 24 bytes of every record: a hash of its key, a hash of what must agree, its row."""

    def __init__(self, key: Sequence[str], same_as: Sequence[str]) -> None:
        self._key = list(key)
        self._same_as = list(same_as)
        self._parts: list[NDArray[np.int64]] = []

    def add(self, kept: pa.Table) -> None:
        """Remember the records of a page."""
        rows = kept["_row_no"].to_numpy()
        self._parts.append(np.stack([_hashes(kept, self._key), _hashes(kept, self._same_as), rows]))

    def conflicting(self) -> NDArray[np.int64]:
        """Return the row numbers of all records whose key has another record that does not agree, in order."""
        key, same, row = np.concatenate([np.zeros((3, 0), np.int64), *self._parts], axis=1)
        if not len(key):
            return np.zeros(0, np.int64)
        order = np.argsort(key, kind="stable")
        key, same, row = key[order], same[order], row[order]
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        lengths = np.diff(np.concatenate([starts, [len(key)]]))
        low, high = np.minimum.reduceat(same, starts), np.maximum.reduceat(same, starts)
        contradicting: NDArray[np.int64] = np.sort(row[np.repeat(low != high, lengths)])
        return contradicting


def _hashes(kept: pa.Table, names: Sequence[str]) -> NDArray[np.int64]:
    """Hash some columns of every record to 64 bits; two of a million records collide once in ten million extracts."""
    columns = [kept[name].cast("string").to_pylist() for name in names]
    values = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    hashes: NDArray[np.int64] = np.fromiter(map(hash, values), np.int64, len(kept))
    return hashes
