"""Gives a waiting table the name that readers know, inside a transaction that is open. Knows no row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from . import database
from .structure import COUNTED, renamed

if TYPE_CHECKING:
    from psycopg import Connection

    from .loader import Prepared


def show(connection: Connection[Any], prepared: Prepared) -> None:
    """Put the side table in the live one's place with its readers, aliases and row count.

    The old table goes with the same commit: its files are removed after the locks are.

    """
    table, live = prepared.table, prepared.resource_id
    note = database.note_of(connection, table)
    aliases: list[tuple[str, list[str]]] = []
    if database.exists(connection, live):
        database.lock_exclusively(connection, live)
        aliases = _aliases(connection, live)
        connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(live)))
    for order in renamed(table, live, _indexes(connection, table)):
        connection.execute(order)
    for reader in note.get("readers", []):
        _readable(connection, live, reader)
    for alias, readers in aliases:
        connection.execute(
            sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(sql.Identifier(alias), sql.Identifier(live))
        )
        for reader in readers:
            _readable(connection, alias, reader)
    if database.exists(connection, COUNTED):
        connection.execute(
            sql.SQL(
                "INSERT INTO {} (resource_id, stats) VALUES (%s, jsonb_build_object('rows', %s::bigint)) "
                "ON CONFLICT (resource_id) DO UPDATE SET stats = excluded.stats"
            ).format(sql.Identifier(COUNTED)),
            [live, prepared.rows],
        )


def drop_table(connection: Connection[Any], table: str) -> None:
    """Remove a table with its row count; nothing there is fine. Raises PortalFailed."""
    if database.exists(connection, table):
        database.lock_exclusively(connection, table)
        connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
    if database.exists(connection, COUNTED):
        connection.execute(sql.SQL("DELETE FROM {} WHERE resource_id = %s").format(sql.Identifier(COUNTED)), [table])


def _readable(connection: Connection[Any], table: str, reader: str) -> None:
    connection.execute(sql.SQL("GRANT SELECT ON TABLE {} TO {}").format(sql.Identifier(table), sql.Identifier(reader)))


def _indexes(connection: Connection[Any], table: str) -> list[str]:
    found = connection.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s", [table]
    )
    return [name for (name,) in found]


def _aliases(connection: Connection[Any], table: str) -> list[tuple[str, list[str]]]:
    """List the views that CKAN made of a table as aliases, with their readers: they go with it and come again."""
    found = connection.execute(
        "SELECT DISTINCT v.relname, ARRAY(SELECT r.rolname::text FROM aclexplode(v.relacl) a JOIN pg_roles r "
        "ON r.oid = a.grantee WHERE a.grantee <> v.relowner AND a.privilege_type = 'SELECT') "
        "FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class "
        "WHERE d.refobjid = %s::regclass AND d.classid = 'pg_rewrite'::regclass AND v.relkind = 'v' "
        "AND v.oid <> d.refobjid ORDER BY 1",
        [f'public."{table}"'],
    )
    return [(name, list(readers)) for name, readers in found]
