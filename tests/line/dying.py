"""Walks stages in children that die where they are told to, as by a power cut. Run as a process of its own.

Asked `{"stage", "period", "root", "touch", "seconds", "variables"}`, a child dies at its n-th touch of a file under the
root, or after some seconds; 0 is never. No hook is put into the engine: Python itself tells what is opened, renamed and
removed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from typing import Any

from tests.forking import serve

TOUCHES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.link", "sqlite3.connect"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
HEAVY = (
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "dbt.cli.main",
    "duckdb",
    "great_expectations",
    "minhbach.flow.stages",
    "publishers.site",
    "pyarrow.parquet",
    "sqlalchemy.dialects.sqlite",
    "xlsxwriter",
)
"""What children import, once for all of them."""


class Fuse:
    """Counts touches of files under a root and kills the process at the n-th."""

    def __init__(self, root: str, touch: int) -> None:
        self.root, self.touch, self.count = root, touch, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in TOUCHES or not str(arguments[0]).startswith(self.root):
            return
        if event == "open" and not (arguments[2] & WRITES):
            return
        self.count += 1
        if self.count == self.touch:
            die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(stage: str, period: str) -> Any:
    """Walk one stage."""
    from minhbach.core.keys import read_private
    from minhbach.core.people import demo_key
    from minhbach.flow import stages
    from minhbach.flow.building import build
    from minhbach.flow.house import open_house
    from minhbach.flow.judging import judge_marts
    from minhbach.flow.planning import newest_plan
    from minhbach.flow.publishing import approval_of, approve

    house = open_house()
    publication = house.catalog.publication()
    window = house.period(period, publication)
    match stage:
        case "extract":
            suppliers = house.catalog.suppliers(publication)
            pairs = [(agency, table) for agency in suppliers for table in house.catalog.tables(agency)]
            return [stages.extract_table(agency, table) for agency, table in pairs]
        case "build":
            return build(house, publication, window).rows
        case "gate":
            return sorted(judge_marts(house, publication, window))
        case "approve":
            plan, steward = newest_plan(house, publication, window), publication.approved_by[0]
            if approval_of(house, plan) is None:
                approve(house, plan, steward, read_private(demo_key(steward, house.settings)))
            return plan.hash
        case _:
            return getattr(stages, stage)(publication.name, period)


def child(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    os.environ.update(asked["variables"])
    fuse = Fuse(asked["root"], asked["touch"])
    if asked["seconds"]:
        timer = threading.Timer(asked["seconds"], die)
        timer.daemon = True
        timer.start()
    began = time.monotonic()
    sys.addaudithook(fuse)
    said = run(asked["stage"], asked["period"])
    return 0, {"said": said, "touches": fuse.count, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    for heavy in HEAVY:
        importlib.import_module(heavy)
    serve(child)
