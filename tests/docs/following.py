"""Follows a page literally: writes its file blocks, runs its commands in one shell, compares what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\b\d+\.\d s\b")


class Shell:
    """One shell session: it keeps its folder and its exported variables between blocks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.here = folder
        self.commands = 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        self.environment = {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def write(self, place: str, text: str) -> None:
        target = (self.here / place).resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def follow(self, block: str) -> None:
        """Run the commands of a block; where output is shown, it is the output that comes, seconds aside."""
        command, shown = "", []
        for line in [*block.splitlines(), "$ "]:
            if not line.startswith("$ "):
                shown.append(line)
                continue
            if command:
                told = self._run(command)
                assert not shown or _timeless(told) == _timeless("\n".join(shown)), command
            command, shown = line.removeprefix("$ "), []

    def _run(self, command: str) -> str:
        self.commands += 1
        script = f"{command}\nstatus=$?; echo; echo ---; pwd; env -0; exit $status"
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=self.here,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}"
        told, _, state = ran.stdout.rpartition("\n---\n")
        folder, _, variables = state.partition("\n")
        self.here = Path(folder)
        self.environment = dict(pair.split("=", 1) for pair in variables.split("\0") if "=" in pair)
        return told.rstrip("\n")


def _timeless(text: str) -> str:
    return SECONDS.sub("… s", text)
