"""Time protection and attack: `python bench/disclosure.py [--size N …] [--provinces P]`; N dossiers a quarter.

The marts are the protector's pretend province (74 agencies), two quarters in a row; `--provinces 34` adds one
national quarter: 34 provinces, of 150,000 dossiers each and a seed of their own. A province's totals are published,
so a country falls apart into its provinces: each is protected and attacked by itself, and the seconds are summed.
Each size is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recording import ROOT, keep, load, peak_mib, show, watched

sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from minhbach.disclosure.protect import Protection

AGENCIES = 74
PROVINCE = 150_000
"""Dossiers of a province in a quarter, when provinces are many."""
DEMO_LIMIT = 120
"""Seconds in which the whole demo, two quarters, has to be done."""
CEILING = {150_000: 0.03}
"""Share of dossiers that may be hidden at field level, by dossiers a quarter."""
SIZES = [600, 6_000, 150_000]
TOTAL = "TONG"
BASE = {"giai_quyet_ho_so": "tiep_nhan", "dung_han_theo_thu_tuc": "so_giai_quyet_trong_ky"}
GROUPS = {"giai_quyet_ho_so": ("ma_dinh_danh", "ma_linh_vuc"), "dung_han_theo_thu_tuc": ("ma_dinh_danh", "ma_tthc")}
SHOWN = {"giai_quyet_ho_so": "field", "dung_han_theo_thu_tuc": "procedure"}
SECONDS = ("protect_seconds", "attack_seconds", "cpu_seconds")
SUMMED = ("rows", *SECONDS, "programs", "hidden_cells", "primaries", "protected_cells", "recovered", "narrow")


class Clock:
    """Seconds, and seconds of this process's CPU, since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return both."""
        return time.perf_counter() - self._began[0], time.process_time() - self._began[1]


def province(dossiers: int, seed: int, quarters: int) -> dict[str, Any]:
    """Protect a province's quarters one after the other, write them, attack them together."""
    from minhbach.disclosure.attack import attack
    from minhbach.disclosure.protect import protect
    from tests.disclosure.protect.simulate import two_quarters
    from tests.disclosure.protect.tables import declarations
    from tests.disclosure.test_protected_and_attacked import truth, write_all

    marts = dict(zip(("2026-Q2", "2026-Q3"), two_quarters(dossiers, seed, AGENCIES)[:quarters], strict=False))
    clock = Clock()
    protections: dict[str, Protection] = {}
    for period, tables in marts.items():
        protections[period] = protect(tables, declarations(), [one.tables for one in protections.values()])
    protecting = clock.read()
    with tempfile.TemporaryDirectory() as folder:
        folders = write_all(Path(folder), protections)
        clock = Clock()
        verdict = attack(folders, private=truth(protections))
        attacking = clock.read()
    kinds = [cell["kind"] for one in protections.values() for cell in one.report["cells"]]
    return {
        "rows": sum(table.num_rows for one in protections.values() for table in one.tables.values()),
        "protect_seconds": protecting[0],
        "attack_seconds": attacking[0],
        "cpu_seconds": protecting[1] + attacking[1],
        "programs": verdict.programs,
        "hidden_cells": verdict.hidden,
        "primaries": kinds.count("primary"),
        "protected_cells": verdict.protected,
        "recovered": verdict.recovered,
        "narrow": verdict.narrow + verdict.too_few_integers,
        "dossiers": {name: _dossiers(name, marts, protections) for name in BASE},
        "levels": {name: _level(name, protections) for name in BASE},
    }


def _finest(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the rows with the fewest totals in their key."""
    totals = [sum(row[column] == TOTAL for column in GROUPS[name]) for row in rows]
    return [row for row, count in zip(rows, totals, strict=True) if count == min(totals)]


def _level(name: str, protections: dict[str, Protection]) -> str:
    """Say which rows are the finest that go out; small populations go out without agencies."""
    rows = _finest(name, next(iter(protections.values())).tables[name].to_pylist())
    return SHOWN[name] if rows[0]["ma_dinh_danh"] == TOTAL else f"agency and {SHOWN[name]}"


def _dossiers(name: str, marts: dict[str, Any], protections: dict[str, Protection]) -> tuple[int, int]:
    """Count the dossiers that the finest published rows show, and all that there are."""
    shown = [row for one in protections.values() for row in _finest(name, one.tables[name].to_pylist())]
    there = [row for tables in marts.values() for row in _finest(name, tables[name].to_pylist())]
    return sum(row[BASE[name]] or 0 for row in shown), sum(row[BASE[name]] for row in there)


def once(dossiers: int, provinces: int) -> dict[str, Any]:
    """Protect and attack in this process."""
    began, load_before = time.perf_counter(), load()
    quarters = 1 if provinces > 1 else 2
    found = [province(dossiers, seed, quarters) for seed in range(1, provinces + 1)]
    row: dict[str, Any] = {key: round(sum(one[key] for one in found), 2) for key in SUMMED}
    for name, what in SHOWN.items():
        pairs = [one["dossiers"][name] for one in found]
        shown, there = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        row[f"{what}_level"] = found[0]["levels"][name]
        row[f"{what}_share_hidden"] = round(1 - shown / there, 4)
    return {
        "size": dossiers * provinces,
        "agencies": AGENCIES * provinces,
        "provinces": provinces,
        "quarters": quarters,
        **row,
        "plain_programs": 2 * row["hidden_cells"],
        "largest_province_seconds": round(max(one["protect_seconds"] + one["attack_seconds"] for one in found), 2),
        "limit_seconds": DEMO_LIMIT if provinces == 1 else None,
        "limit_field_share_hidden": CEILING.get(dossiers),
        "peak_mib": peak_mib(),
        "total_seconds_with_making_marts": round(time.perf_counter() - began, 1),
        "load": [load_before, load()],
    }


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, nargs="*", default=SIZES, help="dossiers a quarter of one province")
    asked.add_argument("--provinces", type=int, help="measure also one quarter of so many provinces together")
    asked.add_argument("--no-record", action="store_true", help="print only")
    asked.add_argument("--once", type=int, nargs=2, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.once:
        print(json.dumps(once(*options.once)))
        return
    wanted = [(size, 1) for size in options.size] + ([(PROVINCE, options.provinces)] if options.provinces else [])
    command = [sys.executable, __file__, "--once"]
    rows = [json.loads(watched([*command, str(size), str(count)]).stdout) for size, count in wanted]
    times = [*SECONDS, "limit_seconds", "programs", "plain_programs"]
    cells = ["hidden_cells", "primaries", "recovered", "narrow"]
    shares = ["field_share_hidden", "limit_field_share_hidden", "procedure_share_hidden"]
    show(rows, ["size", "agencies", "quarters", "rows", *times, *cells, *shares, "peak_mib", "load"])
    if not options.no_record:
        about = "protection and attack of the synthetic province's marts; plain programs: two for every hidden cell"
        keep("disclosure", rows, about=about, same=["size", "provinces"])


if __name__ == "__main__":
    main()
