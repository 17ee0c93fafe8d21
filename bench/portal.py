"""Time the local portal's starts and weigh it at rest: `python bench/portal.py`. Everything in a home of its own.

From nothing: caches of Python packages and of Maven are empty too, so the registries' speed is part of it.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from recording import ROOT, keep, load, show

sys.path.insert(0, str(ROOT))
from deploy.portal.home import open_home
from deploy.portal.keys import secrets_of
from deploy.portal.services import services_of
from deploy.services import Running, port_free, service_account

LIMITS = {"from nothing": 120, "new home, full caches": 120, "after stop": 30, "already up": 5}
LIMIT_MIB = 1.2 * 1024
REST_SECONDS = 15


def portal(command: str, home: Path, *options: str, **caches: str) -> dict[str, Any]:
    """Run one command on the portal; its seconds, those of all its processes' CPU, and the load before and after."""
    earlier = cpu_of(family(home)) if home.exists() else 0
    before, began, used = load(), time.monotonic(), cpu_of_children()
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.portal", command, "--home", str(home), *options],
        cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, **caches},
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(ran.stderr)
    seconds = round(time.monotonic() - began, 1)
    cpu = cpu_of_children() - used + (cpu_of(family(home)) - earlier if command == "up" else 0)
    return {"seconds": seconds, "cpu_seconds": round(cpu, 1), "load": [before, load()]}


def cpu_of_children() -> float:
    """Return the CPU seconds of the commands that have ended, with all that they waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def family(home: Path) -> set[Running]:
    """Return every process of the portal."""
    opened = open_home(home, service_account())
    leaders = [service.process() for service in services_of(opened, secrets_of(opened))]
    return {one for leader in leaders if leader for one in leader.family()}


def cpu_of(processes: set[Running]) -> float:
    """Return the CPU seconds that these have spent since they began, with those of their children that ended."""
    ticks = 0
    for one in processes:
        fields = Path(f"/proc/{one.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def weigh(home: Path) -> tuple[float, float]:
    """Return the MiB of all its processes: resident, where shared pages count in each; and shared out among them."""
    whole = shared_out = 0
    for one in family(home):
        said = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii")
        whole += int(re.search(r"^Rss:\s+(\d+)", said, re.MULTILINE)[1])  # type: ignore[index]
        shared_out += int(re.search(r"^Pss:\s+(\d+)", said, re.MULTILINE)[1])  # type: ignore[index]
    return round(whole / 1024), round(shared_out / 1024)


def measure(*, empty: bool) -> list[dict[str, Any]]:
    """Start, stop and start again; `empty` begins with empty caches as well."""
    folder = Path(tempfile.mkdtemp(prefix="minhbach-bench-"))
    folder.chmod(0o755)
    home = folder / "home"
    base = next(
        base for base in random.sample(range(11000, 32000, 10), 500) if all(map(port_free, range(base, base + 4)))
    )
    caches = {
        "UV_CACHE_DIR": f"{folder}/uv",
        "PIP_CACHE_DIR": f"{folder}/pip",
        "MAVEN_OPTS": f"-Dmaven.repo.local={folder}/m2",
    }
    options = ("--port-base", str(base), "--organization", "mot-co-quan=Một cơ quan")
    rows = []
    try:
        begin = portal("up", home, *options, **(caches if empty else {}))
        rows.append({"start": "from nothing" if empty else "new home, full caches", **begin})
        if not empty:
            time.sleep(REST_SECONDS)
            resident, proportional = weigh(home)
            portal("stop", home)
            rows.append({"start": "after stop", **portal("up", home)})
            rows.append({"start": "already up", **portal("up", home)})
            for row in rows:
                row |= {"idle_mib": resident, "idle_pss_mib": proportional, "limit_mib": round(LIMIT_MIB)}
    finally:
        portal("destroy", home)
        shutil.rmtree(folder)
    for row in rows:
        row["limit_seconds"] = LIMITS[row["start"]]
        row["ratio"] = round(row["seconds"] / row["limit_seconds"], 2)
    return rows


def main() -> None:
    """Measure all, and keep it unless told not to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-record", action="store_true", help="only show")
    asked = parser.parse_args()
    rows = measure(empty=True) + measure(empty=False)
    show(
        rows,
        ["start", "seconds", "limit_seconds", "ratio", "cpu_seconds", "idle_mib", "idle_pss_mib", "limit_mib", "load"],
    )
    if not asked.no_record:
        keep("portal", rows, about="seconds to a portal that answers a search; memory at rest", same=["start"])


if __name__ == "__main__":
    main()
