"""Time the demo by stage with its memory, and two quick commands: `python bench/demo.py [--size N …]`.

Each size runs in a new folder, then once more in the same folder, where nothing is new. `--keep FOLDER` keeps the
folders (`FOLDER/<size>`) for `bench/gates.py`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from recording import keep, median, show, watched

MINHBACH = [str(Path(sys.executable).with_name("minhbach"))]
DEMO_LIMIT, AGAIN_LIMIT, MEMORY_LIMIT = 120, 45, 2048
"""Seconds of a first and a second demo, and MiB, on two cores."""
COMMANDS = {"check": 3.0, "--help": 0.3}
"""Limit in seconds by command."""
TIMES = 5
STAGES = {
    "wait_for_agencies": "close the books",
    "close_books": "close the books",
    "build_and_judge": "build and judge the marts",
    "protect_and_seal": "protect, attack, judge, seal",
    "plan": "plan",
    "approval": "wait for approval",
    "stage": "apply to the site, read back",
    "wait_for_release": "apply to the site, read back",
    "apply": "apply to the site, read back",
}


def stage_of(step: dict[str, Any]) -> str:
    """Name the stage that a step belongs to."""
    if step["event"] == "sandbox":
        return "generate the province"
    if step["event"] == "ready":
        return "start Airflow"
    return "extract" if step["dag"].startswith("extract__") else STAGES[step["task"]]


def by_stage(ran: dict[str, Any]) -> dict[str, float]:
    """Sum the seconds of a rehearsal by stage; what no step accounts for is the rest."""
    seconds: dict[str, float] = defaultdict(float)
    for step in ran["steps"]:
        if step["event"] == "dag":
            seconds["Airflow around the tasks"] += step["seconds"]
            continue
        seconds[stage_of(step)] += step["seconds"]
        if step["event"] == "task":
            seconds["Airflow around the tasks"] -= step["seconds"]
    seconds["the command itself, approval, account"] = ran["seconds"] - sum(seconds.values())
    return {name: round(spent, 1) for name, spent in seconds.items()}


def demo(size: int, folder: Path, run: str) -> dict[str, Any]:
    """Run the demo once in a folder."""
    ran = watched([*MINHBACH, "-q", "demo", "--dossiers", str(size), "--into", str(folder), "--json"])
    said = json.loads(ran.stdout)
    limit = DEMO_LIMIT if run == "first" else AGAIN_LIMIT
    return {
        "what": "demo",
        "size": size,
        "run": run,
        "seconds": ran.seconds,
        "cpu_seconds": ran.cpu_seconds,
        "limit_seconds": limit,
        "ratio": round(ran.seconds / limit, 2),
        "peak_mib": ran.peak_mib,
        "limit_mib": MEMORY_LIMIT,
        "memory_ratio": round(ran.peak_mib / MEMORY_LIMIT, 2),
        "stages": by_stage(said),
        "load": [ran.load_before, ran.load_after],
    }


def command(name: str) -> dict[str, Any]:
    """Time one of the quick commands."""
    ran = [watched([*MINHBACH, name]) for _ in range(TIMES)]
    seconds, limit = median([one.seconds for one in ran]), COMMANDS[name]
    return {
        "what": f"minhbach {name}",
        "size": 0,
        "run": f"median of {TIMES}",
        "seconds": seconds,
        "cpu_seconds": median([one.cpu_seconds for one in ran]),
        "fastest": min(one.seconds for one in ran),
        "limit_seconds": limit,
        "ratio": round(seconds / limit, 2),
        "load": [ran[0].load_before, ran[-1].load_after],
    }


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, nargs="*", default=[6_000, 150_000])
    asked.add_argument("--keep", type=Path, help="folder in which the demos stay")
    asked.add_argument("--no-record", action="store_true", help="print only")
    options = asked.parse_args()
    rows = [command(name) for name in COMMANDS]
    for size in options.size:
        with tempfile.TemporaryDirectory(prefix="minhbach-bench-") as scratch:
            folder = (options.keep or Path(scratch)) / str(size)
            shutil.rmtree(folder, ignore_errors=True)
            rows += [demo(size, folder, run) for run in ("first", "again")]
    show(
        rows,
        ["what", "size", "run", "seconds", "cpu_seconds", "limit_seconds", "ratio", "peak_mib", "limit_mib", "load"],
    )
    for row in rows:
        if "stages" in row:
            print(f"\n{row['size']:,} dossiers a quarter, {row['run']} run")
            show([{"stage": name, "seconds": spent} for name, spent in row["stages"].items()], ["stage", "seconds"])
    if not options.no_record:
        about = "the demo in a new folder and again in the same one; memory of all its processes together"
        keep("demo", rows, about=about, same=["what", "size", "run"])


if __name__ == "__main__":
    main()
