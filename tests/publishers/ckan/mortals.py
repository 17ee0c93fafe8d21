"""Talks to the process whose children apply plans, and kills a child when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tests.publishers.ckan.mortal import READY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Mortals:
    """Children of one process, one after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._child = 0

    def run(self, plan: Path, variables: Mapping[str, str]) -> dict[str, Any]:
        """Apply a plan in a child; say how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"plan": str(plan), "variables": dict(variables)}) + "\n")
        self.process.stdin.flush()
        self._child = json.loads(self.process.stdout.readline())["pid"]
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self._child = 0
        return answer

    def kill(self) -> None:
        """Kill the child that is at work, as by a power cut."""
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)


@contextmanager
def mortals(root: Path, log: Path) -> Iterator[Mortals]:
    """Start the process and end it."""
    with (
        log.open("w") as stream,
        subprocess.Popen(
            [sys.executable, "-m", "tests.publishers.ckan.mortal"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().strip() == READY, log.read_text()
        yield Mortals(process)
        process.stdin.close()
