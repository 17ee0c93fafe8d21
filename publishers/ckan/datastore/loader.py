"""What both ways of loading a DataStore table keep to: prepare unseen, then one change that everybody sees at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from .digest import Digest
    from .rows import Rows
    from .spec import TableSpec


@dataclass(frozen=True)
class Prepared:
    """A table that holds what the portal shall show, and that nobody sees yet."""

    resource_id: str
    digest: Digest
    content: str
    """Hash of structure and rows in their order."""
    table: str
    """Where it waits; the name of the live table when it is live already."""
    is_live: bool = False
    """The live table holds exactly this: there is nothing to change."""

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.digest.rows


class Loader(Protocol):
    """One way of loading."""

    def prepare(self, resource_id: str, spec: TableSpec, rows: Rows) -> Prepared:
        """Load and prove a table that nobody sees; can be killed at any point and repeated, and ends the same.

        Raises:
            GateRefused: a key appears twice or is not whole, or a value does not fit its type.
            PortalFailed: the portal failed.

        """
        ...

    def swap(self, prepared: Prepared) -> AbstractContextManager[None]:
        """Show the table when the body ends; a body that raises leaves everything as it was. Raises PortalFailed."""
        ...

    def drop(self, resource_id: str) -> None:
        """Remove a table and whatever waits beside it; nothing there is fine. Raises PortalFailed."""
        ...

    def clean(self, keep: Collection[str] = ()) -> list[str]:
        """Remove what killed runs left, except for these resources; return the names. Raises PortalFailed."""
        ...
