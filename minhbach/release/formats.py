"""Writes and reads the data files: CSV, Parquet. The same table gives the same bytes.

CSV: UTF-8 with BOM (Vietnamese newsrooms open it in Excel), RFC 4180 with its CRLF, quotes only where needed; a missing
value is an empty cell, texts are formula-neutral (`core.rows.neutral`), numbers are plain and never touched.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from minhbach.core import jsonfile
from minhbach.core.errors import StorageFailed
from minhbach.core.rows import neutral

from .tables import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pyarrow as pa

BOM = "\ufeff"


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of texts that are neutral already."""
    buffer = io.StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    jsonfile.write_bytes(path, buffer.getvalue().encode())


def write_data_csv(path: Path, table: pa.Table) -> None:
    """Write a conformed table; only text columns are made neutral, so a negative number stays one."""
    import pyarrow as pa

    is_text = [pa.types.is_string(kind) for kind in table.schema.types]
    rows = ([neutral(cell) if text else cell for cell, text in zip(row, is_text, strict=True)] for row in texts(table))
    write_csv(path, table.column_names, rows)


def write_texts_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table that is all text, neutral in every cell."""
    write_csv(path, columns, ([neutral(cell) for cell in row] for row in rows))


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a conformed table as Parquet; the labels of its columns go along as metadata.

    Raises:
        StorageFailed: the disk cannot hold it.

    """
    import pyarrow.parquet as pq

    try:
        pq.write_table(table, path, compression="zstd", version="2.6", row_group_size=1 << 20, use_dictionary=True)
    except OSError as error:
        raise jsonfile.storage_failed(path, error) from error


def read_parquet(path: Path) -> pa.Table:
    """Read what `write_parquet` wrote.

    Raises:
        StorageFailed: the disk gives no such file.

    """
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except OSError as error:
        raise StorageFailed(f"{path}: could not be read: {error.strerror or 'it failed'}; run again.") from error
