"""Brings the table after the page when the publisher dies between the two: a process of its own that sleeps on a pipe.

A page and its table are in two databases of the portal, so no transaction holds both. The publisher tells its deputy
what it is about to do, and when it is done. If the pipe ends without that, the deputy looks at the page as anybody
does, and when the page is the new one it shows the table that waits. It knows no token, and changes no page.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from minhbach.core.errors import PortalFailed, SealBroken

from .errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .datastore import Prepared

PATIENCE = 20.0
"""Seconds for which a request that was under way when the publisher died may still be carried out."""
EVERY = 0.2
DONE = "done"


@dataclass(frozen=True)
class Order:
    """One table that follows one page."""

    dsn: str
    address: str
    slots: str
    """Folder of the portal's places for requests."""
    at_once: int
    package: str
    described: str
    """What the page is, once it is the new one."""
    prepared: dict[str, Any]
    patience: float = PATIENCE

    def __repr__(self) -> str:
        return f"Order({self.package!r})"


class Deputy:
    """The publisher's side: one process for all flips of an apply, started ahead of the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._stands = False

    def __enter__(self) -> Self:
        known = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=known,
            start_new_session=True,  # what ends the publisher's group does not end it
        )
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        with suppress(OSError):
            process.stdin.close()
        if self._stands:
            threading.Thread(target=process.wait, daemon=True).start()  # we may end before it does
        else:
            process.wait()

    @contextmanager
    def behind(self, order: Order) -> Iterator[None]:
        """Stand behind a change of page and table.

        Where the body raises and the outcome is not known, the order stands: the process goes on when the pipe ends.

        """
        self._say(asdict(order))
        self._stands = True
        try:
            yield
        except (SealBroken, ActionRefused):
            self._done()
            raise
        self._done()

    def _done(self) -> None:
        self._say(DONE)
        self._stands = False

    def _say(self, what: Any) -> None:
        # Without a deputy the change is what it would be anyhow: a repeated apply brings the table.
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(json.dumps(what) + "\n")
                self._process.stdin.flush()


def stand_by(lines: Iterable[str]) -> None:
    """Read orders until the pipe ends; carry out one that was not done."""
    standing: Any = DONE
    for line in lines:
        standing = json.loads(line)
    if standing != DONE:
        carry_out(Order(**standing))


def carry_out(order: Order) -> None:
    """Wait for the page to be the new one, then show its table; do nothing when it never is."""
    from .canonical import described_by
    from .client import Portal
    from .datastore import CopyLoader, Digest, Prepared
    from .slots import Slots

    digest = Digest(**order.prepared["digest"])
    prepared = Prepared(**{**order.prepared, "digest": digest})
    until = time.monotonic() + order.patience
    with Portal(order.address, None, Slots(Path(order.slots), order.at_once)) as portal:
        while time.monotonic() < until:
            with suppress(PortalFailed):
                if described_by(portal.read("package_show", id=order.package)) == order.described:
                    CopyLoader(order.dsn).follow(prepared)
                    return
            time.sleep(EVERY)


def order_of(dsn: str, address: str, slots: tuple[Path, int], page: tuple[str, str], prepared: Prepared) -> Order:
    """Write an order down; `page` is the package's name and what it will be described by."""
    folder, at_once = slots
    return Order(dsn, address, str(folder), at_once, *page, asdict(prepared))


if __name__ == "__main__":
    stand_by(sys.stdin)
