"""Puts the stored files of a portal on a small disk of their own, which can be filled. Knows no publication."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal import Portal

DISK = 96 << 20


@contextmanager
def small_disk(portal: Portal) -> Iterator[bool]:
    """Put the portal's files on a small disk of their own, which can be filled; says whether that was possible."""
    owner = portal.storage.stat()
    kinds = [path.name for path in portal.storage.iterdir()]
    options = f"size={DISK},uid={owner.st_uid},gid={owner.st_gid},mode={owner.st_mode & 0o777:o}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(portal.storage)]
    is_mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        for kind in kinds if is_mounted else []:
            (portal.storage / kind).mkdir(mode=0o700)
            os.chown(portal.storage / kind, owner.st_uid, owner.st_gid)
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(portal.storage)], check=True)
