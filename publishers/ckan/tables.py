"""The table of a dataset on a portal: made unseen, swapped or moved at the flip, held against what it must hold."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .datastore import ApiLoader, CopyLoader, Digest, check, rows_of, table_of
from .deputy import Deputy, order_of
from .errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from minhbach.core.catalog import Dataset

    from .client import Portal
    from .datastore import Loader, Prepared
    from .describe import Desired

CHEAP = 50_000
"""Rows up to which every look reads the whole table; larger ones are counted, and read whole when read back."""


class Tables:
    """The tables of one portal."""

    def __init__(self, loader: Loader, portal: Portal, datastore_url: str | None) -> None:
        self.loader, self.portal, self._datastore_url = loader, portal, datastore_url
        self._deputy: Deputy | None = None

    @property
    def is_stable(self) -> bool:
        """Whether a dataset's table keeps its id from release to release."""
        return self._datastore_url is not None

    @classmethod
    def through(cls, portal: Portal, datastore_url: str | None) -> Tables:
        """Load through the database's own role where we have one, else through the portal."""
        return cls(CopyLoader(datastore_url) if datastore_url else ApiLoader(portal), portal, datastore_url)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Have a deputy behind every swap of the body, where page and table change in two transactions."""
        if self._datastore_url is None:
            yield
            return
        try:
            with Deputy() as self._deputy:
                yield
        finally:
            self._deputy = None

    def prepare(self, desired: Desired) -> Prepared | None:
        """Make the table that nobody sees yet; nothing when no release is left. Raises GateRefused, PortalFailed."""
        if desired.table_id is None:
            return None
        spec = table_of(desired.dataset)
        return self.loader.prepare(desired.table_id, spec, rows_of(desired.rows_of, spec))

    @contextmanager
    def swap(self, prepared: Prepared | None, page: tuple[str, str]) -> Iterator[None]:
        """Hold the swap open around the request that flips a package.

        `page` is its name and what it is described by afterwards. Raises PortalFailed.

        """
        if prepared is None:
            yield
            return
        with self._behind(prepared, page), self.loader.swap(prepared):
            yield

    def _behind(self, prepared: Prepared, page: tuple[str, str]) -> AbstractContextManager[None]:
        if self._deputy is None or self._datastore_url is None or prepared.is_live:
            return nullcontext()
        slots = self.portal.slots
        order = order_of(
            self._datastore_url, self.portal.address, (slots.folder.absolute(), slots.limit), page, prepared
        )
        return self._deputy.behind(order)

    def drop(self, resource_id: str) -> None:
        """Remove a table whole."""
        self.loader.drop(resource_id)

    def look(self, dataset: Dataset, recorded: Mapping[str, Any] | None) -> list[str]:
        """Hold a live table against its record: the rows are counted, and read where there are few.

        Raises:
            PortalFailed: the portal gives no answer.

        """
        if recorded is None:
            return []
        try:
            total = self.portal.read("datastore_search", resource_id=recorded["id"], limit=0)["total"]
        except ActionRefused as refused:
            if not refused.is_not_found:
                raise
            return ["datastore (missing)"]
        if total != recorded["rows"]:
            return [f"datastore rows (found {total}, expected {recorded['rows']})"]
        spec = table_of(dataset)
        if total > CHEAP or recorded["columns"] != columns_of(dataset):
            return []
        expected = Digest(recorded["rows"], recorded["values"], recorded["keys"])
        return ["datastore content (edited)"] if check(self.portal, recorded["id"], spec, expected) else []


def columns_of(dataset: Dataset) -> str:
    """Name a dataset's columns as they are declared now."""
    from minhbach.core.jsonfile import digest

    return digest([column.model_dump(mode="json") for column in dataset.published])


def record_of(prepared: Prepared | None, dataset: Dataset) -> dict[str, Any] | None:
    """Say what a table must hold, for the record."""
    if prepared is None:
        return None
    return {"id": prepared.resource_id, "columns": columns_of(dataset), **asdict(prepared.digest)}
