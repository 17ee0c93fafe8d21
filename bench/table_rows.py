"""The table that all loaders load: 12 typed columns with key and indexes, the same rows as Parquet and as CSV."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publishers.ckan.datastore import TableSpec

CHUNK = 5_000
WORDS = ["cấp", "giấy", "phép", "xây", "dựng", "thủy", "lợi", "đất", "đai", "nhà", "ở", "hộ", "tịch", "khai", "sinh"]
WORDS += ["đăng", "ký", "kinh", "doanh", "môi", "trường", "y", "tế", "ngày"]


def spec() -> TableSpec:
    """Say what the table looks like."""
    from publishers.ckan.datastore import Field, TableSpec

    texts = ("ky_bao_cao", "ma_ho_so", "mã_tỉnh", "tên_thủ_tục", "lĩnh_vực", "ghi_chu")
    others = {"so_tiep_nhan": "int8", "so_dung_han": "int4", "ty_le": "numeric", "ngay_bao_cao": "date"}
    others |= {"cap_nhat": "timestamp", "truc_tuyen": "bool"}
    fields = [Field(name, "text", name, name) for name in texts]
    fields += [Field(name, kind, name, name) for name, kind in others.items()]  # type: ignore[arg-type]
    return TableSpec(tuple(fields), ("ky_bao_cao", "ma_ho_so"), (("ma_ho_so",), ("mã_tỉnh",)))


def generate(rows: int, folder: Path) -> None:
    """Write the same rows as Parquet and as CSV."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    from publishers.ckan.datastore import rows_in
    from publishers.ckan.datastore.rows import conformed, texts

    any_ = np.random.default_rng(1)
    names = np.array([" ".join(any_.choice(WORDS, 6)) for _ in range(2_000)])
    moments = np.datetime64("2026-01-01T00:00:00.000") + any_.integers(0, 25_000_000, rows).astype("timedelta64[s]")
    columns = {
        "ky_bao_cao": np.array(["2026-Q2", "2026-Q3"])[np.arange(rows) % 2],
        "ma_ho_so": [f"HS{number:08d}" for number in range(rows)],
        "mã_tỉnh": np.array([f"{number:02d}" for number in range(1, 35)])[any_.integers(0, 34, rows)],
        "tên_thủ_tục": names[any_.integers(0, len(names), rows)],
        "lĩnh_vực": names[any_.integers(0, 40, rows)],
        "ghi_chu": np.array(["c", "z", ""])[any_.integers(0, 3, rows)],
        "so_tiep_nhan": any_.integers(0, 5_000, rows),
        "so_dung_han": pa.array(any_.integers(0, 5_000, rows), pa.int32(), mask=any_.random(rows) < 0.1),
        "ty_le": pa.array(np.char.mod("%.2f", any_.integers(0, 10_000, rows) / 100)).cast(pa.decimal128(7, 2)),
        "ngay_bao_cao": (np.datetime64("2026-01-01") + any_.integers(0, 300, rows)).astype("datetime64[D]"),
        "cap_nhat": moments,
        "truc_tuyen": any_.random(rows) < 0.5,
    }
    table = pa.table(columns)
    pq.write_table(table, folder / "rows.parquet", compression="zstd")
    written = [
        pa.RecordBatch.from_arrays(texts(batch, spec()), names=list(spec().names))
        for batch in conformed(rows_in(table), spec())
    ]
    pc.write_csv(pa.Table.from_batches(written), folder / "rows.csv")


def chunks(path: Path) -> Iterator[list[dict[str, str | None]]]:
    """Read the CSV in chunks."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = ({key: cell or None for key, cell in row.items()} for row in csv.DictReader(stream))
        while chunk := list(itertools.islice(rows, CHUNK)):
            yield chunk


def table(resource: str) -> dict[str, Any]:
    """Give the order that makes the table."""
    made = spec()
    return {
        "resource_id": resource,
        "force": True,
        "fields": [field.document() for field in made.fields],
        "primary_key": list(made.primary_key),
        "indexes": [list(index) for index in made.indexes],
    }
