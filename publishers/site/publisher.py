"""The publisher of kind `site`: looks at what is live, makes it equal to a plan, reads it back, shows the receipt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from minhbach.core import jsonfile
from minhbach.core.errors import PortalFailed, SealBroken
from minhbach.core.jsonfile import digest
from minhbach.core.lake import Lake
from minhbach.core.publishing import Live, LiveDataset, Proof

from .build import Builder, Previous, receipt_path
from .model import DatasetView, Edition, Site, Tombstone, edition_order, parse_edition
from .readback import Reader, check
from .server import LOOPBACK, served
from .state import SiteState, edited, hashes_of, shortened
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minhbach.core.catalog import Dataset
    from minhbach.core.periods import Period
    from minhbach.core.publishing import Plan, PublishingContext, Release

NOWHERE = f"http://{LOOPBACK}:8080"
"""The address in pages of a portal that declares none."""


class SitePublisher:
    """Publishes to a folder of files that any web server can show."""

    def __init__(self, context: PublishingContext) -> None:
        self.context = context
        declared = context.portal.options.get("root")
        self.store = Store(Path(declared) if declared else context.lake_root.parent / "site")
        self.address = (context.portal.address or NOWHERE).rstrip("/")

    def observe(self) -> Live:
        """Hash everything that is live; what differs from the last build was edited by hand and is named."""
        folder = self.store.current()
        state = (folder and SiteState.read(folder)) or SiteState()
        found = hashes_of(folder) if folder else {}
        changed = edited(state.files, found)
        held = {
            name: LiveDataset(
                dataset=name,
                releases={edition: entry["manifest_sha256"] for edition, entry in editions.items()},
                metadata=state.metadata.get(name, {}),
                state=digest({place: sha for place, sha in found.items() if f"dataset/{name}/" in place}),
                withdrawn=tuple(sorted(state.withdrawn.get(name, {}))),
            )
            for name, editions in state.releases.items()
        }
        return Live(self.context.portal_name, held, digest(found), edited=tuple(changed))

    def metadata(self, dataset: Dataset, release: Release) -> dict[str, Any]:
        """Say what the dataset's page would tell; an older release than the live one changes nothing about it."""
        folder = self.store.current()
        state = (folder and SiteState.read(folder)) or SiteState()
        newest, manifest = parse_edition(dataset, f"{release.period}/{release.revision}"), release.manifest
        for name in state.releases.get(dataset.name, {}):
            edition = parse_edition(dataset, name)
            if folder is not None and edition_order(edition) > edition_order(newest):
                newest = edition
                manifest = json.loads((folder / "dataset" / dataset.name / name / "manifest.json").read_bytes())
        return self._told(dataset, newest[0], newest[1], manifest)

    def _told(self, dataset: Dataset, period: Period, revision: str, manifest: dict[str, Any]) -> dict[str, Any]:
        catalog, calendar = self.context.catalog, self.context.publication.calendar
        following = period.following
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
            "next_period": str(following),
            "next_release": catalog.calendar.add_workdays(following.end, calendar.release_after_workdays).isoformat(),
            "licence": dataset.licence,
            "steward": dataset.steward.name,
            "contact": dataset.steward.email,
            "tags": list(dataset.tags),
            "columns": [column.name for column in dataset.published],
        }

    def apply(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Build the whole site anew and move the link; a second apply writes nothing.

        Raises:
            SealBroken: the live site is neither the plan's starting point nor its end, or a release is not what was planned.
            PortalFailed: another apply is at work, or the index could not be made.
            StorageFailed: the disk cannot hold the build.

        """
        self._same_releases(plan, releases)
        with self.store.lock():
            folder = self.store.current()
            state = (folder and SiteState.read(folder)) or SiteState()
            found = hashes_of(folder) if folder else {}
            changed = edited(state.files, found)
            if state.plan == plan.hash and not changed:
                journal("live already")
                return
            if digest(found) != plan.live_state:
                raise SealBroken(self._moved(plan, state, changed))
            planned = state.after(plan)
            self._make(plan.hash, planned, releases, Previous(folder, found, state.keys) if folder else None, journal)

    def attach_receipt(self, plan: Plan, receipt: dict[str, Any]) -> None:
        """Put the receipt beside the data and onto the pages that show it; the same receipt twice changes nothing.

        Raises:
            SealBroken: the live site is not the one that the plan made.

        """
        sha256 = digest(receipt)
        with self.store.lock():
            folder = self.store.current()
            state = folder and SiteState.read(folder)
            if folder is None or state is None or state.plan != plan.hash:
                raise SealBroken(
                    f"{self.store.root}: found another plan live, expected {plan.hash[:16]}; apply it first."
                )
            found = hashes_of(folder)
            if changed := edited(state.files, found):
                raise SealBroken(self._moved(plan, state, changed))
            if state.receipts.get(plan.hash, {}).get("sha256") == sha256:
                return
            entry = {
                "publication": plan.publication,
                "period": plan.period,
                "sha256": sha256,
                "sequence": len(state.receipts),
            }
            planned = replace(state, receipts={**state.receipts, plan.hash: entry}, files={}, keys={})
            previous = Previous(folder, found, state.keys)
            self._make(f"{plan.hash}-{sha256[:12]}", planned, (), previous, lambda _: None, {plan.hash: receipt})

    def read_back(self, plan: Plan, releases: Sequence[Release]) -> Proof:
        """Read the whole site over HTTP: from the portal's address when it answers, else from a server of its own.

        Raises:
            PortalFailed: nothing is live, or a portal that is not on this machine does not answer.

        """
        folder = self.store.current()
        state = folder and SiteState.read(folder)
        if folder is None or state is None:
            raise PortalFailed(f"{self.store.link}: found nothing live, expected the site; run apply first.")
        with Reader(self.address) as reader:
            answering = reader.state()
            if answering is not None:
                return self._proof(reader, state, plan, releases, answering)
        if urlsplit(self.address).hostname not in {LOOPBACK, "localhost"}:
            raise PortalFailed(f"{self.address}: found no site that answers, expected this one; start its server.")
        with served(self.store.root, urlsplit(self.address).path.rstrip("/")) as address, Reader(address) as reader:
            return self._proof(reader, state, plan, releases, reader.state())

    def _proof(
        self,
        reader: Reader,
        state: SiteState,
        plan: Plan,
        releases: Sequence[Release],
        answering: dict[str, object] | None,
    ) -> Proof:
        urls = {name: f"{self.address}/dataset/{name}/" for name in self.context.publication.datasets}
        if answering is None or answering.get("plan") != state.plan or state.plan != plan.hash:
            return Proof({}, urls, (f"{reader.address}: found another plan live, expected {plan.hash[:16]}.",))
        read, problems = check(reader, state)
        for release in releases:
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
        previous: Previous | None,
        journal: Callable[[str], None],
        receipts: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        site = self._site(planned, releases, previous, receipts or {})
        metadata = {
            view.dataset.name: self._told(view.dataset, newest.period, newest.revision, newest.manifest)
            for view in site.views.values()
            if (newest := view.newest)
        }
        site = replace(site, state=replace(site.state, metadata=metadata))
        with self.store.making(name) as folder:
            journal("building")
            Builder(site, folder, previous, self.store.cache).build()
            journal("built")
        self.store.point_to(name)
        journal("live")

    def _site(
        self,
        planned: SiteState,
        releases: Sequence[Release],
        previous: Previous | None,
        receipts: dict[str, dict[str, Any]],
    ) -> Site:
        catalog = self.context.catalog
        given = {release.subject: release for release in releases}
        views: dict[str, DatasetView] = {}
        order = [name for publication in catalog.publications.values() for name in publication.datasets]
        for name in sorted({*planned.releases, *planned.withdrawn}, key=[*order, *catalog.datasets].index):
            dataset = catalog.datasets[name]
            editions = [
                self._edition(dataset, edition, entry, given, previous)
                for edition, entry in planned.releases.get(name, {}).items()
            ]
            stones = [
                Tombstone(dataset, *parse_edition(dataset, edition), entry["reason"], entry["on"], entry["publication"])
                for edition, entry in sorted(planned.withdrawn.get(name, {}).items())
            ]
            views[name] = DatasetView(dataset, tuple(sorted(editions, key=lambda one: one.order)), tuple(stones))
        kept = {plan: entry for plan, entry in planned.receipts.items() if plan not in receipts}
        held = {plan: self._receipt(entry, plan, previous) for plan, entry in kept.items()}
        return Site(catalog, planned, self.address, views, {**held, **receipts})

    def _edition(
        self,
        dataset: Dataset,
        edition: str,
        entry: dict[str, str],
        given: dict[str, Release],
        previous: Previous | None,
    ) -> Edition:
        """Find a release: the one given, the sealed one in the lake, or the site's own copy of it."""
        period, revision = parse_edition(dataset, edition)
        release = given.get(f"{dataset.name}/{edition}")
        sealed = Lake(self.context.lake_root).release(dataset.name, period, revision)
        places = [release.folder] if release else []
        places += [sealed, *([previous.folder / "dataset" / dataset.name / edition] if previous else [])]
        for folder in places:
            path = folder / "manifest.json"
            if path.is_file() and jsonfile.file_sha256(path) == entry["manifest_sha256"]:
                manifest = json.loads(path.read_bytes())
                return Edition(
                    dataset,
                    period,
                    revision,
                    entry["publication"],
                    entry["plan"],
                    folder,
                    manifest,
                    entry["manifest_sha256"],
                )
        raise SealBroken(
            f"{sealed}: found no manifest.json with sha256 {entry['manifest_sha256'][:16]}…, expected the sealed release."
        )

    def _receipt(self, entry: dict[str, Any], plan: str, previous: Previous | None) -> dict[str, Any]:
        path = (previous.folder if previous else self.store.root) / receipt_path(entry, plan)
        receipt = json.loads(path.read_bytes()) if path.is_file() else None
        if receipt is None or digest(receipt) != entry["sha256"]:
            raise SealBroken(
                f"{path}: found no receipt with the hash that the site remembers; restore it and plan again."
            )
        return dict(receipt)

    def _same_releases(self, plan: Plan, releases: Sequence[Release]) -> None:
        given = {release.subject: release.manifest_sha256 for release in releases}
        for change in plan.changes:
            subject = f"{change.dataset}/{change.period}/{change.revision}"
            if change.action in {"create", "update"} and given.get(subject) != change.manifest_sha256:
                found = (given.get(subject) or "no release")[:16]
                raise SealBroken(
                    f"releases/{subject}: found {found}, expected the manifest {change.manifest_sha256[:16]} of the plan."
                )

    def _moved(self, plan: Plan, state: SiteState, changed: list[str]) -> str:
        if changed:
            return (
                f"{self.store.link}: found pages that no plan put there: {shortened(changed)}; "
                f"expected the site as it was built; plan again to put it right."
            )
        return (
            f"{self.store.link}: found the site of plan {state.plan[:16] or 'none'}, expected the state that plan "
            f"{plan.hash[:16]} was made for; plan again."
        )
