"""The publisher of kind `site`: looks at what is live, makes it equal to a plan, reads it back, shows the receipt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from minhbach.core.errors import PortalFailed, SealBroken
from minhbach.core.jsonfile import digest
from minhbach.core.loopback import LOOPBACK
from minhbach.core.portal_access import access
from minhbach.core.publishing import Live, LiveDataset, Proof, require_releases

from .assemble import Assembly
from .build import Builder, Previous
from .looking import Look
from .model import edition_order, parse_edition
from .readback import Reader, check
from .server import served
from .state import Standing, shortened
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minhbach.core.catalog import Dataset
    from minhbach.core.periods import Period
    from minhbach.core.publishing import Plan, PublishingContext, Release
    from minhbach.core.watching import Expected, Seen

    from .state import SiteState

NOWHERE = f"http://{LOOPBACK}:8080"
"""The address in pages of a portal that declares none."""


class SitePublisher:
    """Publishes to a folder of files that any web server can show."""

    def __init__(self, context: PublishingContext) -> None:
        self.context = context
        declared = context.portal.options.get("root")
        self.store = Store(Path(declared) if declared else context.lake_root.parent / "site")
        inner = access(context.portal_name).url
        self.public = (context.portal.address or inner or NOWHERE).rstrip("/")
        """What pages and receipts name, whatever the environment says: the same plan gives the same bytes."""
        self.address = (inner or self.public).rstrip("/")
        """Where this machine asks."""
        self._look: Look | None = None

    def observe(self) -> Live:
        """Hash everything that is live; what differs from the last build was edited by hand and is named."""
        standing = Standing.of(self.store.current())
        state = standing.state
        held = {
            name: LiveDataset(
                dataset=name,
                releases={one: entry["manifest_sha256"] for one, entry in state.releases.get(name, {}).items()},
                metadata=state.metadata.get(name, {}),
                state=digest({place: sha for place, sha in standing.found.items() if f"dataset/{name}/" in place}),
                withdrawn=tuple(sorted(state.withdrawn.get(name, {}))),
            )
            for name in sorted({*state.releases, *state.withdrawn})
        }
        return Live(self.context.portal_name, held, standing.sha256, edited=tuple(standing.edited))

    def metadata(self, dataset: Dataset, release: Release) -> dict[str, Any]:
        """Say what the dataset's page would tell; an older release than the live one changes nothing about it."""
        folder = self.store.current()
        state = Standing.of(folder).state
        newest, manifest = parse_edition(dataset, f"{release.period}/{release.revision}"), release.manifest
        for name in state.releases.get(dataset.name, {}):
            edition = parse_edition(dataset, name)
            if folder is not None and edition_order(edition) > edition_order(newest):
                newest = edition
                manifest = json.loads((folder / "dataset" / dataset.name / name / "manifest.json").read_bytes())
        return self._told(dataset, newest[0], newest[1], manifest)

    def stage(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Look whether the plan still fits; the site is built beside the live one and flips by a link, within `apply`.

        Raises:
            SealBroken: the live site is neither where the plan starts nor where it ends, or a release is another one.

        """
        del journal
        require_releases(plan, releases)
        standing = Standing.of(self.store.current())
        if not (_is_live(plan, standing.state) and not standing.edited) and standing.sha256 != plan.live_state:
            raise SealBroken(self._moved(plan, standing))

    def apply(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Build the whole site anew and move the link; a second apply writes nothing.

        Raises:
            SealBroken: the live site is neither where the plan starts nor where it ends, or a release is another one.
            PortalFailed: another apply is at work, or the index could not be made.
            StorageFailed: the disk cannot hold the build.

        """
        require_releases(plan, releases)
        with self.store.lock():
            standing = Standing.of(self.store.current())
            if _is_live(plan, standing.state) and not standing.edited:
                return
            if standing.sha256 != plan.live_state:
                raise SealBroken(self._moved(plan, standing))
            self._make(plan.hash, standing.state.after(plan), releases, standing, {}, journal)

    def attach_receipt(self, plan: Plan, receipt: dict[str, Any]) -> None:
        """Put the receipt beside the data and onto the pages that show it; the same receipt twice changes nothing.

        Raises:
            SealBroken: the plan is not live, or somebody edited the site.

        """
        sha256 = digest(receipt)
        with self.store.lock():
            standing = Standing.of(self.store.current())
            state = standing.state
            if standing.edited or not _is_live(plan, state):
                raise SealBroken(self._moved(plan, standing))
            held = state.receipts.get(plan.hash)
            if held and held["sha256"] == sha256:
                return
            entry = {
                "publication": plan.publication,
                "period": plan.period,
                "sha256": sha256,
                "sequence": held["sequence"] if held else len(state.receipts),
            }
            planned = replace(state, receipts={**state.receipts, plan.hash: entry}, files={}, keys={})
            name = f"{plan.hash}-{sha256[:12]}"
            self._make(name, planned, (), standing, {plan.hash: receipt}, lambda _: None)

    def read_back(self, plan: Plan, releases: Sequence[Release]) -> Proof:
        """Read the whole site over HTTP: from the portal's address when it answers, else from a server of its own.

        Raises:
            PortalFailed: nothing is live, or a portal that is not on this machine does not answer.

        """
        folder = self.store.current()
        if folder is None:
            raise PortalFailed(f"{self.store.link}: found nothing live, expected the site; run apply first.")
        state = Standing.of(folder).state
        is_here = urlsplit(self.address).hostname in {LOOPBACK, "localhost"}
        with Reader(self.address) as reader:
            answering = reader.state()
            if answering is not None and (answering == state.document() or not is_here):
                return self._proof(reader, state, plan, releases)
        if not is_here:
            raise PortalFailed(f"{self.address}: found no site that answers, expected this one; start its server.")
        with served(self.store.root, urlsplit(self.address).path.rstrip("/")) as address, Reader(address) as reader:
            return self._proof(reader, state, plan, releases)

    def look(self, expected: Expected) -> Seen:
        """Say what the public sees of a dataset, over HTTP alone; the site is read once. Raises PortalFailed."""
        if self._look is None:
            self._look = Look(self.address)
        return self._look.at(expected)

    def _proof(self, reader: Reader, state: SiteState, plan: Plan, releases: Sequence[Release]) -> Proof:
        urls = {name: f"{self.public}/dataset/{name}/" for name in self.context.publication.datasets}
        if not _is_live(plan, state):
            return Proof({}, urls, (f"{reader.address}: found another plan live, expected {plan.hash[:16]}.",))
        read, problems = check(reader, state)
        shown = [one for one in releases if f"{one.period}/{one.revision}" in state.releases.get(one.dataset, {})]
        for release in shown:
            for name, entry in release.manifest["files"].items():
                place = f"/dataset/{release.dataset}/{release.period}/{release.revision}/{name}"
                if read.get(place) != entry["sha256"]:
                    problems.append(f"{place}: found other bytes than the manifest of the release names")
        return Proof(read, urls, tuple(problems))

    def _make(
        self,
        name: str,
        planned: SiteState,
        releases: Sequence[Release],
        standing: Standing,
        receipts: dict[str, dict[str, Any]],
        journal: Callable[[str], None],
    ) -> None:
        site = Assembly(self.context, self.public, standing.folder).site(planned, releases, receipts)
        metadata = {
            view.dataset.name: self._told(view.dataset, newest.period, newest.revision, newest.manifest)
            for view in site.views.values()
            if (newest := view.newest)
        }
        site = replace(site, state=replace(site.state, metadata=metadata))
        previous = Previous(standing.folder, standing.found, standing.state.keys) if standing.folder else None
        with self.store.making(name) as folder:
            journal("building")
            Builder(site, folder, previous, self.store.cache).build()
            journal("built")
        self.store.point_to(name)
        journal("live")

    def _told(self, dataset: Dataset, period: Period, revision: str, manifest: dict[str, Any]) -> dict[str, Any]:
        catalog, calendar = self.context.catalog, self.context.publication.calendar
        following = period.following
        coming = {
            "next_period": str(following),
            "next_release": catalog.calendar.add_workdays(following.end, calendar.release_after_workdays).isoformat(),
        }
        texts = {
            f"{key}_{language}": getattr(dataset, key).in_(language)
            for key in ("title", "about", "how_to_read", "does_not_say", "theme")
            for language in catalog.project.languages
        }
        return {
            **texts,
            "period": str(period),
            "revision": revision,
            "rows": manifest["rows"],
            "logical_sha256": manifest["logical_sha256"],
            "data_as_of": manifest["data_as_of"],
            "issued": manifest["issued"],
            **(coming if catalog.goes_on_to(following) else {}),
            "licence": dataset.licence,
            "steward": dataset.steward.name,
            "contact": dataset.steward.email,
            "tags": list(dataset.tags),
            "columns": [column.name for column in dataset.published],
        }

    def _moved(self, plan: Plan, standing: Standing) -> str:
        if standing.edited:
            return (
                f"{self.store.link}: found what no plan put there: {shortened(standing.edited)}; "
                "expected the site as it was built; plan again to put it right."
            )
        return (
            f"{self.store.link}: found the site of plan {standing.state.plan[:16] or 'none'}, expected the state that "
            f"plan {plan.hash[:16]} was made for; plan again."
        )


def _is_live(plan: Plan, state: SiteState) -> bool:
    """Tell whether what a plan brought, kept or took back is what the site shows, whatever came after it."""
    for change in plan.changes:
        edition = f"{change.period}/{change.revision}"
        held = state.releases.get(change.dataset, {}).get(edition, {})
        if change.action == "withdraw":
            live = edition in state.withdrawn.get(change.dataset, {})
        elif change.action == "unchanged":
            live = held.get("manifest_sha256") == change.manifest_sha256
        else:
            live = held.get("plan") == plan.hash
        if not live:
            return False
    return True
