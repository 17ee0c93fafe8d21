"""What a service holds at a moment: reads the record files and cuts pages out of them. Knows no HTTP."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - source times are local and naive
KEPT_SELECTIONS = 4


@dataclass(frozen=True)
class Page:
    """One page: the records as JSON with commas between them, and how many there are in all."""

    body: bytes
    total: int
    pages: int


class HeldTable:
    """The records of one service, newest version first told after `since` and known at `as_of`."""

    def __init__(self, folder: Path, service: str) -> None:
        with np.load(folder / f"{service}.index.npz") as index:
            self._told: NDArray[np.int64] = index["told"]
            self._until: NDArray[np.int64] = index["until"]
            self._offsets: NDArray[np.int64] = index["offsets"]
        self._file = os.open(folder / f"{service}.records", os.O_RDONLY)
        self._selections: OrderedDict[tuple[int, int], NDArray[np.int64]] = OrderedDict()
        self._lock = Lock()

    def close(self) -> None:
        """Close the file of records."""
        os.close(self._file)

    def page(self, *, since: int, as_of: int, number: int, size: int) -> Page:
        """Return page `number` (from 1) of what is new after `since`, in the order (told, key)."""
        rows = self._selection(since, as_of)
        start = (number - 1) * size
        chosen = rows[start : start + size]
        return Page(self._bytes(chosen), total=len(rows), pages=-(-len(rows) // size))

    def _selection(self, since: int, as_of: int) -> NDArray[np.int64]:
        with self._lock:
            key = (since, as_of)
            if key not in self._selections:
                first, last = np.searchsorted(self._told, [since, as_of], side="right")
                self._selections[key] = first + np.flatnonzero(self._until[first:last] > as_of)
                while len(self._selections) > KEPT_SELECTIONS:
                    self._selections.popitem(last=False)
            self._selections.move_to_end(key)
            return self._selections[key]

    def _bytes(self, rows: NDArray[np.int64]) -> bytes:
        if not len(rows):
            return b""
        first, last = int(self._offsets[rows[0]]), int(self._offsets[rows[-1] + 1])
        text = os.pread(self._file, last - first, first)
        breaks = np.flatnonzero(np.diff(rows) > 1)
        starts = self._offsets[rows[np.append([0], breaks + 1)]] - first
        ends = self._offsets[rows[np.append(breaks, [len(rows) - 1])] + 1] - first
        pieces = [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        return b"".join(pieces)[:-1]  # the last record's comma


def seconds_of(stamp: str) -> int:
    """Return a local time yyyyMMddHHmmss as seconds; the empty text is before everything.

    Raises:
        ValueError: the text is no such time.

    """
    if not stamp:
        return np.iinfo(np.int64).min
    if len(stamp) != 14:
        raise ValueError(f"found {len(stamp)} characters, expected yyyyMMddHHmmss.")
    return local_seconds(datetime.strptime(stamp, "%Y%m%d%H%M%S"))  # noqa: DTZ007 - source times are local and naive


def local_seconds(moment: datetime) -> int:
    """Return a naive local time as seconds since 1 Jan 1970."""
    return int((moment - EPOCH) / timedelta(seconds=1))
