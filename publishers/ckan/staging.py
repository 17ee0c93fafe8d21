"""Brings what a plan needs to where nobody sees it, under its final ids, and proves it there with the token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import PortalFailed

from . import names
from .errors import ActionRefused
from .words import EMPTY, VIEW, WAITING
from .writing import batches, sendable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .client import Portal
    from .datastore import Prepared
    from .describe import Desired
    from .look import Looker, Seen
    from .tables import Tables
    from .writing import Writer

DETACHED = "minhbach_detached"
"""Extra of a waiting place: the plan whose resources were let go and not yet taken; their files are still stored."""
NO_PLAN = ""


@dataclass(frozen=True)
class Staged:
    """What waits for the flip of one dataset."""

    place: dict[str, Any] | None
    """The private package in which it waits; nothing when nothing new is brought."""
    resources: dict[str, dict[str, Any]]
    """Resource id → as the portal shows it."""
    prepared: Prepared | None


class Stager:
    """Stages one dataset at a time."""

    def __init__(self, portal: Portal, looker: Looker, writer: Writer, tables: Tables) -> None:
        self.portal, self.looker, self.writer, self.tables = portal, looker, writer, tables

    def bring(self, seen: Seen, desired: Desired, plan: str, journal: Callable[[str], None]) -> Staged:
        """Bring files, table and preview of a dataset; what waits already is not sent again.

        Raises:
            GateRefused: the rows do not fit the declared table.
            PortalFailed: the portal failed, or serves other bytes than were sent.

        """
        name = desired.package["name"]
        shown = {resource["id"] for resource in (seen.package or {}).get("resources", [])} if seen.is_out else set()
        new = [resource for resource in desired.package["resources"] if resource["id"] not in shown]
        place = None
        if new or not seen.is_out:
            was = {one["id"] for one in (seen.record or {}).get("package", {}).get("resources", [])}
            stored = bool(was & {one["id"] for one in new})
            place = self._filled(self._place(seen, desired), new, desired, plan, journal, stored=stored)
            self._prove(place, {resource["id"] for resource in new}, desired)
        prepared = self.tables.prepare(desired)
        if desired.table_id is not None and any(resource["id"] == desired.table_id for resource in new):
            self._preview(desired.table_id)
            # Loading through the portal may have marked the resource: what is moved is what it shows now.
            place = self.looker.package(place["name"]) if place else None
        if place is not None:
            journal(f"{name}: staged and proven, {len(new)} resources, not public")
        brought = {resource["id"]: resource for resource in (place or {}).get("resources", [])}
        return Staged(place, brought, prepared)

    def _place(self, seen: Seen, desired: Desired) -> dict[str, Any]:
        package, title = desired.package, WAITING.format(title=desired.package["title"])
        if not seen.is_out:
            return self.writer.make_private(package["name"], title, EMPTY, package["owner_org"])
        return self.waiting_place(seen, desired)

    def waiting_place(self, seen: Seen, desired: Desired) -> dict[str, Any]:
        """Find or make the private package beside a public one."""
        title = WAITING.format(title=desired.package["title"])
        name = names.twin_name(seen.dataset.name)
        return self.writer.make_private(name, title, EMPTY, desired.package["owner_org"])

    def _filled(
        self,
        place: dict[str, Any],
        new: list[dict[str, Any]],
        desired: Desired,
        plan: str,
        journal: Callable[[str], None],
        *,
        stored: bool,
    ) -> dict[str, Any]:
        if not place.get("private"):
            raise PortalFailed(
                f"{self.portal.address}: {place['name']}: found a public package, expected the private one in which "
                "releases wait; an editor of the organisation makes it private."
            )
        wanted = {resource["id"] for resource in new}
        place = self.emptied(place, [one for one in place["resources"] if one["id"] not in wanted])
        held = {resource["id"]: resource for resource in place["resources"]}
        if (stored or _detached(place) == plan) and wanted - held.keys():
            # Let go by a flip that did not end, or left out of the page by somebody's hand: the files are stored under
            # these ids still. Sending them again would have the portal's own loader make tables of them.
            place = self.writer.revise(place, {"resources": new, "extras": []})
            held = {resource["id"]: resource for resource in place["resources"]}
        wrong = self._wrong(place, [held[key] for key in held if key in desired.files], desired)
        missing = {
            one["id"]: desired.files[one["id"]]
            for one in new
            if one["id"] in desired.files and (one["id"] not in held or one["id"] in wrong)
        }
        for part in batches(missing):
            held = {resource["id"]: resource for resource in place["resources"]}
            listed = [sendable(held.get(one["id"], one)) for one in new if one["id"] in held or one["id"] in part]
            place = self.writer.revise(place, {"resources": listed}, part)
            journal(f"{desired.package['name']}: uploaded {len(part)} files, not public")
        held = {resource["id"]: resource for resource in place["resources"]}
        if [one["id"] for one in new] != list(held):
            listed = [sendable(held.get(one["id"], one)) for one in new]
            place = self.writer.revise(place, {"resources": listed})
        return place

    def emptied(self, place: dict[str, Any], leftover: list[dict[str, Any]]) -> dict[str, Any]:
        """Take out of a waiting place what no plan needs any more, its stored files and tables with it."""
        if not leftover:
            return place
        for resource in leftover:
            if resource.get("url_type") == "datastore":
                self.tables.drop(resource["id"])
        gone = {resource["id"] for resource in leftover}
        kept = [sendable(one) for one in place["resources"] if one["id"] not in gone]
        cleared = [{"id": key, "name": "", "url": "", "url_type": "", "clear_upload": True} for key in sorted(gone)]
        place = self.writer.revise_private(place, {"resources": [*kept, *cleared]})
        return self.writer.revise(place, {"resources": kept})

    def _wrong(self, place: Mapping[str, Any], held: Iterable[Mapping[str, Any]], desired: Desired) -> set[str]:
        wanted = [(one["id"], desired.files[one["id"]].name) for one in held]
        served = self.portal.each(lambda one: self.served(place["id"], *one), wanted)
        return {key for (key, _), found in zip(wanted, served, strict=True) if found != desired.sha256[key]}

    def _prove(self, place: Mapping[str, Any], wanted: set[str], desired: Desired) -> None:
        held = [one for one in place["resources"] if one["id"] in wanted and one["id"] in desired.files]
        for key in self._wrong(place, held, desired):
            raise PortalFailed(
                f"{self.portal.address}: {place['name']}: {desired.files[key].name}: found other bytes than were sent; "
                "nothing is public, run again."
            )

    def served(self, package: str, resource: str, name: str) -> str:
        """Return the sha256 of what a resource serves; nothing where nothing is served."""
        sha256 = hashlib.sha256()
        try:
            with self.portal.stream(f"/dataset/{package}/resource/{resource}/download/{name}") as chunks:
                for chunk in chunks:
                    sha256.update(chunk)
        except ActionRefused:
            return ""
        return sha256.hexdigest()

    def _preview(self, table: str) -> None:
        if self.portal.read("resource_view_list", id=table):
            return
        self.portal.action(
            "resource_view_create", {"resource_id": table, "title": VIEW, "view_type": "datatables_view"}
        )


def _detached(place: Mapping[str, Any]) -> str:
    return next((str(one["value"]) for one in place.get("extras", []) if one["key"] == DETACHED), NO_PLAN)
