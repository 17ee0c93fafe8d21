"""Walks stages in children that die where they are told to, as by a power cut. Run as a process of its own.

Reads JSON lines `{"stage", "period", "root", "touch", "seconds", "variables"}`: the child dies at its n-th touch of a
file under the root, or after some seconds; 0 is never. Answers with how it ended and what it said. It imports the heavy
parts once and forks, and puts no hook into the engine: Python itself tells what is opened, renamed and removed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

TOUCHES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.link", "sqlite3.connect"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
READY = "ready"


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


def child(asked: dict[str, Any], pipe: int) -> None:
    os.environ.update(asked["variables"])
    fuse = Fuse(asked["root"], asked["touch"])
    if asked["seconds"]:
        timer = threading.Timer(asked["seconds"], die)
        timer.daemon = True
        timer.start()
    began = time.monotonic()
    sys.addaudithook(fuse)
    said = run(asked["stage"], asked["period"])
    answer = {"said": said, "touches": fuse.count, "seconds": time.monotonic() - began}
    os.write(pipe, json.dumps(answer, default=str).encode())


def serve() -> None:
    """Answer every line."""
    import xlsxwriter  # noqa: F401  the heavy parts, once for all children

    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    answers.write(READY + "\n")
    for line in sys.stdin:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            code = 1
            try:
                child(json.loads(line), writer)
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(process, 0)
        answer = json.loads(told) if told else {}
        answers.write(json.dumps({"ended": os.waitstatus_to_exitcode(status), **answer}) + "\n")


if __name__ == "__main__":
    serve()
