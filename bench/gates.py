"""Time the gates against the build they judge: `python bench/gates.py FOLDER …`, folders kept by `bench/demo.py`.

Both quarters of a demo are built anew into a warehouse of their own, then judged: marts, then the sealed releases as
they were written. Everything runs in a process of its own that has imported dbt and Great Expectations before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recording import ROOT, keep, load, median, show, watched

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 3
BUILD, MARTS, RELEASES = PARTS = ("build", "mart gate", "release gate")


def timed(work: Callable[[], object]) -> list[float]:
    """Return the seconds that a piece of work takes, and those of this process's CPU."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return [time.perf_counter() - began, time.process_time() - used]


def once(folder: Path) -> None:
    """Build and judge both quarters of a demo in this process; print the seconds."""
    import great_expectations  # noqa: F401  imports are no cost of a gate

    from minhbach.flow.building import build
    from minhbach.flow.house import open_house
    from minhbach.flow.judging import judge_marts, judge_written
    from minhbach.shape.runner import run_dbt  # noqa: F401

    _import_dbt()
    house = open_house(ROOT)
    publication = house.catalog.publication()
    assert house.catalog.project.sandbox is not None  # noqa: S101  the demo ran on it
    found: dict[str, Any] = {"periods": {}}
    for name in house.catalog.project.sandbox.periods:
        period = house.period(name, publication)
        folders = {dataset: _release(folder, dataset, name) for dataset in publication.datasets}
        found["periods"][name] = {
            BUILD: timed(lambda period=period: build(house, publication, period)),  # type: ignore[misc]
            MARTS: timed(lambda period=period: judge_marts(house, publication, period)),  # type: ignore[misc]
            RELEASES: timed(lambda period=period, folders=folders: judge_written(house, period, folders)),  # type: ignore[misc]
        }
    print(json.dumps(found))


def _import_dbt() -> None:
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401


def _release(folder: Path, dataset: str, period: str) -> Path:
    """Find the newest sealed release of a dataset and period."""
    return max((folder / "lake" / "releases" / dataset / period).iterdir())


def measure(folder: Path, times: int) -> dict[str, Any]:
    """Let several processes build and judge."""
    runs, before = [], load()
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="minhbach-bench-") as scratch:
            house = Path(scratch)
            shutil.copytree(folder / "lake", house / "lake")
            shutil.copy(folder / "ledger.sqlite", house)
            environment = {
                "MINHBACH_MODE": "demo",
                "MINHBACH_LAKE": str(house / "lake"),
                "MINHBACH_WAREHOUSE": str(house / "warehouse"),
                "MINHBACH_LEDGER": f"sqlite:///{house / 'ledger.sqlite'}",
            }
            runs.append(json.loads(watched([sys.executable, __file__, "--once", str(house)], environment).stdout))
    made = json.loads((folder / "sandbox" / "made.json").read_text())
    seconds, cpu = ({part: [_sum(run, part, which) for run in runs] for part in PARTS} for which in (0, 1))
    return {
        "size": made["dossiers"],
        "build_seconds": median(seconds[BUILD]),
        "mart_gate_seconds": median(seconds[MARTS]),
        "release_gate_seconds": median(seconds[RELEASES]),
        "ratio": _ratio(seconds),
        "cpu_ratio": _ratio(cpu),
        "build_cpu_seconds": median(cpu[BUILD]),
        "limit_ratio": 1,
        "load": [before, load()],
    }


def _sum(run: dict[str, Any], part: str, which: int) -> float:
    """Add the seconds of a part over the quarters of a run."""
    return sum(period[part][which] for period in run["periods"].values())


def _ratio(parts: dict[str, list[float]]) -> float:
    """Return the median of what both gates take of the build, run by run."""
    both = [marts + releases for marts, releases in zip(parts[MARTS], parts[RELEASES], strict=True)]
    return median([gates / build for gates, build in zip(both, parts[BUILD], strict=True)])


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, nargs="*", help="a demo's folder: lake, ledger.sqlite, sandbox")
    asked.add_argument("--times", type=int, default=TIMES, help="runs, of which the median is taken")
    asked.add_argument("--no-record", action="store_true", help="print only")
    asked.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.once:
        os.umask(0o077)
        once(options.once)
        return
    rows = [measure(folder.absolute(), options.times) for folder in options.folder]
    columns = [
        "size",
        "build_seconds",
        "mart_gate_seconds",
        "release_gate_seconds",
        "ratio",
        "limit_ratio",
        "cpu_ratio",
        "load",
    ]
    show(rows, columns)
    if not options.no_record:
        about = f"seconds of both quarters, imports aside; ratio = both gates / build; medians of {options.times}"
        keep("gates", rows, about=about, same=["size"])


if __name__ == "__main__":
    main()
