"""What a look at a portal from outside finds: facts, and findings in words. Knows no portal and no expectation.

A publisher that can be watched says what the public sees of a dataset, with no token; the house compares it with what
its ledger, receipts and seals say was published.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .catalog import Dataset
    from .publishing import Release

What = Literal["late", "empty", "edited", "tampered", "out of sync", "unreachable", "receipt"]


@dataclass(frozen=True)
class Seen:
    """What anybody sees of one dataset on one portal at this moment."""

    dataset: str
    page: str
    """Address of the dataset's page."""
    editions: frozenset[str] = frozenset()
    """`<period>/<r>` that are offered."""
    files: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """edition → file → sha256 of the bytes that came, or nothing where it is offered and none came"""
    rows: dict[str, int] = field(default_factory=dict)
    """edition → rows of the data.csv that came"""
    metadata: dict[str, Any] = field(default_factory=dict)
    """As `Publisher.metadata` tells it."""
    receipts: dict[str, Any] = field(default_factory=dict)
    """plan hash → the receipt's content; nothing where it is not there or is no JSON"""
    edited: tuple[str, ...] = ()
    """What else differs from what the portal was given, each in words: pages of a site, positions of resources."""
    table: tuple[str, ...] | None = None
    """Where the queryable table differs from the files it is made of, in words; nothing on a portal without tables."""
    changed_at: str = ""
    """When the portal says the dataset was changed last."""


@dataclass(frozen=True)
class Expected:
    """What should be seen of one dataset: its live releases, newest last, and the receipts beside them."""

    dataset: Dataset
    releases: Sequence[Release]
    receipts: Sequence[str]
    """Plan hashes."""
    metadata: Mapping[str, Any]
    """As it was planned last."""


@runtime_checkable
class Watchable(Protocol):
    """A publisher whose portal can be looked at from outside."""

    def look(self, expected: Expected) -> Seen:
        """Read anonymously, over HTTP alone, what the public sees of a dataset.

        Raises:
            PortalFailed: nothing usable answers.

        """
        ...


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: where, what, since when, what to do."""

    portal: str
    dataset: str
    what: What
    told: dict[str, str]
    """In Vietnamese and in English: {vi, en}."""
    do: dict[str, str]
    since: str = ""

    @property
    def key(self) -> str:
        """What makes it the same finding on another day."""
        return f"{self.dataset}|{self.what}|{self.told['en']}"

    def document(self) -> dict[str, Any]:
        """The finding as JSON."""
        return asdict(self)
