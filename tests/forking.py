"""Children that may be killed from outside: forked, one at a time, from a process that has imported the heavy parts.

The process (`serve`) reads a JSON line for each child, says its process id at once, and how it ended when it has.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

READY = "ready"
BROKEN = 99
"""Exit code of a child that fell over something of ours."""


class Children:
    """The side that asks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._child = 0

    def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Have a child do something; say how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._child = json.loads(self._process.stdout.readline())["pid"]
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._child = 0
        return answer

    def kill(self) -> None:
        """Kill the child that is at work, as by a power cut."""
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)


@contextmanager
def children(module: str, root: Path, log: Path) -> Iterator[Children]:
    """Start the process whose children a module's `serve` makes, and end it."""
    with (
        log.open("w") as stream,
        subprocess.Popen(
            [sys.executable, "-m", module],
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
        yield Children(process)
        process.stdin.close()


def serve(do: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]) -> None:
    """Answer every line with two; `do` runs in the child, and gives its exit code and what it says."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    answers.write(READY + "\n")
    for line in sys.stdin:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            code = BROKEN
            try:
                code, said = do(json.loads(line))
                os.write(writer, json.dumps(said, default=str).encode())
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(writer)
        answers.write(json.dumps({"pid": process}) + "\n")
        with os.fdopen(reader, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(process, 0)
        answers.write(json.dumps({"ended": os.waitstatus_to_exitcode(status), **json.loads(told or "{}")}) + "\n")
