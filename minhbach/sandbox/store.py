"""Records as the service will send them: JSON text side by side in one file, and an index of when each one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import columns as c

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .dossiers import Ints

CHUNK = 25_000
NUMBERS = frozenset({"LePhi", "HoSoBoSungId", "ThoiGianGiaiQuyet", "TrongNgay"})
FREE = frozenset({"TrichYeuHoSo", "GhiChu", "ThongTinTra", "NoiDungXuLy", "NoiDungBoSung", "LyDo"})
"""Columns that may hold a character which JSON escapes."""


class TableWriter:
    """Writes one service's records and their index into a folder; a context manager."""

    def __init__(self, folder: Path, service: str) -> None:
        self._index = folder / f"{service}.index.npz"
        self._out = (folder / f"{service}.records").open("wb")
        self._lengths: list[Ints] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    @staticmethod
    def chunks(count: int) -> Iterator[Ints]:
        """Yield the numbers of the records in pieces that fit into memory as text."""
        for start in range(0, count, CHUNK):
            yield np.arange(start, min(start + CHUNK, count), dtype=np.int64)

    def write(self, columns: dict[str, Any]) -> None:
        """Append the JSON of these records."""
        text = json_of(columns)
        self._lengths.append(np.diff(np.frombuffer(text.buffers()[1], np.int32, len(text) + 1)).astype(np.int64))
        self._out.write(text.buffers()[2])

    def index(self, told: Ints, until: Ints) -> None:
        """Write where each record starts, when it was told, until when it holds."""
        offsets = np.concatenate([np.zeros(1, np.int64), *self._lengths]).cumsum()
        np.savez(self._index, told=told, until=until, offsets=offsets)


def json_of(columns: dict[str, Any]) -> Any:
    """Return each record as JSON followed by a comma; what is absent is null in one column and "" in the next."""
    parts: list[Any] = []
    opening = "{"
    columns = dict(columns)
    old = columns.pop("SoDinhDanhCu", None)
    for place, (name, column) in enumerate(columns.items()):
        key, opening = f'{opening}"{name}":', ","
        text = _escaped(column) if name in FREE else column
        if name == "DinhDanhCHS":
            parts += [key, _identities(column, old)]
        elif name in NUMBERS:
            parts += [key, pc.fill_null(column, "null")]
        elif text.null_count:
            parts += [key, pc.fill_null(c.joined('"', text, '"'), '""' if place % 3 == 2 else "null")]
        else:  # the quotes go with the keys: one pass less over the text
            parts += [f'{key}"', text]
            opening = '",'
    parts.append(opening[:-1] + "},")
    text = pc.binary_join_element_wise(*parts, "")
    return pa.concat_arrays([text]) if text.offset else text


def _identities(identity: Any, old: Any) -> Any:
    one = c.joined('{"LoaiDinhDanh":"1","SoDinhDanh":"', identity, '"}')
    two = c.joined(one, ',{"LoaiDinhDanh":"2","SoDinhDanh":"', old, '"}')
    return c.joined("[", pc.coalesce(two, one, pa.scalar("")), "]")


def _escaped(column: Any) -> Any:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        column = pc.replace_substring(column, plain, escaped)
    return column
