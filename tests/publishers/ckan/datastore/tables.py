"""A small table with every type and everything that is awkward in Vietnamese data, in as many releases as asked for."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from publishers.ckan.datastore import Field, TableSpec, rows_in

if TYPE_CHECKING:
    from publishers.ckan.datastore import Rows

SPEC = TableSpec(
    (
        Field("ky_bao_cao", "text", "Kỳ báo cáo", "Reporting period"),
        Field("mã_hồ_sơ", "text", "Mã hồ sơ", "Dossier code", "Mã do cơ quan cấp.", "Given by the agency."),
        Field("tên_thủ_tục", "text", "Tên thủ tục", "Procedure", full_text=True),
        Field("so_nho", "int4", "Số nhỏ", "Small number"),
        Field("so_lon", "int8", "Số lớn", "Large number"),
        Field("ty_le", "numeric", "Tỷ lệ", "Rate"),
        Field("ngay", "date", "Ngày", "Day"),
        Field("luc", "timestamp", "Lúc", "Moment"),
        Field("truc_tuyen", "bool", "Trực tuyến", "Online"),
        Field("ban", "text", "Bản phát hành", "Release"),
    ),
    ("ky_bao_cao", "mã_hồ_sơ"),
    (("mã_hồ_sơ",), ("ty_le",)),
)
NAMES = [
    "Cấp giấy phép xây dựng",
    "Đăng ký khai sinh",
    "Thủy lợi\tvà 'đê điều'",
    'Nhà "ở"\nđất đai',
    "a\\b, c|d\r",
    None,
]


def record(number: int, release: str) -> dict[str, Any]:
    """Make one row; every seventh is empty outside its key."""
    row: dict[str, Any] = {
        "ky_bao_cao": f"2026-Q{number % 3 + 1}",
        "mã_hồ_sơ": f"HS-{number:05d}",
        "tên_thủ_tục": NAMES[number % len(NAMES)],
        "so_nho": number - 50,
        "so_lon": number * 10_000_000_000,
        "ty_le": Decimal(number * 100 + number % 7).scaleb(-2),
        "ngay": dt.date(2026, 1, 1) + dt.timedelta(days=number % 200),
        "luc": dt.datetime(2026, 7, 1, 8, 0, 0, 500_000 * (number % 2)) + dt.timedelta(seconds=number),  # noqa: DTZ001
        "truc_tuyen": number % 2 == 0,
        "ban": release,
    }
    if number % 7 == 6:
        row |= dict.fromkeys(["tên_thủ_tục", "so_nho", "so_lon", "ty_le", "ngay", "luc", "truc_tuyen"])
    return row


SCHEMA = pa.schema(
    {
        "ky_bao_cao": pa.string(),
        "mã_hồ_sơ": pa.string(),
        "tên_thủ_tục": pa.string(),
        "so_nho": pa.int32(),
        "so_lon": pa.int64(),
        "ty_le": pa.decimal128(12, 2),
        "ngay": pa.date32(),
        "luc": pa.timestamp("ms"),
        "truc_tuyen": pa.bool_(),
        "ban": pa.string(),
    }
)
assert all(unicodedata.is_normalized("NFC", name) for name in SCHEMA.names)


def release(name: str, rows: int) -> Rows:
    """Make a release of so many rows."""
    return rows_of_records([record(number, name) for number in range(rows)])


def rows_of_records(records: list[dict[str, Any]]) -> Rows:
    return rows_in(pa.Table.from_pylist(records, schema=SCHEMA))


def as_searched(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row as `datastore_search` tells it in JSON, read with exact decimals."""
    said = {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in row.items()}
    if row["luc"] is not None:
        said["luc"] = row["luc"].isoformat(timespec="milliseconds")
    return said
