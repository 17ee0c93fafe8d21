"""The two walk-throughs of docs/ are followed literally, up to a published dataset.

Every file block is written, every command runs, and every output that is shown is the output that comes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

WALK = ("add-an-agency.md", "add-a-dataset.md")
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_walkthroughs_end_with_a_published_dataset(root: Path, tmp_path: Path) -> None:
    blocks = [block for page in WALK for block in BLOCK.findall((root / "docs" / page).read_text(encoding="utf-8"))]
    files = [place for _, place, _ in blocks if place]
    assert len(files) == 3
    shell = _Shell(tmp_path / "walk")
    for kind, place, text in blocks:
        if place:
            target = (shell.here / place).resolve()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif kind == "console":
            shell.follow(text)
    assert shell.commands >= 20
    published = shell.here / "var" / "site" / "current" / "dataset" / "phan_anh"
    assert (published / "2026-Q3" / "r1" / "data.csv").read_text(encoding="utf-8-sig").startswith("ky_bao_cao,nhom,")
    assert (published / "index.html").is_file()


class _Shell:
    """One shell session: it keeps its folder and its exported variables between blocks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.here = folder
        self.commands = 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        self.environment = {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def follow(self, block: str) -> None:
        command, shown = "", []
        for line in [*block.splitlines(), "$ "]:
            if not line.startswith("$ "):
                shown.append(line)
                continue
            if command:
                told = self._run(command)
                assert not shown or told.splitlines() == shown, command
            command, shown = line.removeprefix("$ "), []

    def _run(self, command: str) -> str:
        self.commands += 1
        script = f"{command}\nstatus=$?; echo; echo ---; pwd; env -0; exit $status"
        ran = subprocess.run(
            ["bash", "-c", script], cwd=self.here, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
        told, _, state = ran.stdout.rpartition("\n---\n")
        folder, _, variables = state.partition("\n")
        self.here = Path(folder)
        self.environment = dict(pair.split("=", 1) for pair in variables.split("\0") if "=" in pair)
        return told.rstrip("\n")
