"""A small project of one dataset that has every column type, and a house to seal its releases in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from minhbach.core import keys, people
from minhbach.core.catalog import Catalog, load_catalog
from minhbach.core.lake import Lake
from minhbach.core.ledger import Ledger
from minhbach.core.publishing import Live, LiveDataset, Plan, Release
from minhbach.core.settings import Settings
from minhbach.release import make_plan, seal, sign_plan, write

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.release import Written

DATASET = "giay_phep"
PERIOD = "2026-Q3"
ISSUED = "2026-09-23"

PROJECT = """
name: thu_nghiem
title: {vi: Thử nghiệm, en: Trial}
place: {name: {vi: Tỉnh Thử, en: Trial province}, code: "99", agency_code: H99, country: VN}
languages: [vi, en]
timezone: Asia/Ho_Chi_Minh
calendar: {country: VN}
first_period: 2026-Q2
"""
PEOPLE = """
an_lap: {title: Người lập, roles: [preparer], login: lap, demo: true}
binh_duyet: {title: Người duyệt, roles: [steward], login: duyet, demo: true}
chi_duyet: {title: Người duyệt khác, roles: [publisher], login: duyet_khac, demo: true}
dung_ngoai: {title: Người ngoài, roles: [steward], login: ngoai, demo: true}
giang_hai_vai: {title: Hai vai, roles: [preparer, steward], login: hai_vai, demo: true}
hoa_khong_vai: {title: Không có vai duyệt, roles: [preparer], login: khong_vai, demo: true}
khanh_khong_khoa: {title: Không có khóa, roles: [steward]}
"""
PUBLICATION = """
title: {vi: Công bố quý, en: Quarterly publication}
about: {vi: Thử, en: A trial}
datasets: [giay_phep]
calendar: {regime: reporting, every: quarter}
portal: site
prepared_by: [an_lap, giang_hai_vai]
approved_by: [binh_duyet, chi_duyet, giang_hai_vai, hoa_khong_vai, khanh_khong_khoa]
"""
PORTALS = """
site: {kind: site, title: {vi: Trang thử, en: Trial site}, address: "http://127.0.0.1:1"}
"""
DECLARATION = """
title: {vi: Giấy phép theo đơn vị, en: Permits by unit}
about: {vi: Số giấy phép đã cấp., en: Permits granted.}
how_to_read: {vi: Mỗi dòng một đơn vị., en: A row is a unit.}
does_not_say: {vi: Không nói ai được cấp., en: It does not say who got one.}
theme: {vi: Thủ tục, en: Procedures}
tags: [giấy phép]
owner: ubnd_thu
steward: {name: Văn phòng thử, email: steward@example.com}
licence: CC-BY-4.0
period: {regime: reporting, every: quarter}
grain: [ky_bao_cao, ma_don_vi]
inputs: [mot_cua]
columns:
  - {name: ky_bao_cao, type: string, vi: Kỳ, en: Quarter, treatment: keep}
  - {name: ma_don_vi, type: string, vi: Mã đơn vị, en: Unit code, codes: don_vi, treatment: keep}
  - {name: ten_don_vi, type: string, vi: Đơn vị, en: Unit, treatment: keep}
  - {name: so_nhan, type: integer, unit: dossier, vi: Số nhận, en: Received, role: base, treatment: {count_of: dossier}}
  - {name: so_cap, type: integer, unit: dossier, vi: Số cấp, en: Granted, role: outcome, treatment: {count_of: dossier}}
  - {name: ty_le, type: "decimal(5,2)", unit: percent, vi: Tỷ lệ, en: Rate, from: [so_cap, so_nhan]}
  - {name: chenh_lech, type: integer, vi: Chênh lệch, en: Difference, treatment: keep}
  - {name: ngay_dau, type: date, vi: Ngày đầu, en: First day, treatment: keep}
  - {name: truc_tuyen, type: boolean, vi: Trực tuyến, en: Online, treatment: keep}
  - {name: so_nguoi, type: integer, vi: Số người, en: Persons, treatment: drop, why: Only the threshold reads it.}
disclosure: {population: dossiers, method: suppress, tables: {threshold: 10}}
"""
CODES = "code,vi,en\nA,Đơn vị A,Unit A\nB,Đơn vị B,Unit B\n"
SOURCES = [
    {
        "agency": "mot_cua",
        "table": "ho_so",
        "extract_id": "20260917T100000-0a1b2c3d",
        "sha256": "a" * 64,
        "source_time_max": "20260917090000",
    },
    {
        "agency": "mot_cua",
        "table": "bo_sung",
        "extract_id": "20260917T100100-0a1b2c3e",
        "sha256": "b" * 64,
        "source_time_max": None,
    },
]
GATES = [{"gate": gate, "passed": True, "checks": [{"id": "a"}, {"id": "b"}]} for gate in ("mart", "release")]
ATTACK = {"model": "m", "recovered": 0, "narrow": 0}
MODEL = {"schema": "minhbach/disclosure/1", "dataset": DATASET, "period": PERIOD}


@dataclass(frozen=True)
class House:
    """Everything a seal needs, on disk."""

    root: Path
    catalog: Catalog
    settings: Settings
    lake: Lake
    ledger: Ledger

    @property
    def staging(self) -> Path:
        return self.lake.staging("cong_bo", PERIOD) / DATASET

    def write(self, table: pa.Table | None = None, **changes: Any) -> Written:
        said: dict[str, Any] = {
            "period": PERIOD,
            "revision": "r1",
            "table": a_table() if table is None else table,
            "sources": SOURCES,
            "public_model": MODEL,
            "public_figures": {"cells": 20, "share": 0.05},
            "catalog": self.catalog,
            "folder": self.staging,
            "issued": ISSUED,
            "data_as_of": "2026-09-16",
        }
        return write(DATASET, **{**said, **changes})

    def seal(self, written: Written, **changes: Any) -> Release:
        said: dict[str, Any] = {
            "gates": GATES,
            "attack": ATTACK,
            "suppressed": {"cells": 20, "share": 0.05},
            "code_version": "0.1.0+test",
            "signing_key": keys.secret("SIGNING_KEY", self.settings),
            "lake": self.lake,
            "ledger": self.ledger,
        }
        return seal(written, **{**said, **changes})

    def private(self, person: str) -> bytes:
        return keys.read_private(people.demo_key(person, self.settings))

    def plan(self, releases: list[Release], live: Live | None = None, preparer: str = "an_lap") -> Plan:
        made = make_plan(
            releases,
            live or nothing_live(),
            {DATASET: {"title": "Giấy phép", "rows": 3}},
            publication="cong_bo",
            period=PERIOD,
            portal_kind="site",
            issued=ISSUED,
            catalog=self.catalog,
            lake=self.lake,
        )
        return sign_plan(made, preparer, self.private(preparer))


def nothing_live() -> Live:
    return Live("site", {DATASET: LiveDataset(DATASET)}, "empty")


def open_small(folder: Path) -> House:
    """Write the project into a folder and open a house beside it."""
    catalog = folder / "project" / "catalog"
    files = {
        "project.yml": PROJECT,
        "people.yml": PEOPLE,
        "portals.yml": PORTALS,
        "publications/cong_bo.yml": PUBLICATION,
        f"datasets/{DATASET}.yml": DECLARATION,
        "codes/don_vi.csv": CODES,
    }
    for name, content in files.items():
        path = catalog / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip(), encoding="utf-8")
    return again(folder)


def again(folder: Path) -> House:
    """Open a small project that is there, as another process would."""
    var = folder / "var"
    settings = Settings(
        project=folder / "project",
        lake=var / "lake",
        warehouse=var / "warehouse",
        ledger=f"sqlite:///{var / 'ledger.sqlite'}",
        engine="duckdb",
        mode="rehearsal",
    )
    root = folder / "project"
    return House(root, load_catalog(root), settings, Lake(settings.lake), Ledger(settings.ledger))


def a_table(**changes: list[Any]) -> pa.Table:
    """Give a protected table of three rows, one of them suppressed, in no order."""
    said: dict[str, list[Any]] = {
        "ky_bao_cao": [PERIOD] * 3,
        "ma_don_vi": ["B", "A", "C"],
        "ten_don_vi": ["Đơn vị B", "Phường Ế Ỗ Ử", None],
        "so_nhan": [120, None, 0],
        "so_cap": [90, None, 0],
        "ty_le": [Decimal("75.00"), None, None],
        "chenh_lech": [-5, 3, None],
        "ngay_dau": [dt.date(2026, 6, 15), dt.date(1899, 1, 1), None],
        "truc_tuyen": [True, False, None],
        "ghi_chu_an_so": [None, "c", "z"],
    } | changes
    kinds = {
        "so_nhan": pa.int64(),
        "so_cap": pa.int64(),
        "ty_le": pa.decimal128(5, 2),
        "chenh_lech": pa.int64(),
        "ngay_dau": pa.date32(),
        "truc_tuyen": pa.bool_(),
    }
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in said.items()})
