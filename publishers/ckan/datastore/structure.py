"""The SQL of a table exactly as CKAN's `datastore_create` makes it, under a name of our own first. Runs nothing.

CKAN finds its indexes by name (SHA-1 of resource id and expression) and its dictionary in column comments, so both must
be what it would have written: a later `datastore_create`, upsert or search then meets a table of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from psycopg import sql

from minhbach.core.errors import UsageError

if TYPE_CHECKING:
    from .spec import Field, TableSpec

PREFIX = "_minhbach_"
"""Of side tables: CKAN serves no table whose name begins with an underscore."""
LANGUAGE = "english"
"""CKAN's default for searches within one column."""
WAITING_NAME = re.compile(PREFIX + r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})_[0-9a-f]{8}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
COUNTED = "_table_stats"
"""CKAN's table of counted rows; CKAN before 2.12 has none."""


def side_name(resource_id: str, content: str) -> str:
    """Name a side table: whose it is, and what it holds."""
    return f"{PREFIX}{resource_id}_{content[:8]}"


def owner_of(name: str) -> str | None:
    """Return the resource a side table was made for; None when it is no side table."""
    found = WAITING_NAME.fullmatch(name)
    return found.group(1) if found else None


def checked_id(resource_id: str) -> str:
    """Return a resource id. Raises UsageError for anything that CKAN would not have given."""
    if not UUID.fullmatch(resource_id):
        raise UsageError(f"found {resource_id!r} as id of a DataStore table, expected a lower-case UUID.")
    return resource_id


def quoted(name: str) -> str:
    """Quote a name as CKAN does: index names are made of it."""
    return '"' + name.replace('"', '""') + '"'


def raw_table(name: str, spec: TableSpec) -> sql.Composed:
    """Make the private table that rows are copied into; it ends with the transaction."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.id), sql.SQL(field.type)) for field in spec.fields
    )
    return sql.SQL('CREATE TEMP TABLE {} ("_id" serial, {}) ON COMMIT DROP').format(sql.Identifier(name), columns)


def columns_of(spec: TableSpec) -> sql.Composed:
    """List the columns."""
    return sql.SQL(", ").join(map(sql.Identifier, spec.names))


def filled_table(name: str, raw: str, spec: TableSpec) -> sql.Composed:
    """Make the side table from the raw one, with the same search text that CKAN's trigger would write, only faster."""
    return sql.SQL(
        'CREATE TABLE {} AS SELECT "_id", to_tsvector(concat_ws(\' \', {})) AS "_full_text", {} FROM {}'
    ).format(
        sql.Identifier(name),
        sql.SQL(", ").join(map(_searched, spec.fields)),
        columns_of(spec),
        sql.Identifier(raw),
    )


def _searched(field: Field) -> sql.Composed:
    """Give a cell's search text: the trigger reads rows as JSON, where a timestamp has a T and true is a word."""
    if field.type == "timestamp":
        return sql.SQL("to_json({}) #>> '{{}}'").format(sql.Identifier(field.id))
    if field.type == "bool":
        return sql.SQL("{}::text").format(sql.Identifier(field.id))
    return sql.SQL("{}").format(sql.Identifier(field.id))


def finished(name: str, resource_id: str, spec: TableSpec) -> list[sql.Composed]:
    """List what makes the side table CKAN's: numbering, indexes under waiting names, trigger, dictionary."""
    table, numbering = sql.Identifier(name), sql.Identifier(_numbering(name))
    made = [
        sql.SQL('ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ("_id")').format(
            table, sql.Identifier(waiting(resource_id, "_id"))
        ),
        sql.SQL('CREATE SEQUENCE {} AS integer OWNED BY {}."_id"').format(numbering, table),
        sql.SQL('ALTER TABLE {} ALTER COLUMN "_id" SET DEFAULT nextval({}::regclass)').format(
            table, sql.Literal(quoted(_numbering(name)))
        ),
        sql.SQL('SELECT setval({}::regclass, greatest((SELECT max("_id") FROM {}), 1))').format(
            sql.Literal(quoted(_numbering(name))), table
        ),
    ]
    for expression, unique, method in indexes(spec):
        made.append(
            sql.SQL("CREATE {} INDEX {} ON {} USING {} ({})").format(
                sql.SQL("UNIQUE" if unique else ""),
                sql.Identifier(waiting(resource_id, expression)),
                table,
                sql.SQL(method),
                sql.SQL(expression),  # quoted names alone
            )
        )
    made.append(
        sql.SQL(
            "CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {} "
            "FOR EACH ROW EXECUTE PROCEDURE populate_full_text_trigger()"
        ).format(table)
    )
    made += [
        sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(table, sql.Identifier(field.id), sql.Literal(_comment(field)))
        for field in spec.fields
    ]
    return made


def indexes(spec: TableSpec) -> list[tuple[str, bool, str]]:
    """List the indexes as CKAN expresses them: expression, unique, method."""
    key = ", ".join(map(quoted, spec.primary_key))
    made = [(key, True, "btree"), ('"_full_text"', False, "gin")]
    made += [(", ".join(map(quoted, index)), False, "btree") for index in spec.indexes]
    made += [(f"to_tsvector('{LANGUAGE}', {quoted(f.id)})", False, "gin") for f in spec.fields if f.full_text]
    return made


def index_name(resource_id: str, expression: str) -> str:
    """Name an index as CKAN does."""
    return hashlib.sha1(f"{resource_id}{expression}".encode(), usedforsecurity=False).hexdigest()


def waiting(resource_id: str, expression: str) -> str:
    """Name an index while its table waits: the live table still holds the final name."""
    return f"_{index_name(resource_id, expression)}"


def renamed(name: str, resource_id: str, spec_indexes: list[str]) -> list[sql.Composed]:
    """List what gives the side table the live names; the old table must be gone."""
    made = [
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(resource_id)),
        sql.SQL("ALTER SEQUENCE {} RENAME TO {}").format(
            sql.Identifier(_numbering(name)), sql.Identifier(_numbering(resource_id))
        ),
    ]
    for index in spec_indexes:
        final = f"{resource_id}_pkey" if index == waiting(resource_id, "_id") else index.removeprefix("_")
        made.append(sql.SQL("ALTER INDEX {} RENAME TO {}").format(sql.Identifier(index), sql.Identifier(final)))
    return made


def _numbering(name: str) -> str:
    """Name a table's sequence; PostgreSQL keeps 63 bytes."""
    if name.startswith(PREFIX):
        return f"{PREFIX}{hashlib.sha256(name.encode()).hexdigest()[:32]}__id_seq"
    return f"{name}__id_seq"


def _comment(field: Field) -> str:
    """Write the dictionary's entry as CKAN keeps it; the blank in front tells its present form from an older one."""
    return " " + json.dumps({"_info": field.info}, ensure_ascii=False, separators=(",", ":"))
