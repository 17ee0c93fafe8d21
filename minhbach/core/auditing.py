"""What an audit after a withdrawal finds on a portal: traces, each with where it is. Knows no portal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .publishing import Release

Kind = Literal["file", "table", "rows", "answer", "activity"]


@dataclass(frozen=True)
class Withdrawn:
    """A release that was taken back from a portal."""

    release: Release
    replaced: bool
    """Whether a later revision of the same period is live: then its rows may be asked for."""

    @property
    def edition(self) -> str:
        """`<period>/<r>`."""
        return f"{self.release.period}/{self.release.revision}"


@dataclass(frozen=True)
class Trace:
    """Something that is still there."""

    kind: Kind
    """A stored file; a table; rows in a table; an address that answers; an entry of the activity stream."""
    where: str
    told: str
    """In words, without a value of it."""
    dataset: str = ""
    edition: str = ""
    """Of the withdrawn release it belongs to; empty for a stray that belongs to none."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether it belongs to a release that was taken back."""
        return bool(self.edition)

    def document(self) -> dict[str, Any]:
        """The trace as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Audit:
    """What an audit looked at and what it found."""

    traces: tuple[Trace, ...]
    looked: dict[str, int]
    """What was looked at → how many of it; what could not be looked at is not named."""


@runtime_checkable
class Auditable(Protocol):
    """A publisher whose portal can be searched for what was taken back."""

    def audit(self, withdrawn: Sequence[Withdrawn]) -> Audit:
        """Search the portal as anybody sees it, and where this machine may, its files and tables.

        Raises:
            UsageError: a token or an address that the audit needs is not given.
            PortalFailed: the portal failed.

        """
        ...
