"""Write releases the way a reader finds them: `data.csv` and `disclosure.json` in a folder."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

Key = tuple[str, ...]
Rows = dict[Key, dict[str, int]]

FORM_06_PARTS = (
    "tiep_nhan_truc_tuyen",
    "tiep_nhan_truc_tiep",
    "ky_truoc_chuyen",
    "truoc_han",
    "dung_han",
    "qua_han",
    "dang_trong_han",
    "dang_qua_han",
)


def model(dimensions: Iterable[str] = ("a", "b"), *, dataset: str = "bang", **more: Any) -> dict[str, Any]:
    """Give a public model of a table with the count `n`."""
    names = tuple(dimensions)
    return {
        "schema": "minhbach/disclosure/1",
        "dataset": dataset,
        "period": "2026-Q2",
        "grain": names,
        "dimensions": {name: {"total": "TONG"} for name in names},
        "measures": {"n": {"role": "base"}},
        **more,
    }


def with_totals(
    cells: Mapping[Key, Mapping[str, int]], total: str = "TONG", places: Iterable[int] | None = None
) -> Rows:
    """Add the row of every total."""
    rows: Rows = {key: dict(counts) for key, counts in cells.items()}
    width = len(next(iter(cells)))
    for place in range(width) if places is None else places:
        for key, counts in list(rows.items()):
            above = rows.setdefault((*key[:place], total, *key[place + 1 :]), dict.fromkeys(counts, 0))
            for name, count in counts.items():
                above[name] += count
    return rows


def form_06(parts: Mapping[str, int]) -> dict[str, int]:
    """Fill the sums of a row of form 06."""
    row = dict.fromkeys(FORM_06_PARTS, 0) | dict(parts)
    row["tiep_nhan"] = row["tiep_nhan_truc_tuyen"] + row["tiep_nhan_truc_tiep"] + row["ky_truoc_chuyen"]
    row["da_giai_quyet"] = row["truoc_han"] + row["dung_han"] + row["qua_han"]
    row["dang_giai_quyet"] = row["dang_trong_han"] + row["dang_qua_han"]
    row.setdefault("nhan_muon", 0)
    assert row["tiep_nhan"] == row["da_giai_quyet"] + row["dang_giai_quyet"]
    return row


def write(
    folder: Path,
    document: Mapping[str, Any],
    rows: Mapping[Key, Mapping[str, int]],
    hide: Collection[tuple[Key, str]] = (),
    *,
    extra: Mapping[Key, Mapping[str, str]] | None = None,
) -> Path:
    """Write one release; `hide` names cells by key and measure, with * for every measure of a row."""
    folder.mkdir(parents=True)
    (folder / "disclosure.json").write_text(json.dumps(document), encoding="utf-8")
    dimensions, measures, rates = list(document["dimensions"]), list(document["measures"]), document.get("rates", {})
    others = sorted({name for row in (extra or {}).values() for name in row})
    with (folder / "data.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*dimensions, *others, *measures, *rates, "ghi_chu_an_so"])
        for key, counts in rows.items():
            hidden = {name for name in measures if (key, name) in hide or (key, "*") in hide}
            cells: list[Any] = ["" if name in hidden else counts[name] for name in measures]
            for rate in rates.values():
                parts = {rate["numerator"], rate["denominator"]}
                shown = rate.get("always") or not parts & hidden
                cells.append(percent(*(counts[rate[part]] for part in ("numerator", "denominator"))) if shown else "")
            writer.writerow([*key, *((extra or {})[key][name] for name in others), *cells, "c" if hidden else ""])
    return folder


def percent(numerator: int, denominator: int) -> str:
    """Write a percentage with two decimals, rounded half up."""
    if denominator == 0:
        return ""
    hundredths = (20000 * numerator + denominator) // (2 * denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
