"""How many requests a portal gets at once, and one apply at a time: file locks in the lake, gone with their process."""

from __future__ import annotations

import fcntl
import os
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minhbach.core.errors import PortalFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 600.0
"""Seconds to wait for a free slot: an upload of gigabytes may hold one for minutes."""
PAUSE = 0.02


class Slots:
    """A few places for requests to one portal, shared by all processes over the same lake."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one place while a request is under way.

        Raises:
            PortalFailed: none came free in time.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + LONGEST
        while True:
            for number in range(self.limit):
                descriptor = _locked(self.folder / f"slot-{number}.lock")
                if descriptor is not None:
                    try:
                        yield
                    finally:
                        os.close(descriptor)
                    return
            if time.monotonic() > until:
                raise PortalFailed(
                    f"{self.folder}: found {self.limit} requests under way for {LONGEST:.0f} s, expected a free slot; "
                    "wait for the other runs to end."
                )
            time.sleep(PAUSE * random.uniform(0.5, 2))  # noqa: S311  spreads waiting processes, no secret

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the portal for one apply.

        Raises:
            PortalFailed: another apply is at work.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(self.folder / "apply.lock")
        if descriptor is None:
            raise PortalFailed(f"{self.folder}/apply.lock: another apply is at work on this portal; wait for its end.")
        try:
            yield
        finally:
            os.close(descriptor)


def _locked(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
