"""Writes what a contract kept: Parquet in bounded memory, beside the lake's landed folder, moved there at the end.

Knows files and their order of appearance; no contract. The manifest, written last by the caller, makes an extract.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..core import jsonfile
from ..core.lake import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ..core.lake import Lake

HELD = 96 << 20
"""Bytes of records held before they are written out."""


class Landing:
    """The Parquet file of one extract in the making. Use as a context manager: what is not committed is gone."""

    def __init__(
        self,
        lake: Lake,
        agency: str,
        table: str,
        extract_id: str,
        *,
        schema: pa.Schema,
        flags: Sequence[str],
        at: datetime,
    ) -> None:
        self._part = lake.spool(agency, table) / "landing.parquet.part"
        self.path = lake.landed(agency, table) / f"{extract_id}.parquet"
        self._extract_id = extract_id
        self._at = pa.scalar(at.replace(tzinfo=None), pa.timestamp("us"))
        own = [("_extract_id", pa.string()), ("_row_no", pa.int64()), ("_source_file", pa.string())]
        self._schema = pa.schema([*schema, *own, ("_landed_at", pa.timestamp("us"))])
        self._held: list[pa.Table] = []
        self._held_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._flags = flags
        self.flagged: Counter[str] = Counter()
        """Flag column → landed records that carry it."""
        self.rows = 0

    def __enter__(self) -> Self:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._part.unlink(missing_ok=True)

    def add(self, kept: pa.Table) -> None:
        """Take in the records of a page. Raises StorageFailed."""
        self._held.append(kept)
        self._held_bytes += kept.nbytes
        self._count(kept, 1)
        if self._held_bytes > HELD:
            self._flush()

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Take records out again by their row number. Raises StorageFailed."""
        out = pa.array(rows, pa.int64())
        if self._writer is not None:
            self._flush()
            self._close()
            self._rewrite(out)
        self._held = [self._without(table, out) for table in self._held]

    def commit(self) -> str:
        """Move the file to its place and return its sha256; without a manifest it still does not count."""
        self._flush()
        self._close()
        with _storage(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._part.open("rb+") as stream:
                os.fsync(stream.fileno())
            self._part.replace(self.path)
            jsonfile.sync_folder(self.path.parent)
        return jsonfile.file_sha256(self.path)

    def _flush(self) -> None:
        with _storage(self.path):
            if self._writer is None:
                self._writer = _writer(self._part, self._schema)
            if self._held:
                self._writer.write_table(self._whole(pa.concat_tables(self._held)), row_group_size=122_880)
        self._held, self._held_bytes = [], 0

    def _whole(self, kept: pa.Table) -> pa.Table:
        count = len(kept)
        columns = {name: kept[name] for name in kept.column_names}
        columns["_extract_id"] = pa.repeat(self._extract_id, count)
        columns["_landed_at"] = pa.repeat(self._at, count)
        return pa.table([columns[name] for name in self._schema.names], schema=self._schema)

    def _rewrite(self, out: pa.Array) -> None:
        """Copy the file without some rows, one row group at a time."""
        copy = self._part.with_suffix(".copy")
        with _storage(self.path), pq.ParquetFile(self._part) as source:
            self._writer = _writer(copy, self._schema)
            for group in range(source.num_row_groups):
                self._writer.write_table(self._without(source.read_row_group(group), out))
            copy.replace(self._part)

    def _without(self, table: pa.Table, out: pa.Array) -> pa.Table:
        taken = pc.is_in(table["_row_no"], value_set=out)
        self._count(table.filter(taken), -1)
        return table.filter(pc.invert(taken))

    def _count(self, table: pa.Table, sign: int) -> None:
        self.rows += sign * len(table)
        for flag in self._flags:
            self.flagged[flag] += sign * int(pc.sum(table[flag]).as_py() or 0)

    def _close(self) -> None:
        if self._writer is not None and self._writer.is_open:
            with _storage(self.path):
                self._writer.close()


def tidy(lake: Lake, agency: str, table: str) -> None:
    """Remove landed files that no manifest speaks of: a killed extract left them."""
    folder = lake.landed(agency, table)
    for path in folder.glob("*.parquet"):
        if not (folder / f"{path.stem}{MANIFEST}").exists():
            path.unlink()
    for path in folder.glob(".*.part"):
        path.unlink()


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)


@contextmanager
def _storage(path: Path) -> Iterator[None]:
    """Tell a failing disk in the house's words."""
    try:
        yield
    except OSError as error:
        raise jsonfile.storage_failed(path, error) from error
