"""Loads a table with the write role of the DataStore's database: COPY beside the live table, proven, then swapped.

Building is one transaction, so a killed run leaves nothing of it; what a run leaves that was killed later is one whole
side table, whose name says for which resource it is and what it holds: the repeat takes it over or drops it.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import errors, sql
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from minhbach.core.errors import GateRefused, PortalFailed

from . import database
from .digest import Adding
from .holding import held
from .loader import Prepared
from .rows import block, conformed, lines, texts
from .structure import columns_of, filled_table, finished, owner_of, raw_table, side_name
from .swapping import drop_table, show

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from psycopg import Connection

    from .rows import Rows
    from .spec import TableSpec

RAW = "minhbach_raw"
FOLLOWS, PAUSE = 5, 0.3
"""Attempts to show a table whose page is out already, and seconds between them."""
MEMORY = "256MB"
"""For building indexes, on the database's side; the search index takes twice as long with the default of 64."""


class CopyLoader:
    """Loads tables of a portal whose database is ours."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def __repr__(self) -> str:
        return "CopyLoader(…)"

    def prepare(self, resource_id: str, spec: TableSpec, rows: Rows) -> Prepared:
        """Build the side table and prove it; see `Loader.prepare`."""
        with database.opened(self._dsn, resource_id) as connection:
            connection.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(sql.Literal(MEMORY)))
            adding, content = _copied(connection, spec, rows)
            prepared = Prepared(resource_id, adding.digest(), content, side_name(resource_id, content))
            others = [
                name
                for name in database.side_tables(connection)
                if owner_of(name) == resource_id and name != prepared.table
            ]
            for name in others:
                drop_table(connection, name)
            if _holds(connection, resource_id, spec, content):
                drop_table(connection, prepared.table)
                return Prepared(resource_id, prepared.digest, content, resource_id, is_live=True)
            if not _holds(connection, prepared.table, spec, content):
                drop_table(connection, prepared.table)
                _built(connection, prepared, spec)
        return prepared

    @contextmanager
    def swap(self, prepared: Prepared) -> Iterator[None]:
        """Give the side table the resource's name in the moment in which the body ends; see `Loader.swap`."""
        if prepared.is_live:
            yield
            return
        is_over = False
        try:
            with database.opened(self._dsn, prepared.resource_id) as connection:
                _require(connection, prepared)
                with held(connection, prepared):
                    yield
                    is_over = True
        except PortalFailed:
            if not is_over:
                raise
            # The body cannot be taken back, and the database failed or did not say whether it has committed.
            self.follow(prepared)

    def follow(self, prepared: Prepared) -> None:
        """Show a table whose body is over, unless it is shown already; waits for a database that comes again.

        Raises:
            PortalFailed: it did not come again, or the table is not there.

        """
        retrying = Retrying(
            stop=stop_after_attempt(FOLLOWS),
            wait=wait_fixed(PAUSE),
            retry=retry_if_exception_type(PortalFailed),
            reraise=True,
        )
        retrying(self._shown, prepared)

    def _shown(self, prepared: Prepared) -> None:
        with database.opened(self._dsn, prepared.resource_id) as connection:
            if database.note_of(connection, prepared.resource_id).get("content") != prepared.content:
                _require(connection, prepared)
                show(connection, prepared)

    def drop(self, resource_id: str) -> None:
        """Remove the live table with its count, and side tables; see `Loader.drop`."""
        with database.opened(self._dsn, resource_id) as connection:
            for name in database.side_tables(connection):
                if owner_of(name) == resource_id:
                    drop_table(connection, name)
            drop_table(connection, resource_id)

    def clean(self, keep: Collection[str] = ()) -> list[str]:
        """Remove side tables, except those of `keep`; see `Loader.clean`."""
        gone = []
        for name in self.waiting():
            owner = owner_of(name)
            if owner is not None and owner not in keep:
                with database.opened(self._dsn, owner) as connection:
                    drop_table(connection, name)
                gone.append(name)
        return gone

    def waiting(self) -> list[str]:
        """List all side tables: an audit wants none beside those of plans that wait. Raises PortalFailed."""
        with database.opened(self._dsn, "00000000-0000-0000-0000-000000000000") as connection:
            return database.side_tables(connection)


def _require(connection: Connection[Any], prepared: Prepared) -> None:
    if database.note_of(connection, prepared.table).get("content") != prepared.content:
        raise PortalFailed(
            f"DataStore table {prepared.resource_id}: found no {prepared.table}, expected what was prepared; run again."
        )


def _copied(connection: Connection[Any], spec: TableSpec, rows: Rows) -> tuple[Adding, str]:
    """Copy rows into a private table; return their digest and the hash of all that was sent."""
    adding, hasher = Adding(spec), hashlib.sha256(spec.fingerprint().encode())
    connection.execute(raw_table(RAW, spec))
    order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(RAW), columns_of(spec))
    with connection.cursor() as cursor, cursor.copy(order) as copy:
        for batch in conformed(rows, spec):
            cells = texts(batch, spec)
            written = lines(cells)
            sent = block(written)
            copy.write(sent)
            hasher.update(sent)
            adding.batch(cells, written)
    return adding, hasher.hexdigest()


def _built(connection: Connection[Any], prepared: Prepared, spec: TableSpec) -> None:
    connection.execute(filled_table(prepared.table, RAW, spec))
    try:
        for order in finished(prepared.table, prepared.resource_id, spec):
            connection.execute(order)
    except errors.UniqueViolation as error:
        raise GateRefused(
            f"DataStore table {prepared.resource_id}: found a key of {', '.join(spec.primary_key)} twice, expected one "
            "row per key."
        ) from error
    connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(prepared.table)))
    readers = _hidden(connection, prepared.table)
    note = {"resource": prepared.resource_id, "content": prepared.content, "rows": prepared.rows, "readers": readers}
    database.keep_note(connection, prepared.table, note)
    if not _holds(connection, prepared.table, spec, prepared.content):
        raise PortalFailed(
            f"DataStore table {prepared.resource_id}: found other rows than were sent, expected the same; run again."
        )


def _hidden(connection: Connection[Any], table: str) -> list[str]:
    """Take the table from everybody but its owner until it is shown; return who may read tables by default."""
    found = connection.execute(
        "SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE c.oid = %s::regclass AND a.grantee <> c.relowner AND a.privilege_type = 'SELECT' ORDER BY 1",
        [f'public."{table}"'],
    )
    readers = [name for (name,) in found]
    for reader in readers:
        connection.execute(
            sql.SQL("REVOKE ALL ON TABLE {} FROM {}").format(sql.Identifier(table), sql.Identifier(reader))
        )
    return readers


def _holds(connection: Connection[Any], table: str, spec: TableSpec, content: str) -> bool:
    """Tell whether a table is ours and its rows are, byte by byte and in order, those of a content."""
    if database.note_of(connection, table).get("content") != content:
        return False
    hasher = hashlib.sha256(spec.fingerprint().encode())
    order = sql.SQL('COPY (SELECT {} FROM {} ORDER BY "_id") TO STDOUT').format(columns_of(spec), sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(order) as copy:
        for part in copy:
            hasher.update(part)
    return hasher.hexdigest() == content
