"""What an access method hands over: pages of records, readable more than once. Knows no transport and no contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ..core.catalog import Agency, Table
    from ..core.keys import Secret
    from .connection import Connection

    Progress = Callable[[str, int, int | None], None]
    """Called with what is read, how many records are done, and how many there are when that is known."""


@dataclass(frozen=True)
class Page:
    """Some records of one source, column by column."""

    source: str
    """Name of the file or service."""
    first_row: int
    """Number of the first record within the extract, from 1."""
    count: int
    values: Mapping[str, Sequence[object]]
    """Declared source column → its value in every record."""
    record: Callable[[int], bytes]
    """Gives a record of the page as received, as JSON."""
    refused: Mapping[int, str] = field(default_factory=dict)
    """Index of a record that cannot be read as declared at all → reason code."""


@dataclass(frozen=True)
class Request:
    """What an access method is asked for."""

    agency: Agency
    table: Table
    connection: Connection
    unit: str
    """Identifier of the agency in whose name is asked."""
    since: datetime | None
    """Local time; only what changed after it is wanted. Nothing: everything."""
    known: Mapping[str, str]
    """Files that were read before → their hash; they are not wanted again."""
    spool: Path
    """Folder in which pages may be held, encrypted, until they have landed."""
    key: Secret
    """The landing key."""
    limit: int | None
    """Enough records for a sample."""
    progress: Progress


class Delivery(Protocol):
    """Everything one extract received, held where it can be read twice."""

    @property
    def content(self) -> str:
        """Hash of everything received, in order."""
        ...

    @property
    def files(self) -> dict[str, str]:
        """What was read (file or service) → its hash."""
        ...

    @property
    def count(self) -> int | None:
        """Number of records, when it is known before they are read."""
        ...

    def pages(self) -> Iterator[Page]:
        """Read all records, from the start, in the order of the source."""
        ...

    def records(self, rows: Sequence[int]) -> Iterator[tuple[int, str, bytes]]:
        """Yield (row, source, record as received) of the rows asked for, which are in order."""
        ...

    def discard(self) -> None:
        """Remove what was held only for this extract."""
        ...
