"""What every benchmark does alike: describe the machine, watch a process tree, keep results."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
LOOK_EVERY = 0.2
"""Seconds between two looks at the memory of a process tree."""
PAGE = os.sysconf("SC_PAGE_SIZE")
LIBRARIES = ("apache-airflow", "dbt-core", "duckdb", "great-expectations", "highspy", "msgspec", "pyarrow", "scipy")


def machine() -> dict[str, Any]:
    """Describe the machine and the stack."""
    said = {key.strip(): value.strip() for key, _, value in map(_split, Path("/proc/cpuinfo").read_text().splitlines())}
    memory = Path("/proc/meminfo").read_text().split("MemTotal:", 1)[1].split()[0]
    return {
        "cpu": said.get("model name", "unknown"),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory) / 2**20, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """Name the commit of this tree; `-dirty` when it was changed since."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def _split(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def load() -> float:
    """Return how many processes wanted a core in the last minute."""
    return round(os.getloadavg()[0], 2)


def peak_mib() -> int:
    """Return this process's largest memory; `ru_maxrss` would begin with that of the process that started it."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:", 1)[1].split()[0]) // 1024


def median(values: Sequence[float], digits: int = 2) -> float:
    """Return the median, rounded."""
    return round(statistics.median(values), digits)


def keep(name: str, rows: list[dict[str, Any]], *, about: str, same: Sequence[str] = ()) -> None:
    """Write rows to `results/<name>.json`; earlier rows stay unless new ones agree in `same`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    stamp = {"commit": commit(), "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    stamped = [row | stamp for row in rows]
    known = {tuple(row[key] for key in same) for row in stamped}
    before = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() and same else []
    rows = [row for row in before if tuple(row[key] for key in same) not in known] + stamped
    rows.sort(key=lambda row: [(isinstance(row[key], str), row[key]) for key in same])
    document = {"about": about, "machine": machine(), "name": name, "rows": rows}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def show(rows: list[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print an aligned table."""
    cells = [list(columns), *[[_said(row.get(column)) for column in columns] for row in rows]]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


def _said(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def watched(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end, and give up when it fails: a number of a run that failed is none."""
    ran = Watched(command, environment or {})
    if ran.code:
        raise SystemExit(f"exit code {ran.code}: {ran.stderr[-2000:]}")
    return ran


class Watched:
    """A child and all its children: runs a command and keeps its output, seconds and largest memory together.

    `cpu_seconds` are those of the whole tree: other people's work on the machine stretches seconds, hardly these.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.peak_mib = 0.0
        self._done = threading.Event()
        self.load_before = load()
        began, used = time.monotonic(), _cpu_of_children()
        known = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        self._child = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**known, "PYTHONPATH": str(ROOT), **environment},  # this tree is measured, whatever is installed
        )
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        self.stdout, self.stderr = self._child.communicate()
        self.seconds = round(time.monotonic() - began, 2)
        self.cpu_seconds = round(_cpu_of_children() - used, 2)
        self._done.set()
        watcher.join()
        self.load_after = load()
        self.code = self._child.returncode

    def _watch(self) -> None:
        while not self._done.wait(LOOK_EVERY):
            self.peak_mib = max(self.peak_mib, round(resident_of(self._child.pid) * PAGE / 2**20, 1))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_of(parent: int) -> int:
    """Return the resident pages of a process and all its descendants; pages that two of them share count twice."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            children.setdefault(int(after_name[1]), []).append(int(folder.name))
            resident[int(folder.name)] = int(after_name[21])
    waiting, total = [parent], 0
    while waiting:
        one = waiting.pop()
        total += resident.get(one, 0)
        waiting += children.get(one, [])
    return total
