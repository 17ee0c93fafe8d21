"""Talks to the DataStore's database: connections, locks, errors in one sentence. Knows no dataset and no row.

What PostgreSQL says of an error may quote a row, and a connection's address holds a password: neither is passed on.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors, sql

from minhbach.core.errors import GateRefused, PortalFailed

from .structure import PREFIX, checked_id

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT = 10
"""Seconds."""
TURN = "60s"
"""Longest wait for another process of ours at work on the same table."""
LOCK = "300ms"
"""Longest wait for a lock that readers hold: new readers queue behind us as long."""
PATIENCE = 120.0
"""Seconds of repeated waiting: CKAN ends a reader's query after 60."""
PAUSE = 0.2
KEY = "minhbach"
"""Of the note in a table's comment."""


@contextmanager
def opened(dsn: str, resource_id: str) -> Iterator[psycopg.Connection[Any]]:
    """Open one transaction over one table; it is committed when the body ends and rolled back when it raises.

    Raises:
        PortalFailed: the database failed, or another process works on the same table.
        GateRefused: PostgreSQL cannot hold a value.

    """
    where = f"DataStore table {checked_id(resource_id)}"
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT, application_name="minhbach") as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            connection.execute("SET LOCAL datestyle = 'ISO, YMD'")
            connection.execute("SET LOCAL client_encoding = 'UTF8'")
            connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(TURN)))
            connection.execute("SET LOCAL client_connection_check_interval = '2s'")  # ends soon after we were killed
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{KEY} {resource_id}"])
            yield connection
    except errors.DiskFull as error:
        raise PortalFailed(
            f"{where}: found the database's disk full, expected room; free some and run again."
        ) from error
    except errors.UniqueViolation as error:
        raise GateRefused(f"{where}: found a key twice, expected one row per key.") from error
    except psycopg.DataError as error:
        raise GateRefused(f"{where}: found a value that PostgreSQL cannot hold, expected none.") from error
    except errors.LockNotAvailable as error:
        raise PortalFailed(f"{where}: found another process at work on it, expected none; run again later.") from error
    except psycopg.Error as error:
        kind = type(error).__name__
        raise PortalFailed(f"{where}: the database failed ({kind}), expected it to answer; run again.") from error


def note_of(connection: psycopg.Connection[Any], table: str) -> dict[str, Any]:
    """Return what we noted in a table's comment; empty when the table is missing or not ours."""
    found = connection.execute(
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname = %s",
        [table],
    ).fetchone()
    try:
        document = json.loads(found[0]) if found and found[0] else {}
    except ValueError:
        return {}
    note = document.get(KEY, {}) if isinstance(document, dict) else {}
    return note if isinstance(note, dict) else {}


def keep_note(connection: psycopg.Connection[Any], table: str, note: dict[str, Any]) -> None:
    """Note in a table's comment what it holds; CKAN reads the comments of columns only."""
    connection.execute(
        sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(table), sql.Literal(json.dumps({KEY: note})))
    )


def exists(connection: psycopg.Connection[Any], table: str) -> bool:
    """Tell whether there is such a table."""
    return (
        connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = %s", [table]).fetchone()
        is not None
    )


def side_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """List all side tables."""
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND starts_with(tablename, %s) ORDER BY 1",
        [PREFIX],
    )
    return [name for (name,) in found]


def lock_exclusively(connection: psycopg.Connection[Any], table: str, patience: float = PATIENCE) -> None:
    """Wait for a table that readers use, in short turns, so that nobody waits long behind us.

    Raises:
        PortalFailed: it never came free.

    """
    until = time.monotonic() + patience
    while True:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK)))
                connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table)))
        except errors.LockNotAvailable as error:
            if time.monotonic() > until:
                raise PortalFailed(
                    f"DataStore table {table}: found it in use for {patience:.0f} s, expected a moment without "
                    "readers; run again."
                ) from error
            time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311  no secret
        else:
            return
