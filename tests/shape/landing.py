"""Lays landed Parquet files down as the extractor does, from rows that say only what matters to a test."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from minhbach.core.lake import Lake
from minhbach.shape.sources import landed_types

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog

ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
MOT_CUA, VAN_DON, CO_TO = "mot_cua_quang_ninh", "dac_khu_van_don", "dac_khu_co_to"


def key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Landing:
    """A lake in the making, and the list of its extracts as a freeze would name them."""

    def __init__(self, catalog: Catalog, root: Path) -> None:
        self.catalog = catalog
        self.lake = Lake(root)
        self.frozen: dict[str, dict[str, list[str]]] = {
            agency: {table: [] for table in catalog.tables(agency)} for agency in catalog.agencies
        }

    def land(self, agency: str, table: str, rows: list[dict[str, Any]], when: str = "20260616T090000") -> str:
        types = landed_types(self.catalog.tables(agency)[table])
        extract = f"{when}-{key(agency + table)[:8]}"
        full = [
            {**dict.fromkeys(types), **row, "_extract_id": extract, "_row_no": number, "_source_file": table}
            for number, row in enumerate(rows, start=1)
        ]
        schema = pa.schema([(name, ARROW[kind]) for name, kind in types.items()])
        path = self.lake.landed(agency, table) / f"{extract}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(full, schema), path)
        self.frozen[agency][table].append(extract)
        return extract


def dossier(name: str, received: str | None, **changes: Any) -> dict[str, Any]:
    """Describe a landed dossier: a commune's, of a procedure with three working days, on its way."""
    row: dict[str, Any] = {
        "dossier_key": key(name),
        "record_key": 7,
        "ma_don_vi_tiep_nhan": "H49.101",
        "ma_tthc": "1.011138",
        "ma_linh_vuc": "CHUNG_THUC",
        "kenh_thuc_hien": "1",
        "chu_ho_so": key("person " + name),
        "la_dinh_danh_gia": False,
        "co_du_lieu_ca_nhan": False,
        "don_vi_khoa": "ubnd phuong ha tu",
        "ngay_tiep_nhan": at(received) if received else None,
        "trang_thai_ho_so": "4",
        "le_phi": Decimal(0),
        "la_chuyen_doi": False,
        "ngay_cap_nhat": at(received or "2026-06-15T08:00:00"),
        **dict.fromkeys(("la_ds01", "la_ds03", "la_ds05", "la_ds08", "la_ds13", "la_ds14"), False),
    }
    for name_, value in changes.items():
        row[name_] = at(value) if name_.startswith("ngay_") and isinstance(value, str) else value
    return row


def event(name: str, when: str, status: int) -> dict[str, Any]:
    return {"dossier_key": key(name), "thoi_diem_xu_ly": at(when), "trang_thai": str(status), "ngay_cap_nhat": at(when)}


def unit(code: str, folded: str, level: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ma_don_vi": code,
        "don_vi_khoa": folded,
        "ten_don_vi": folded,
        "cap": level,
        "hieu_luc_tu": date(2025, 7, 1),
        "ngay_cap_nhat": at("2026-01-01T00:00:00"),
    }
    return {**row, **changes}
