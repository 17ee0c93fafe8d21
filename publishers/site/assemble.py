"""Gathers what the site shows: declarations, sealed releases, receipts. Knows where they lie, renders nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core.errors import SealBroken
from minhbach.core.lake import Lake

from .build import receipt_path
from .model import DatasetView, Edition, Site, Tombstone, parse_edition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minhbach.core.catalog import Dataset
    from minhbach.core.publishing import PublishingContext, Release

    from .state import SiteState

Receipt = dict[str, Any]


class Assembly:
    """One gathering: what is given comes first, then what the lake holds, then the site's own copies."""

    def __init__(self, context: PublishingContext, address: str, live: Path | None) -> None:
        self.context, self.address, self.live = context, address, live

    def site(self, planned: SiteState, releases: Sequence[Release], receipts: Mapping[str, Receipt]) -> Site:
        """Gather everything that a state names.

        Raises:
            SealBroken: a release or a receipt is not there with the hash it is remembered by.

        """
        catalog = self.context.catalog
        given = {release.subject: release for release in releases}
        order = [name for publication in catalog.publications.values() for name in publication.datasets]
        views: dict[str, DatasetView] = {}
        for name in sorted({*planned.releases, *planned.withdrawn}, key=[*order, *catalog.datasets].index):
            dataset = catalog.dataset(name)
            editions = [
                self._edition(dataset, edition, entry, given.get(f"{name}/{edition}"))
                for edition, entry in planned.releases.get(name, {}).items()
            ]
            stones = [
                Tombstone(dataset, *parse_edition(dataset, edition), entry["reason"], entry["on"], entry["publication"])
                for edition, entry in sorted(planned.withdrawn.get(name, {}).items())
            ]
            views[name] = DatasetView(dataset, tuple(sorted(editions, key=lambda one: one.order)), tuple(stones))
        held = {plan: receipts.get(plan) or self._receipt(entry, plan) for plan, entry in planned.receipts.items()}
        return Site(catalog, planned, self.address, views, held)

    def _edition(self, dataset: Dataset, name: str, entry: dict[str, str], release: Release | None) -> Edition:
        period, revision = parse_edition(dataset, name)
        sealed = Lake(self.context.lake_root).release(dataset.name, period, revision)
        places = [release.folder] if release else []
        places += [sealed, *([self.live / "dataset" / dataset.name / name] if self.live else [])]
        expected = entry["manifest_sha256"]
        for folder in places:
            path = folder / "manifest.json"
            if path.is_file() and jsonfile.file_sha256(path) == expected:
                manifest = json.loads(path.read_bytes())
                return Edition(
                    dataset, period, revision, entry["publication"], entry["plan"], folder, manifest, expected
                )
        raise SealBroken(
            f"{sealed}: found no manifest.json with sha256 {expected[:16]}…, expected the sealed release; put it back."
        )

    def _receipt(self, entry: dict[str, Any], plan: str) -> Receipt:
        path = (self.live or self.context.lake_root) / receipt_path(entry, plan)
        receipt = json.loads(path.read_bytes()) if path.is_file() else None
        if receipt is None or jsonfile.digest(receipt) != entry["sha256"]:
            raise SealBroken(
                f"{path}: found no receipt with the hash that the site remembers, expected it; restore it."
            )
        return dict(receipt)
