"""The ground a CKAN of our own stands on: stored files and tables, seen from this machine. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core.auditing import Trace
from minhbach.core.errors import PortalFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from psycopg import Connection

    from .audit import Sought

RESOURCES = "resources"
ID_LENGTH = 36
TABLES = """
select c.relname, array_agg(a.attname::text) from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'v', 'm') and c.relname not in ('_table_metadata', '_table_stats') group by 1 order by 1
"""


@dataclass(frozen=True)
class Ground:
    """What this machine may see of a portal below its pages; whatever is not given is not looked at."""

    storage: Path | None
    datastore_url: str | None = field(repr=False)

    def files(
        self, known: Mapping[str, Mapping[str, Any]], sought: Sequence[Sought], looked: dict[str, int]
    ) -> Iterator[Trace]:
        """Find stored files of withdrawn releases, by id and by content, and files that no resource owns.

        Raises:
            UsageError: the folder cannot be read.

        """
        if self.storage is None:
            return
        live = {str(resource.get("sha256")) for resource in known.values()}
        by_content = {
            sha256: (one, name) for one in sought for name, (sha256, _) in one.files.items() if sha256 not in live
        }
        sizes = {size for one in sought for _, size in one.files.values()}
        by_id = {resource: (one, name) for one in sought for resource, name in one.ids.items()}
        looked["stored files"] = 0
        for path in self._stored():
            looked["stored files"] += 1
            place = path.relative_to(self.storage)
            resource = "".join(place.parts[1:])[:ID_LENGTH]
            owner = by_id.get(resource)
            if owner is None and path.stat().st_size in sizes:
                owner = by_content.get(jsonfile.file_sha256(path))
            if owner is not None:
                yield owner[0].trace("file", str(place), f"{owner[1]} still lies on the portal's disk")
            elif resource not in known:
                yield Trace("file", str(place), "a stored file that no resource owns")

    def _stored(self) -> list[Path]:
        assert self.storage is not None  # noqa: S101  asked by `files`
        if not self.storage.is_dir():
            raise UsageError(f"{self.storage}: found no folder, expected the portal's stored files.")
        return sorted(path for path in (self.storage / RESOURCES).rglob("*") if path.is_file())

    def tables(
        self, known: Mapping[str, Mapping[str, Any]], sought: Sequence[Sought], looked: dict[str, int]
    ) -> Iterator[Trace]:
        """Find tables of withdrawn releases, rows of withdrawn periods in any table, and tables that no resource owns.

        Raises:
            PortalFailed: the database does not answer.

        """
        if self.datastore_url is None:
            return
        import psycopg

        try:
            with psycopg.connect(self.datastore_url, autocommit=True, connect_timeout=20) as connection:
                found = list(_tables(connection, known, sought, looked))
        except psycopg.Error as error:
            raise PortalFailed(f"the portal's database of tables: {type(error).__name__}; run again.") from error
        yield from found


def _tables(
    connection: Connection[Any],
    known: Mapping[str, Mapping[str, Any]],
    sought: Sequence[Sought],
    looked: dict[str, int],
) -> Iterator[Trace]:
    listed = connection.execute(TABLES).fetchall()
    looked["tables"] = len(listed)
    own = {resource: one for one in sought for resource in (one.table, *one.ids)}
    for table, columns in listed:
        owners = [one for one in sought if _holds(connection, table, columns, one)]
        if table in own:
            yield own[table].trace("table", table, "its table still stands in the database")
        for one in owners:
            if table not in known or not one.replaced:
                yield one.trace("rows", table, f"rows of {one.period} still stand in this table")
        if table not in known and table not in own and not owners:
            yield Trace("table", table, "a table that no resource owns")


def _holds(connection: Connection[Any], table: str, columns: Sequence[str], sought: Sought) -> bool:
    """Tell whether a table with this dataset's columns has rows of the withdrawn period."""
    from psycopg import sql

    needed = {column.name for column in sought.dataset.published}
    if sought.period_column is None or not needed <= set(columns):
        return False
    asked = sql.SQL("select exists (select from {} where {}::text = %s)").format(
        sql.Identifier(table), sql.Identifier(sought.period_column)
    )
    row = connection.execute(asked, [sought.period]).fetchone()
    return bool(row and row[0])
