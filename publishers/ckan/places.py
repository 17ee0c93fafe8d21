"""Finds sealed releases in the lake by what a package holds; checks that they are what was sealed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core.errors import SealBroken
from minhbach.core.lake import Lake
from minhbach.core.periods import Period

from .holdings import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Dataset

    from .holdings import Brought, Holdings

DATA = "data.parquet"


@dataclass(frozen=True)
class Edition:
    """One release in the lake: dataset × period × revision."""

    dataset: Dataset
    period: Period
    revision: str
    folder: Path
    manifest: dict[str, Any]
    brought: Brought

    @property
    def name(self) -> str:
        """`<period>/<r>`."""
        return f"{self.period}/{self.revision}"

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts editions from old to new."""
        return self.period.year, self.period.first_month, int(self.revision[1:])

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Every file that goes out → its sha256 and bytes; the manifest speaks for all but itself."""
        own = self.folder / MANIFEST
        return {
            **{name: dict(said) for name, said in sorted(self.manifest["files"].items())},
            **{
                path.name: {"sha256": jsonfile.file_sha256(path), "bytes": path.stat().st_size}
                for path in (own, self.folder / "manifest.sig", self.folder / "SHA256SUMS")
                if path.is_file()
            },
        }


def editions(lake_root: Path, dataset: Dataset, held: Holdings) -> list[Edition]:
    """Find every release that a package holds, old to new.

    Raises:
        SealBroken: one is not in the lake with the manifest it is known by.

    """
    found = [_edition(lake_root, dataset, name, brought) for name, brought in held.editions.items()]
    return sorted(found, key=lambda edition: edition.order)


def newest_of_each_period(found: list[Edition]) -> list[Edition]:
    """Return the newest revision of every period, old to new: the rows of the table."""
    return list({str(edition.period): edition for edition in found}.values())


def _edition(lake_root: Path, dataset: Dataset, name: str, brought: Brought) -> Edition:
    period, _, revision = name.partition("/")
    folder = Lake(lake_root).release(dataset.name, period, revision)
    path = folder / MANIFEST
    if not path.is_file() or jsonfile.file_sha256(path) != brought.manifest_sha256:
        raise SealBroken(
            f"{folder}: found no {MANIFEST} with sha256 {brought.manifest_sha256[:16]}…, expected the sealed release "
            "that the portal shows; put it back."
        )
    return Edition(
        dataset, Period.parse(period, dataset.period.regime), revision, folder, json.loads(path.read_bytes()), brought
    )
