"""Small marts that keep every declared rule, made from the declarations alone: what the mutation test breaks."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from minhbach.core.catalog import Dataset

AGENCIES = [("H49.01", "so"), ("H49.101", "xa"), ("H49.102", "xa")]


def form06(dataset: Dataset, period: str, opening: dict[tuple[str, str], int] | None = None, seed: int = 1) -> pa.Table:
    """A `giai_quyet_ho_so` mart of three agencies and two fields, with its totals."""
    chance = random.Random(seed)
    leaves = [
        _form06_leaf(chance, agency, cap, field, opening) for (agency, cap), field in product(AGENCIES, ("L1", "L2"))
    ]
    rows = [*leaves, *_totals(leaves, "ma_dinh_danh"), *_totals(leaves, "ma_linh_vuc")]
    rows += _totals(_totals(leaves, "ma_dinh_danh"), "ma_linh_vuc")
    return _table(dataset, period, rows)


def closing(table: pa.Table) -> dict[tuple[str, str], int]:
    """What a period leaves pending, by agency and field."""
    return {(r["ma_dinh_danh"], r["ma_linh_vuc"]): r["dang_giai_quyet"] for r in table.to_pylist()}


def rates(dataset: Dataset, period: str, seed: int = 1) -> pa.Table:
    """A `dung_han_theo_thu_tuc` mart of three agencies and two procedures, with its totals."""
    chance = random.Random(seed)
    leaves = []
    for (agency, cap), procedure in product(AGENCIES, ("T1", "T2")):
        n = chance.randint(20, 200)
        resolved = chance.randint(5, n)
        counts = {
            "so_giai_quyet_trong_ky": n,
            "so_dung_han_chinh_thuc": chance.randint(1, n),
            "so_da_giai_quyet": resolved,
            "so_dung_han_chat": chance.randint(0, resolved),
            "so_thieu_hen_tra": 1,
            "so_doi_hen": 2,
            "so_xin_loi": 0,
            "so_chu_ho_so": n - 1,
        }
        leaves.append({"ma_dinh_danh": agency, "cap": cap, "ma_linh_vuc": "L1", "ma_tthc": procedure, **counts})
    rows = [*leaves, *_totals(leaves, "ma_dinh_danh")]
    for row in rows:
        for rate, part, whole in (
            ("ty_le_dung_han_chinh_thuc", "so_dung_han_chinh_thuc", "so_giai_quyet_trong_ky"),
            ("ty_le_dung_han_chat", "so_dung_han_chat", "so_da_giai_quyet"),
        ):
            row[rate] = round(100 * row[part] / row[whole] + 1e-9, 2)
    return _table(dataset, period, rows)


def _form06_leaf(chance: random.Random, agency: str, cap: str, field: str, opening: Any) -> dict[str, Any]:
    carried = chance.randint(1, 20)
    if opening:
        carried = opening[agency, field]
    online, counter = chance.randint(10, 90), chance.randint(10, 90)
    total = online + counter + carried
    resolved = total - chance.randint(2, 20)
    early, on_day = resolved // 2, resolved // 4
    pending = total - resolved
    return {
        "ma_dinh_danh": agency, "cap": cap, "ma_linh_vuc": field, "tiep_nhan": total, "tiep_nhan_truc_tuyen": online,
        "tiep_nhan_truc_tiep": counter, "ky_truoc_chuyen": carried, "da_giai_quyet": resolved, "truoc_han": early,
        "dung_han": on_day, "qua_han": resolved - early - on_day, "dang_giai_quyet": pending,
        "dang_trong_han": pending // 2, "dang_qua_han": pending - pending // 2, "nhan_muon": 1,
        "so_chu_ho_so": total - 2,
    }  # fmt: skip


def _totals(rows: list[dict[str, Any]], dimension: str) -> list[dict[str, Any]]:
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        names = {k: v for k, v in row.items() if isinstance(v, str) and k not in {dimension, "cap"}}
        total = groups.setdefault(tuple(names.values()), {**names, dimension: "TONG", "cap": "tinh"})
        for name, value in row.items():
            if isinstance(value, int):
                total[name] = total.get(name, 0) + value
    return list(groups.values())


def _table(dataset: Dataset, period: str, rows: list[dict[str, Any]]) -> pa.Table:
    whole = []
    for row in rows:
        filled = {
            "ky_bao_cao": period,
            "muc_tong_hop": "tinh",
            "ten_co_quan": "x",
            "ten_linh_vuc": "x",
            "ten_tthc": "x",
            **row,
        }
        whole.append({column.name: filled[column.name] for column in dataset.columns})
    return pa.Table.from_pylist(whole)
