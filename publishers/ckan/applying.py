"""Takes a plan to its end: which datasets are done, which may start, all staged before any flips, forward or back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from minhbach.core.errors import PortalFailed, SealBroken

from . import names
from .canonical import canonical, differences
from .clearing import forget
from .errors import ActionRefused
from .flipping import rolled_back
from .holdings import FILE
from .look import NOWHERE
from .writing import sendable, while_moved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from minhbach.core.publishing import Change, Plan

    from .clearing import Clearings
    from .client import Portal
    from .describe import Describer, Desired
    from .flipping import Flip, Flipper
    from .holdings import Receipt
    from .look import Looker, Seen
    from .staging import Staged, Stager

SHOWN = 5
TABLE_ONLY = "datastore"
"""What every edit that concerns only the table begins with."""


@dataclass(frozen=True)
class Target:
    """One dataset of a plan: where it is, and where it shall be."""

    seen: Seen
    desired: Desired
    changes: tuple[Change, ...]
    is_done: bool

    @property
    def is_changed(self) -> bool:
        """Whether the plan changes this dataset at all."""
        return any(change.action != "unchanged" for change in self.changes)


class Applier:
    """Applies plans through the parts that stage and flip."""

    def __init__(
        self,
        looker: Looker,
        describer: Describer,
        stager: Stager,
        flipper: Flipper,
        clearings: Clearings,
        storage: Path | None,
        admin: Portal | None,
    ) -> None:
        self.looker, self.describer, self.stager, self.flipper = looker, describer, stager, flipper
        self.clearings, self.storage, self.admin = clearings, storage, admin

    def targets(self, plan: Plan, looked_at: Sequence[Seen]) -> list[Target]:
        """Say of every dataset of a plan, as it was seen, where it shall be.

        Raises:
            SealBroken: one is neither where the plan starts nor where it ends.

        """
        found = []
        for seen in looked_at:
            changes = tuple(change for change in plan.changes if change.dataset == seen.dataset.name)
            desired = self.describer.desired(seen.dataset, seen.holdings.after(plan, changes))
            target = Target(seen, desired, changes, self._is_done(seen, desired))
            self._may_start(target)
            found.append(target)
        return found

    @staticmethod
    def _is_done(seen: Seen, desired: Desired) -> bool:
        if not seen.is_out or seen.edited:
            return False
        return not differences(_without_times(canonical(desired.package)), _without_times(seen.described))

    @staticmethod
    def _may_start(target: Target) -> None:
        """Refuse a dataset that moved since the plan was made, naming what."""
        if target.is_done:
            return
        seen = target.seen
        expected = {change.live_state or NOWHERE for change in target.changes}
        if seen.state in expected:
            return
        if target.is_changed and seen.edited and all(edit.startswith(TABLE_ONLY) for edit in seen.edited):
            wanted = _without_times(canonical(target.desired.package))
            if not differences(wanted, _without_times(seen.described)):
                return  # killed between the page and the table: the table follows
        name = target.desired.package["name"]
        if seen.edited:
            more = f" and {len(seen.edited) - SHOWN} more" if len(seen.edited) > SHOWN else ""
            raise SealBroken(
                f"{name}: found edited by hand: {', '.join(seen.edited[:SHOWN])}{more}; expected what the house "
                "published; plan again to put it right."
            )
        held = ", ".join(sorted(seen.holdings.editions)) or "nothing"
        raise SealBroken(f"{name}: found {held} live in another state than the plan was made for; plan again.")

    def stage(self, target: Target, plan: Plan, journal: Callable[[str], None]) -> Staged:
        """Stage one dataset; what would refuse every write to its page is mended by `apply`."""
        return while_moved(lambda: self.stager.bring(target.seen, target.desired, plan.hash, journal))

    def apply(self, targets: Sequence[Target], plan: Plan, journal: Callable[[str], None]) -> None:
        """Stage all, then flip all. Raises what `CkanPublisher.apply` says."""
        with self.flipper.tables.changing():
            self._change(targets, plan, journal)

    def _change(self, targets: Sequence[Target], plan: Plan, journal: Callable[[str], None]) -> None:
        mended = [self._mended(target, journal) for target in targets]
        staged = [self.stage(target, plan, journal) for target in mended]
        for target in mended:
            if target.desired.table_id is None:
                self._drop_table_first(target, journal)
        flips = [
            self.flipper.ready(target.seen, target.desired, waiting)
            for target, waiting in zip(mended, staged, strict=True)
        ]
        for flip in flips:
            self.flipper.let_go(flip, plan.hash)
        for target in mended:
            self._remember(target, plan)
        done: list[Flip] = []
        for flip in flips:
            try:
                self.flipper.flip(flip)
            except (SealBroken, ActionRefused) as failure:
                self._back(flip, done, failure, journal)
            except PortalFailed as failure:
                out = ", ".join(one.name for one in done) or "none"
                raise PortalFailed(
                    f"{failure} Out already: {out}; everything is staged and proven, so a repeated apply goes on with "
                    f"{flip.name}."
                ) from failure
            journal(f"{flip.name}: flipped")
            done.append(flip)
        for target in mended:
            self.clear(target, journal)

    def _back(
        self, flip: Flip, done: list[Flip], failure: SealBroken | ActionRefused, journal: Callable[[str], None]
    ) -> None:
        if not done:
            raise failure
        journal(f"{flip.name}: cannot flip: {failure}")
        for other in reversed(done):
            old = self.describer.desired(other.seen.dataset, other.seen.holdings) if other.seen.is_out else None
            self.flipper.back(other, old, journal)
        raise (
            type(failure)(rolled_back(flip, done, failure))
            if isinstance(failure, SealBroken)
            else PortalFailed(rolled_back(flip, done, failure))
        ) from failure

    def _mended(self, target: Target, journal: Callable[[str], None]) -> Target:
        """Repair gaps in the positions: CKAN answers every revise of such a package with 500."""
        if not target.seen.is_broken or target.seen.package is None:
            return target
        package = target.seen.package
        sound = [sendable(one) for place, one in enumerate(package["resources"]) if one["position"] == place]
        self.stager.portal.action("package_update", {**package, "resources": sound})
        now = self.looker.package(package["name"]) or package
        journal(f"{package['name']}: repaired the positions of its resources")
        return replace(
            target, seen=replace(target.seen, package={**package, "metadata_modified": now["metadata_modified"]})
        )

    def _drop_table_first(self, target: Target, journal: Callable[[str], None]) -> None:
        for resource in (target.seen.package or {}).get("resources", []):
            if resource.get("url_type") == TABLE_ONLY:
                self.stager.tables.drop(resource["id"])
                journal(f"{target.desired.package['name']}: table dropped")

    def _remember(self, target: Target, plan: Plan) -> None:
        """Keep what leaves the page before it does: a run that dies after the flip has it to clear all the same."""
        kept = {one["id"] for one in target.desired.package["resources"]}
        gone = [
            one
            for one in (target.seen.package or {}).get("resources", [])
            if one["id"] not in kept and (one.get(FILE) or one.get("url_type") == TABLE_ONLY)
        ]
        if target.seen.is_out:
            is_withdrawn = any(change.action == "withdraw" for change in target.changes)
            self.clearings.remember(plan.hash, target.seen.dataset.name, gone, is_withdrawn=is_withdrawn)

    def clear(self, target: Target, journal: Callable[[str], None]) -> None:
        """Remove what left the page: stored files and tables with the account's own rights, and what tells of them."""
        dataset, name = target.seen.dataset.name, target.desired.package["name"]
        remembered, withdrawn = self.clearings.find(dataset)
        kept = {one["id"] for one in target.desired.package["resources"]}
        gone = [one for one in remembered if one["id"] not in kept]  # a plan that never flipped took nothing away
        if not gone:
            self.clearings.over(dataset)
            return
        place = self.stager.waiting_place(target.seen, target.desired)
        place = self.stager.writer.revise_private(place, {"resources": [sendable(one) for one in gone], "extras": []})
        self.stager.emptied(place, list(place["resources"]))
        for resource in gone:
            if self.storage is not None and resource.get("url_type") == "upload":
                _unlink(self.storage, resource["id"])
        journal(f"{name}: {len(gone)} files and tables removed from the portal's storage")
        untold = [one["id"] for one in gone if one["id"] in withdrawn]
        if untold and self.admin is not None:
            count = forget(self.admin, name, untold)
            journal(f"{name}: {count} entries of the activity stream removed")
        self.clearings.over(dataset)

    def attach(self, target: Target, plan: Plan, receipt: Receipt, path: Path) -> None:
        """Bring a receipt with one request."""
        seen, dataset = target.seen, target.seen.dataset
        desired = self.describer.desired(dataset, seen.holdings.with_receipt(plan.hash, receipt))
        flip = self.flipper.ready_receipt(seen, desired, names.receipt_id(dataset.name, plan.hash), path)
        self.flipper.flip(flip)


def _without_times(described: dict[str, object]) -> dict[str, object]:
    resources = described["resources"]
    assert isinstance(resources, list)  # noqa: S101  canonical() makes it one
    return {**described, "resources": [{**one, "last_modified": None} for one in resources]}


def _unlink(storage: Path, resource: str) -> None:
    """Remove a stored file where this machine can see the portal's storage and CKAN left it."""
    for root in (storage, storage / "resources"):
        (root / resource[:3] / resource[3:6] / resource[6:]).unlink(missing_ok=True)
