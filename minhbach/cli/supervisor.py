"""Starts the embedded Airflow run as a child, gives it DAGs, shows what it does, and really ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import GateRefused, Interrupted, MinhBachError, OutsideFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

DAGS = Path(__file__).parents[2] / "dags"
"""Airflow's folder: the two files that stand beside the engine."""
PATIENCE = 15
"""Seconds between TERM and KILL."""
BY_CODE: dict[int, type[MinhBachError]] = {1: OutsideFailed, 2: UsageError, 3: GateRefused}


class EmbeddedRun:
    """A child process that runs DAGs, one at a time, in the order in which they are asked for."""

    def __init__(self, child: subprocess.Popen[str], log: Path, show: Callable[[dict[str, Any]], None]) -> None:
        self._child = child
        self._log = log
        self._show = show
        self._expect("ready")

    def run(self, dag: str, period: str, now: str | None = None) -> None:
        """Run one DAG to its end.

        Raises:
            MinhBachError: a task failed; the class by the exit code the stage gave.
            OutsideFailed: the child died; the sentence names its private log.

        """
        asked = {"dag": dag, "period": period, **({"now": now} if now else {})}
        assert self._child.stdin is not None  # noqa: S101  it was opened as a pipe below
        self._child.stdin.write(json.dumps(asked) + "\n")
        self._child.stdin.flush()
        self._expect("dag")

    def end(self) -> None:
        """End the child: close its input, then TERM, then KILL, the whole process group."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self._child.poll() is not None:
                break
            os.killpg(self._child.pid, sign)
            try:
                self._child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                continue

    def _expect(self, kind: str) -> None:
        failure: dict[str, Any] | None = None
        assert self._child.stdout is not None  # noqa: S101  it was opened as a pipe below
        for line in self._child.stdout:
            event = json.loads(line)
            self._show(event)
            if event["event"] == "task":
                failure = event if event["state"] == "failed" else (None if event["state"] == "success" else failure)
            if event["event"] == "broken":
                raise OutsideFailed(f"the run could not start: {event['error']}; its private log is {self._log}.")
            if event["event"] == kind:
                if event.get("state", "success") != "success":
                    self._refuse(failure)
                return
        raise OutsideFailed(f"the run ended before it was done; its private log is {self._log}; run again to go on.")

    def _refuse(self, failure: dict[str, Any] | None) -> None:
        if failure is None:
            raise OutsideFailed(f"the run failed; its private log is {self._log}.")
        raise BY_CODE[failure["exit_code"]](failure["error"])


@contextmanager
def embedded_run(environment: dict[str, str], show: Callable[[dict[str, Any]], None]) -> Iterator[EmbeddedRun]:
    """Start a child, hand it out, and end it whatever happens; Ctrl-C and TERM end it too."""
    with tempfile.TemporaryDirectory(prefix="minhbach-run-") as home:
        log = _log_file(environment)
        command = [sys.executable, "-m", "minhbach.schedule.embedded", home, str(log)]
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment, "MINHBACH_DAGS": str(DAGS)},
            text=True,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which ends the child in order
        )
        run: EmbeddedRun | None = None
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            run = EmbeddedRun(child, log, show)
            yield run
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            EmbeddedRun.end(run) if run else _kill(child)
            signal.signal(signal.SIGTERM, previous)


def _kill(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise Interrupted("stopped by TERM; nothing is half done, run again to go on.")


def _log_file(environment: dict[str, str]) -> Path:
    folder = Path(environment["MINHBACH_LAKE"]).parent / "logs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "run.log"
