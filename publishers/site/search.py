"""The search index of a built site, by pagefind: a program run on the folder, with no network. Knows no page."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from minhbach.core.errors import PortalFailed

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 120
UNUSED = ("pagefind-*ui*", "pagefind-highlight.js")
"""Ready-made search boxes: the site has its own."""


def index(folder: Path) -> None:
    """Write `pagefind/` into a built site; each language gets its own index.

    Raises:
        PortalFailed: pagefind is missing or failed.

    """
    from pagefind.service import get_executable

    program = get_executable()
    if program is None:
        raise PortalFailed("pagefind: found no program, expected the one of the wheel pagefind-bin; install it.")
    try:
        subprocess.run(
            [str(program), "--site", str(folder), "--output-subdir", "pagefind", "--quiet"],
            check=True,
            capture_output=True,
            timeout=SECONDS,
            text=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        last = said[-1] if said else type(error).__name__
        raise PortalFailed(f"pagefind: could not index {folder}: {last}; run again.") from error
    for pattern in UNUSED:
        for path in (folder / "pagefind").glob(pattern):
            path.unlink()
