"""Holds a change of a table open while somebody else changes the page: both are then seen in one moment.

Readers of the table wait meanwhile, each in a thread of the portal, and the page's request needs such a thread as well.
So the hold gives way: after `MOST` seconds the table is as it was, readers go on, and the change is made at the end.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from .swapping import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .loader import Prepared

MOST = 3.0
"""Seconds for which readers may wait; a page changes in about 0.2."""
SILENCE = "10s"
"""After which the database ends a hold whose publisher vanished with its machine."""


@contextmanager
def held(connection: psycopg.Connection[Any], prepared: Prepared) -> Iterator[None]:
    """Show a side table for the commit that follows the body; nobody sees table or body before.

    Raises:
        PortalFailed: the table never came free of readers.
        psycopg.Error: the database failed.

    """
    hold = _Hold(connection, prepared)
    hold.begin()
    try:
        yield
    finally:
        is_shown = hold.end()
    if not is_shown:
        show(connection, prepared)


class _Hold:
    """A table shown inside a transaction, until the end or until it lasts too long."""

    def __init__(self, connection: psycopg.Connection[Any], prepared: Prepared) -> None:
        self._connection, self._prepared = connection, prepared
        self._turn = threading.Lock()
        self._is_held = False
        self._clock = threading.Timer(MOST, self._give_way)
        self._clock.daemon = True

    def begin(self) -> None:
        self._connection.execute("SAVEPOINT held")
        show(self._connection, self._prepared)
        timeout = sql.SQL("SET LOCAL idle_in_transaction_session_timeout = {}").format(sql.Literal(SILENCE))
        self._connection.execute(timeout)
        self._is_held = True
        self._clock.start()

    def end(self) -> bool:
        """Stop the clock; tell whether the table is still shown for the commit."""
        self._clock.cancel()
        with self._turn:
            was_held, self._is_held = self._is_held, False
            return was_held

    def _give_way(self) -> None:
        # A connection that is gone holds nothing any more: who ends the hold finds out.
        with self._turn, suppress(psycopg.Error):
            if self._is_held:
                self._is_held = False
                self._connection.execute("ROLLBACK TO SAVEPOINT held")  # with it go the locks and the timeout
