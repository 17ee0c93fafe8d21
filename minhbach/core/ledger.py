"""The append-only, hash-chained record of everything frozen, released, planned, approved, published, withdrawn.

SQLAlchemy, so that SQLite serves one machine and PostgreSQL a production. Entries hold names, hashes and counts, never
a record. An entry's hash covers its content and the hash before it; the head stands in every receipt.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import clock
from .errors import SealBroken, StorageFailed
from .jsonfile import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

Kind = Literal[
    "frozen",
    "waived",
    "released",
    "planned",
    "previewed",
    "corrected",
    "approved",
    "rejected",
    "applying",
    "published",
    "withdrawn",
    "signed_off",
]
GENESIS = "0" * 64
TABLE = "minhbach_ledger"
COLUMNS = (
    f"create table if not exists {TABLE} (number integer primary key, at text not null, kind text not null,"
    " subject text not null, content text not null, previous text not null, hash text not null unique)"
)
# Against a slip of the hand; against intent there is the chain.
APPEND_ONLY = {
    "sqlite": tuple(
        f"create trigger if not exists {TABLE}_no_{verb} before {verb} on {TABLE}"
        " begin select raise(abort, 'the ledger is append-only'); end"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        f"""
        do $$ begin
          if not exists (select from pg_trigger where tgname = '{TABLE}_stays' and tgrelid = '{TABLE}'::regclass) then
            create or replace function {TABLE}_stays() returns trigger language plpgsql as
              $stays$ begin raise exception 'the ledger is append-only'; end $stays$;
            create trigger {TABLE}_stays before update or delete or truncate on {TABLE}
              for each statement execute function {TABLE}_stays();
          end if;
        exception when duplicate_object or unique_violation then null;  -- another process was quicker
        end $$
        """,
    ),
}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    number: int
    at: str
    kind: Kind
    subject: str
    """What it is about: `<publication>/<period>`, `<dataset>/<period>/<r>`, a plan hash."""
    content: dict[str, Any]
    previous: str
    hash: str


class Ledger:
    """Opens a ledger by its SQLAlchemy address; makes the table when there is none."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._engine: Engine | None = None

    def append(self, kind: Kind, subject: str, content: dict[str, Any]) -> Entry:
        """Add an entry after the last one, in one transaction that locks out other writers.

        Raises:
            StorageFailed: the database cannot be written.

        """
        with self._transaction() as connection:
            return _add(connection, kind, subject, content)

    def append_once(self, kind: Kind, subject: str, content: dict[str, Any]) -> Entry:
        """Add an entry unless one of this kind, subject and content is there; return the one that stands.

        What a run repeats after it was killed is so recorded once.

        Raises:
            StorageFailed: the database cannot be written.

        """
        with self._transaction() as connection:
            same = (entry for entry in _select(connection, kind, subject) if entry.content == content)
            return next(same, None) or _add(connection, kind, subject, content)

    def entries(self, kind: Kind | None = None, subject: str | None = None) -> list[Entry]:
        """Read entries, oldest first, of one kind and about one subject when these are given.

        Raises:
            StorageFailed: the database cannot be read.
            SealBroken: the content of an entry is no JSON.

        """
        with self._connect() as connection:
            return _select(connection, kind, subject)

    def last(self, kind: Kind, subject: str) -> Entry | None:
        """Return the newest entry of a kind about a subject."""
        found = self.entries(kind, subject)
        return found[-1] if found else None

    def head(self) -> str:
        """Return the hash of the last entry."""
        with self._connect() as connection:
            return _last(connection)[1]

    def verify(self, expected_head: str | None = None) -> int:
        """Prove the chain, and that it still holds a head that a receipt names; return the number of entries.

        Raises:
            SealBroken: an entry was changed, removed or put in between, or the head is not in the chain.

        """
        entries = self.entries()
        previous = GENESIS
        for place, entry in enumerate(entries, start=1):
            again = _entry(place, entry.at, entry.kind, entry.subject, entry.content, previous)
            if again != entry:
                raise SealBroken(f"ledger entry {place}: its hash is not that of its content after entry {place - 1}.")
            previous = entry.hash
        if expected_head not in {None, GENESIS, *(entry.hash for entry in entries)}:
            raise SealBroken(f"ledger: found no entry with the head {expected_head}, expected the one a receipt names.")
        return len(entries)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._opened().connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StorageFailed(
                f"ledger: the database answered {type(error).__name__}; run again when it is back."
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        from sqlalchemy import text

        with self._connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("begin immediate")
            else:
                connection.execute(text(f"lock table {TABLE} in exclusive mode"))
            yield connection
            connection.commit()

    def _opened(self) -> Engine:
        from sqlalchemy import create_engine, event
        from sqlalchemy.engine import make_url

        if self._engine is None:
            url = make_url(self.address)
            if url.get_backend_name() == "sqlite" and url.database:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(url)
            if url.get_backend_name() == "sqlite":
                event.listen(engine, "connect", _sqlite_waits)
            with engine.begin() as connection:
                connection.exec_driver_sql(COLUMNS)
                for statement in APPEND_ONLY.get(connection.dialect.name, ()):
                    connection.exec_driver_sql(statement)
            self._engine = engine
        return self._engine


def _last(connection: Connection) -> tuple[int, str]:
    from sqlalchemy import text

    row = connection.execute(text(f"select number, hash from {TABLE} order by number desc limit 1")).first()  # noqa: S608  a constant
    return (row[0], row[1]) if row else (0, GENESIS)


def _add(connection: Connection, kind: Kind, subject: str, content: dict[str, Any]) -> Entry:
    from sqlalchemy import text

    number, previous = _last(connection)
    entry = _entry(number + 1, clock.stamp(clock.now()), kind, subject, content, previous)
    connection.execute(
        text(f"insert into {TABLE} values (:number, :at, :kind, :subject, :content, :previous, :hash)"),  # noqa: S608  a constant
        {**entry.__dict__, "content": canonical(content).decode()},
    )
    return entry


def _select(connection: Connection, kind: Kind | None, subject: str | None) -> list[Entry]:
    from sqlalchemy import text

    wanted = {key: value for key, value in (("kind", kind), ("subject", subject)) if value is not None}
    where = " and ".join(f"{key} = :{key}" for key in wanted) or "1 = 1"
    rows = connection.execute(text(f"select * from {TABLE} where {where} order by number"), wanted).all()  # noqa: S608  our own names
    return [Entry(row[0], row[1], row[2], row[3], _content(row[0], row[4]), row[5], row[6]) for row in rows]


def _content(number: int, text: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise SealBroken(f"ledger entry {number}: its content is no JSON, expected what was once written.") from error
    return content


def _sqlite_waits(connection: Any, _record: Any) -> None:
    """Let SQLite wait for another writer, keep its file durable, and leave transactions to us."""
    connection.isolation_level = None
    connection.execute("pragma busy_timeout = 30000")
    connection.execute("pragma synchronous = full")


def _entry(number: int, at: str, kind: Kind, subject: str, content: dict[str, Any], previous: str) -> Entry:
    body = {"number": number, "at": at, "kind": kind, "subject": subject, "content": content, "previous": previous}
    return Entry(number, at, kind, subject, content, previous, digest(body))
