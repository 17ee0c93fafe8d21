"""The moment of change: lets go of what waits, then one locked JSON request makes it the public package; or back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import SealBroken

from .canonical import DESCRIBED, broken_positions, canonical, described_by, differences
from .errors import ActionRefused, OutcomeUnknown
from .staging import DETACHED, Staged
from .tables import record_of
from .writing import sendable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minhbach.core.errors import MinhBachError

    from .describe import Desired
    from .look import Looker, Seen
    from .records import Records
    from .tables import Tables
    from .writing import Writer

TRIES = 3


@dataclass(frozen=True)
class Flip:
    """One dataset, ready to flip."""

    seen: Seen
    desired: Desired
    staged: Staged
    update: dict[str, Any]
    content: dict[str, Any]
    """The package as it will be, trimmed."""
    described: str
    """Name of that description, which the package will carry."""
    repairs: dict[str, Path]
    """Resource id → sealed file, of live resources that serve something else."""

    @property
    def name(self) -> str:
        """The package."""
        return str(self.desired.package["name"])

    def is_made(self, package: dict[str, Any] | None) -> bool:
        """Tell whether a package is what the flip makes it."""
        if package is None or described_by(package) != self.described or broken_positions(package):
            return False
        return not differences(self.content, canonical(package))


class Flipper:
    """Flips, and takes back."""

    def __init__(self, looker: Looker, writer: Writer, tables: Tables, records: Records) -> None:
        self.looker, self.writer, self.tables, self.records = looker, writer, tables, records

    def ready(self, seen: Seen, desired: Desired, staged: Staged) -> Flip:
        """Write down what the package will be, in the lake, before it is."""
        live = {one["id"]: one for one in (seen.package or {}).get("resources", [])} | staged.resources
        shown = {one["id"]: one for one in seen.described.get("resources", [])}
        was = {one["id"]: one for one in (seen.record or {}).get("package", {}).get("resources", [])}
        repairs = {
            key: path
            for key, path in desired.files.items()
            if key in shown and (key not in was or _moved(was[key], shown[key]))
        }
        resources = [{**sendable(live.get(one["id"], {})), **one} for one in desired.package["resources"]]
        for resource in resources:
            resource.pop("hash", None)
            if resource["id"] in repairs:
                resource.pop("last_modified", None)
        package = {**desired.package, "resources": resources}
        table = record_of(staged.prepared, desired.dataset)
        content = canonical(package)
        described = self.records.keep(desired.dataset.name, content, table)
        extras = [*package["extras"], {"key": DESCRIBED, "value": described}]
        return Flip(seen, desired, staged, {**package, "extras": extras}, content, described, repairs)

    def ready_receipt(self, seen: Seen, desired: Desired, receipt: str, path: Path) -> Flip:
        """The same for a receipt that joins a package: its bytes go along with the request, its table stays."""
        live = {one["id"]: one for one in (seen.package or {}).get("resources", [])}
        resources = [{**sendable(live.get(one["id"], {})), **one} for one in desired.package["resources"]]
        for resource in resources:
            resource.pop("hash", None)
            if resource["id"] == receipt:
                resource.pop("last_modified", None)
        package = {**desired.package, "resources": resources}
        content = canonical(package)
        described = self.records.keep(desired.dataset.name, content, (seen.record or {}).get("table"))
        extras = [*package["extras"], {"key": DESCRIBED, "value": described}]
        staged = Staged(None, {}, None)
        return Flip(seen, desired, staged, {**package, "extras": extras}, content, described, {receipt: path})

    def let_go(self, flip: Flip, plan: str) -> None:
        """Detach what waits beside a public package: from here on nobody sees it anywhere, its files stay stored."""
        place = flip.staged.place
        if place is not None and flip.seen.is_out:
            self.writer.revise_private(place, {"resources": [], "extras": [{"key": DETACHED, "value": plan}]})

    def flip(self, flip: Flip) -> None:
        """Make the staged release the public one: files, page and table together.

        Raises:
            SealBroken: the package was edited since it was looked at.
            ActionRefused: the portal refuses the change: surely not done.
            NotDone | OutcomeUnknown: the portal gives no answer; a repeated apply goes on from here.

        """
        swap = self.tables.swap(flip.staged.prepared, (flip.name, flip.described))
        if flip.seen.is_out:
            with swap:
                self._revise(flip)
        else:
            with swap:
                pass  # nobody may read the table of a private package, so it can be there before the page
            self._revise(flip)

    def _revise(self, flip: Flip) -> None:
        package = flip.staged.place if not flip.seen.is_out else self.looker.package(flip.name)
        if not flip.seen.is_broken:
            self._same(flip, package)
        for attempt in range(TRIES):
            if flip.is_made(package):
                return
            try:
                self.writer.revise(package or {}, flip.update, flip.repairs)
            except (ActionRefused, OutcomeUnknown) as failed:
                if isinstance(failed, ActionRefused) and not failed.is_moved:
                    raise
                package = self.looker.package(flip.name)
                self._same(flip, package)
                if attempt == TRIES - 1 and not flip.is_made(package):
                    raise
            else:
                return

    @staticmethod
    def _same(flip: Flip, package: dict[str, Any] | None) -> None:
        """Refuse to go on over somebody's edit; CKAN's own jobs move the time stamp and nothing else."""
        if package is None or flip.is_made(package):
            return
        before = flip.seen.described if flip.seen.is_out else canonical(flip.staged.place or {})
        edits = differences(before, canonical(package))
        if edits:
            raise SealBroken(
                f"{flip.name}: found edited by hand since the plan was made: {', '.join(edits[:5])}; plan again."
            )

    def back(self, flip: Flip, old: Desired | None, journal: Callable[[str], None]) -> None:
        """Make a flipped package what it was before. Raises PortalFailed."""
        package = self.looker.package(flip.name) or {}
        if not flip.seen.is_out or old is None:
            self.writer.revise(package, {"private": True, "extras": []})
        else:
            before = flip.seen.package or {}
            kept = ("title", "notes", "maintainer", "maintainer_email", "version", "license_id", "private")
            lists = {key: before.get(key, []) for key in ("extras", "tags", "groups")}
            resources = [sendable(one) for one in before["resources"]]
            # Where each release has a table of its own, the old one still stands under its resource.
            prepared = self.tables.prepare(old) if self.tables.is_stable else None
            with self.tables.swap(prepared, (flip.name, described_by(before))):
                self.writer.revise(package, {**{key: before.get(key) for key in kept}, **lists, "resources": resources})
        journal(f"{flip.name}: rolled back")


def rolled_back(flip: Flip, others: list[Flip], failure: MinhBachError) -> str:
    """Say which dataset could not go out, and what was done about those that had."""
    names = ", ".join(one.name for one in others)
    return f"{failure} {flip.name} cannot flip, so {names} went back to the release before; plan again."


def _moved(was: dict[str, Any], now: dict[str, Any]) -> bool:
    """Tell whether a live resource serves another file than it was given."""
    replaced = was["last_modified"] is not None and was["last_modified"] != now["last_modified"]
    return replaced or any(was[key] != now[key] for key in ("size", "sha256", "url", "url_type"))
