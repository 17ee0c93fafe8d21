"""The files of the repository as git sees them: tracked or new, never ignored."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*patterns: str) -> list[Path]:
    """List the files that match any of git's patterns; never an empty list."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})
    assert found, f"git knows no file that matches {patterns}"
    return found


def texts(*patterns: str) -> dict[Path, str]:
    """Read those of the files that are text."""
    read = {}
    for path in files(*patterns):
        content = path.read_bytes()
        if b"\0" not in content:
            read[path.relative_to(ROOT)] = content.decode("utf-8", errors="replace")
    assert read
    return read
