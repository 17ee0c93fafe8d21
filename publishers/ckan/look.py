"""Looks at one dataset on a portal: what it shows, what was edited by hand, and the hash a plan is bound to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minhbach.core.jsonfile import digest

from . import names
from .canonical import broken_positions, canonical, described_by, differences
from .errors import ActionRefused
from .holdings import Holdings

if TYPE_CHECKING:
    from minhbach.core.catalog import Dataset

    from .client import Portal
    from .records import Records
    from .tables import Tables

NOWHERE = digest({"package": None})
"""State of a dataset that is not public: what waits in its private package is nobody's."""


@dataclass(frozen=True)
class Seen:
    """One dataset as the portal shows it to the account."""

    dataset: Dataset
    package: dict[str, Any] | None
    """As the portal gave it; nothing when there is none."""
    holdings: Holdings = field(default_factory=Holdings)
    described: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    edited: tuple[str, ...] = ()
    is_broken: bool = False
    state: str = NOWHERE

    @property
    def is_out(self) -> bool:
        """Whether the dataset was ever published here."""
        return bool(self.described)


class Looker:
    """Looks with the account's eyes, by GET only."""

    def __init__(self, portal: Portal, tables: Tables, records: Records) -> None:
        self.portal, self.tables, self.records = portal, tables, records

    def package(self, name: str) -> dict[str, Any] | None:
        """Return a package, or nothing. Raises PortalFailed."""
        try:
            found = self.portal.read("package_show", id=name)
        except ActionRefused as refused:
            if refused.is_not_found:
                return None
            raise
        return dict(found) if found.get("state", "active") == "active" else None

    def at(self, dataset: Dataset) -> Seen:
        """Look at one dataset. Raises PortalFailed."""
        package = self.package(names.package_name(dataset.name))
        if package is None:
            return Seen(dataset, None)
        if package.get("private") and not described_by(package):
            return Seen(dataset, package)
        described = canonical(package)
        record = self.records.find(dataset.name, described_by(package))
        broken = broken_positions(package)
        edited = ["positions of the resources (broken: the portal answers every write with 500)"] if broken else []
        if record is None:
            edited.append("extras.minhbach_described (it names no description that this house gave)")
        else:
            edited += differences(record["package"], described)
            edited += self.tables.look(dataset, record["table"])
        return Seen(
            dataset=dataset,
            package=package,
            holdings=Holdings.of(package),
            described=described,
            record=record,
            edited=tuple(edited),
            is_broken=broken,
            state=digest({"package": described, "edited": edited}),
        )
