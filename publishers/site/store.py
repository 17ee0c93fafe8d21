"""Where builds lie and how one becomes the live one: a folder each, a link that is renamed. Knows no content."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minhbach.core.errors import PortalFailed
from minhbach.core.jsonfile import storage_failed, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READABLE_FOLDER, READABLE_FILE = 0o755, 0o644
KEPT = 2
"""Builds that stay: the live one and the one before, which a reader may still be reading."""


@dataclass(frozen=True)
class Store:
    """The root folder of one site: `builds/<name>/`, the link `current`, a cache of pictures."""

    root: Path

    @property
    def link(self) -> Path:
        """The link that the server follows."""
        return self.root / "current"

    @property
    def cache(self) -> Path:
        """Pictures by the hash of what they were made from."""
        return self.root / "cache"

    def build(self, name: str) -> Path:
        """Folder of a build."""
        return self.root / "builds" / name

    def current(self) -> Path | None:
        """Return the folder of the live build, or nothing before the first one."""
        return self.link.resolve() if self.link.is_dir() else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the site for one apply. Raises PortalFailed when another one is at work."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w", encoding="ascii") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PortalFailed(
                    f"{self.root}: found another apply at work on this site, expected none; wait for it."
                ) from error
            yield

    @contextmanager
    def making(self, name: str) -> Iterator[Path]:
        """Give a new folder; it becomes the build `name` when the work in it ends well, and is gone otherwise."""
        self._sweep()
        making = self.root / "builds" / f".{name}.{os.getpid()}.part"
        try:
            making.mkdir(parents=True)
            yield making
            self._open_to_readers(making)
            shutil.rmtree(self.build(name), ignore_errors=True)
            making.rename(self.build(name))
            sync_folder(making.parent)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}:
                raise storage_failed(making, error) from error
            raise
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _open_to_readers(self, making: Path) -> None:
        """Let a web server of another user read the site, whatever umask the house runs under: it is public."""
        for folder in (self.root, making.parent, making):
            folder.chmod(READABLE_FOLDER)
        for path in making.rglob("*"):
            path.chmod(READABLE_FOLDER if path.is_dir() else READABLE_FILE)

    def point_to(self, name: str) -> None:
        """Make a build the live one in a single rename, then drop all builds but it and the one before."""
        before = self.current()
        fresh = self.root / f".current.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(f"builds/{name}", target_is_directory=True)
        fresh.replace(self.link)
        sync_folder(self.root)
        self._prune({name, before.name if before else name})

    def _prune(self, kept: set[str]) -> None:
        builds = [path for path in (self.root / "builds").iterdir() if not path.name.startswith(".")]
        others = sorted((path for path in builds if path.name not in kept), key=lambda path: path.stat().st_mtime)
        spare = max(0, KEPT - len(kept))
        for path in others[: len(others) - spare]:
            shutil.rmtree(path, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what a killed apply left: half builds and half links."""
        for path in (*(self.root / "builds").glob(".*.part"), *(self.root / "builds").glob(".search.*")):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.root.glob(".current.*"):
            path.unlink(missing_ok=True)
