"""The search index of a built site, by pagefind: a program run on the folder, with no network. Knows no page."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from minhbach.core.errors import PortalFailed
from minhbach.core.jsonfile import pretty

SECONDS = 120
UNUSED = ("pagefind-*ui*", "pagefind-highlight.js")
"""Ready-made search boxes: the site has its own."""


def index(folder: Path, places: list[str]) -> None:
    """Write `pagefind/` into a built site from the pages named; each language gets its own index.

    Only those pages are shown to pagefind: it would parse every other one just to leave it out.

    Raises:
        PortalFailed: pagefind is missing or failed.

    """
    from pagefind.service import get_executable

    program = get_executable()
    if program is None:
        raise PortalFailed("pagefind: found no program, expected the one of the wheel pagefind-bin; install it.")
    with tempfile.TemporaryDirectory(prefix=".search.", dir=folder.parent) as shown:
        for place in places:
            target = Path(shown) / place
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(folder / place, target)
        _run([str(program), "--site", shown, "--output-path", str(folder / "pagefind"), "--quiet"])
    _sort(folder / "pagefind" / "pagefind-entry.json")
    for pattern in UNUSED:
        for path in (folder / "pagefind").glob(pattern):
            path.unlink()


def _sort(path: Path) -> None:
    """Write the index's own description with sorted keys: pagefind writes its languages in any order."""
    path.write_bytes(pretty(json.loads(path.read_bytes())))


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        last = said[-1] if said else type(error).__name__
        raise PortalFailed(f"pagefind: could not index the site: {last}; run again.") from error
