"""Small tables for the tests: a plain two-way table with its policy, and form 06 from its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

ROOT = Path(__file__).resolve().parents[3]
PARTS = (
    "tiep_nhan_truc_tuyen",
    "tiep_nhan_truc_tiep",
    "ky_truoc_chuyen",
    "truoc_han",
    "dung_han",
    "qua_han",
    "dang_trong_han",
    "dang_qua_han",
)
KEYS = (("A", "X"), ("A", "Y"), ("B", "X"), ("B", "Y"))
TOTAL = "TONG"

# The worked tables of the design: columns 4, 5, 6, 8, 9, 10, 12, 13 of the four rows with bases 5, 100, 80, 50.
MIXED = (
    (2, 0, 3, 0, 2, 0, 0, 3),
    (41, 47, 12, 1, 51, 6, 0, 42),
    (44, 34, 2, 0, 52, 1, 0, 27),
    (1, 2, 47, 0, 10, 0, 7, 33),
)
DISJOINT = (
    (5, 0, 0, 5, 0, 0, 0, 0),
    (100, 0, 0, 0, 100, 0, 0, 0),
    (80, 0, 0, 0, 0, 80, 0, 0),
    (50, 0, 0, 0, 0, 0, 50, 0),
)
THIRD = (
    (0, 0, 5, 0, 3, 0, 2, 0),
    (1, 48, 51, 0, 0, 0, 63, 37),
    (1, 27, 52, 10, 0, 50, 0, 20),
    (21, 17, 12, 2, 0, 4, 44, 0),
)
AFTER_THIRD = (
    (8, 13, 2, 2, 11, 1, 7, 2),
    (5, 10, 100, 33, 34, 18, 19, 11),
    (6, 4, 20, 10, 8, 2, 6, 4),
    (38, 39, 44, 36, 36, 7, 28, 14),
)


def declarations() -> dict[str, dict[str, Any]]:
    """The two declarations of the project."""
    folder = ROOT / "catalog" / "datasets"
    names = ("giai_quyet_ho_so", "dung_han_theo_thu_tuc")
    return {
        name: yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8")) | {"name": name} for name in names
    }


def form_06(rows: tuple[tuple[int, ...], ...], period: str = "2026-Q2") -> pa.Table:
    """Form 06 with all totals from the parts of its four rows."""
    leaves = dict(zip(KEYS, rows, strict=True))
    sums: dict[tuple[str, str], list[int]] = {}
    for (agency, field), parts in leaves.items():
        for key in ((agency, field), (agency, TOTAL), (TOTAL, field), (TOTAL, TOTAL)):
            sums[key] = [a + b for a, b in zip(sums.get(key, [0] * len(parts)), parts, strict=True)]
    out = []
    for (agency, field), parts in sums.items():
        row = dict(zip(PARTS, parts, strict=True))
        row["da_giai_quyet"] = row["truoc_han"] + row["dung_han"] + row["qua_han"]
        row["dang_giai_quyet"] = row["dang_trong_han"] + row["dang_qua_han"]
        row["tiep_nhan"] = row["da_giai_quyet"] + row["dang_giai_quyet"]
        assert row["tiep_nhan"] == row["tiep_nhan_truc_tuyen"] + row["tiep_nhan_truc_tiep"] + row["ky_truoc_chuyen"]
        words = {"ky_bao_cao": period, "muc_tong_hop": "x", "ma_dinh_danh": agency, "ten_co_quan": agency, "cap": "so"}
        words |= {"ma_linh_vuc": field, "ten_linh_vuc": field}
        out.append(words | row | {"nhan_muon": 0, "so_chu_ho_so": row["tiep_nhan"]})
    return pa.Table.from_pylist(out)


def policy(*dimensions: str, **tables: int) -> dict[str, Any]:
    """A policy for a plain table of counts `n`: all that `disclose protect` needs of any CSV."""
    columns = [{"name": name, "type": "string", "treatment": "keep"} for name in ("year", *dimensions)]
    columns.append({"name": "n", "type": "integer", "role": "base", "treatment": {"count_of": "case"}})
    limits = {"threshold": 10, "zeros": "published", "min_integers": 5, "min_width": 10} | tables
    return {
        "name": "plain",
        "grain": ["year", *dimensions],
        "columns": columns,
        "totals": dict.fromkeys(dimensions, TOTAL),
        "disclosure": {"population": "cases", "method": "suppress", "tables": limits},
    }


def two_way(counts: dict[tuple[str, str], int], *dimensions: str) -> pa.Table:
    """A two-way table of counts with all its totals."""
    sums: dict[tuple[str, str], int] = {}
    for (a, b), count in counts.items():
        for key in ((a, b), (a, TOTAL), (TOTAL, b), (TOTAL, TOTAL)):
            sums[key] = sums.get(key, 0) + count
    return pa.Table.from_pylist(
        [{"year": "2026", dimensions[0]: a, dimensions[1]: b, "n": n} for (a, b), n in sums.items()]
    )
