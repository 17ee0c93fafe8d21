"""The package that a dataset should be, in full: what CKAN is sent and what live is held against. Asks no portal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.jsonfile import digest
from publishers.site.offers import licence_url
from publishers.site.words import words

from . import names
from .client import composed
from .holdings import FILE, PLAN, PUBLICATION, RECEIPT, RELEASE, WITHDRAWN
from .notes import coming, notes
from .places import editions, newest_of_each_period
from .words import ABOUT, FILES, MIMETYPES, SHAPES
from .words import TABLE as TABLE_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Dataset
    from minhbach.core.publishing import PublishingContext

    from .holdings import Holdings
    from .places import Edition

AUTHORITY = "http://publications.europa.eu/resource/authority"
STABLE = f"{AUTHORITY}/planned-availability/STABLE"
FREQUENCY = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
LANGUAGE = {"vi": "VIE", "en": "ENG"}
RECEIPT_FILE = "receipt.json"


@dataclass(frozen=True)
class Desired:
    """A dataset as its package should be."""

    dataset: Dataset
    holdings: Holdings
    package: dict[str, Any]
    editions: tuple[Edition, ...]
    table_id: str | None
    """Of the table; nothing when no release is left."""
    files: dict[str, Path]
    """Resource id → the sealed file it serves; receipts come in by themselves."""
    sha256: dict[str, str]
    """Resource id → hash of the bytes it must serve."""

    @property
    def rows_of(self) -> list[Path]:
        """The files whose rows the table holds: the newest revision of every live period, oldest first."""
        return [edition.folder / "data.parquet" for edition in newest_of_each_period(list(self.editions))]


class Describer:
    """Describes datasets for one portal."""

    def __init__(self, context: PublishingContext, licences: dict[str, str], *, stable_table: bool) -> None:
        self.context, self.licences, self.stable_table = context, licences, stable_table

    def desired(self, dataset: Dataset, holdings: Holdings) -> Desired:
        """Describe a dataset whose package is to hold these releases, tombstones and receipts.

        Raises:
            SealBroken: a release is not in the lake as it was sealed.

        """
        found = tuple(editions(self.context.lake_root, dataset, holdings))
        table = self._table(dataset, found)
        resources: list[dict[str, Any]] = [table] if table else []
        files: dict[str, Path] = {}
        left = dict(holdings.receipts)
        for edition in reversed(found):
            for resource, path in self._files(edition):
                resources.append(resource)
                files[resource["id"]] = path
            if edition.brought.plan in left:
                resources.append(self._receipt(dataset, edition.brought.plan, left.pop(edition.brought.plan)))
        resources += [self._receipt(dataset, plan, receipt) for plan, receipt in sorted(left.items())]
        package = composed({**self._package(dataset, holdings, found), "resources": resources})
        hashes = {one["id"]: one["sha256"] for one in package["resources"] if "sha256" in one}
        return Desired(dataset, holdings, package, found, table["id"] if table else None, files, hashes)

    def _package(self, dataset: Dataset, holdings: Holdings, found: tuple[Edition, ...]) -> dict[str, Any]:
        catalog = self.context.catalog
        after = self.context.publication.calendar.release_after_workdays
        next_one = coming(found[-1], catalog, after) if found else {}
        extras = {**self._extras(dataset, found, next_one)}
        if holdings.withdrawn:
            extras[WITHDRAWN] = json.dumps(holdings.withdrawn, sort_keys=True, ensure_ascii=False)
        return {
            "name": names.package_name(dataset.name),
            "title": dataset.title.vi,
            "notes": notes(dataset, found, holdings.withdrawn, next_one, catalog),
            "url": "",
            "author": "",
            "author_email": "",
            "maintainer": dataset.steward.name,
            "maintainer_email": dataset.steward.email,
            "version": found[-1].name.replace("/", "-") if found else "",
            "license_id": self.licences[dataset.licence],
            "private": False,
            "state": "active",
            "owner_org": names.package_name(dataset.owner),
            "tags": [{"name": tag} for tag in names.tags(dataset.tags)],
            "groups": [{"name": names.slug(dataset.theme.vi)}],
            "extras": [{"key": key, "value": value} for key, value in sorted(extras.items())],
        }

    def _extras(self, dataset: Dataset, found: tuple[Edition, ...], next_one: dict[str, str]) -> dict[str, str]:
        catalog = self.context.catalog
        owner = catalog.agencies.get(dataset.owner)
        place = catalog.project.place
        told = {
            "title_en": dataset.title.en,
            "identifier": dataset.name,
            "frequency": f"{AUTHORITY}/frequency/{FREQUENCY[dataset.period.every]}",
            "language": json.dumps(
                [f"{AUTHORITY}/language/{LANGUAGE[code]}" for code in sorted(catalog.project.languages)]
            ),
            "theme": json.dumps([f"{AUTHORITY}/data-theme/GOVE"]),
            "access_rights": f"{AUTHORITY}/access-right/PUBLIC",
            "publisher_name": (owner.title if owner else place.name).vi,
            "contact_name": dataset.steward.name,
            "contact_email": dataset.steward.email,
            "spatial_text": place.name.vi,
            "spatial_code": place.code,
            "minhbach_columns": digest([column.model_dump(mode="json") for column in dataset.published]),
        }
        if not found:
            return told
        newest = found[-1]
        manifest = newest.manifest
        say = words(catalog.project.languages[0])
        as_of = SHAPES[say.language]["as_of"].format(day=say.day(manifest["data_as_of"]))
        return {
            **told,
            **next_one,
            "issued": str(manifest["issued"])[:10],
            "modified": str(manifest["issued"])[:10],
            "released_at": str(manifest["issued"])[:10],
            "data_as_of": str(manifest["data_as_of"])[:10],
            "temporal_start": min(edition.period.start for edition in found).isoformat(),
            "temporal_end": newest.period.end.isoformat(),
            "provenance": as_of,
            "version_notes": dataset.does_not_say.vi,
            "minhbach_release": newest.name,
            "minhbach_logical_sha256": manifest["logical_sha256"],
        }

    def _table(self, dataset: Dataset, found: tuple[Edition, ...]) -> dict[str, Any] | None:
        if not found:
            return None
        return {
            "id": names.table_id(dataset.name, None if self.stable_table else self._rows_named(dataset, found)),
            "name": " · ".join(TABLE_NAME),
            "description": "\n\n".join(ABOUT["table"]),
            "format": "API",
            "url": "_datastore_only_resource",
            "url_type": "datastore",
            "datastore_active": True,
            "license": licence_url(dataset.licence),
            "availability": STABLE,
        }

    def _rows_named(self, dataset: Dataset, found: tuple[Edition, ...]) -> str:
        """Name what a table of its own would hold: the newest release, its rows, its columns."""
        rows = [edition.brought.manifest_sha256 for edition in newest_of_each_period(list(found))]
        columns = [column.model_dump(mode="json") for column in dataset.published]
        return f"{found[-1].name}/{digest([rows, columns])}"

    def _files(self, edition: Edition) -> list[tuple[dict[str, Any], Path]]:
        order = [*FILES]
        found = []
        for name, said in sorted(edition.files.items(), key=lambda one: order.index(one[0]) if one[0] in order else 99):
            shown = {
                "id": names.file_id(edition.dataset.name, str(edition.period), edition.revision, name),
                **self._told(name, edition),
                "url": name,
                "url_type": "upload",
                "size": said["bytes"],
                "sha256": said["sha256"],
                "license": licence_url(edition.dataset.licence),
                "availability": STABLE,
                "issued": str(edition.manifest["issued"])[:10],
                RELEASE: edition.name,
                FILE: name,
                PLAN: edition.brought.plan,
                PUBLICATION: edition.brought.publication,
            }
            found.append((shown, edition.folder / name))
        return found

    def _told(self, name: str, edition: Edition) -> dict[str, str]:
        kind, vi, en = FILES.get(name, ("TXT", name, name))
        shown = words("vi").period(edition.period)  # once: CKAN cuts long names in lists
        revised = "" if edition.revision == "r1" else f", {edition.revision}"
        about = ABOUT.get(name, ("", ""))
        return {
            "name": f"{vi}, {shown}{revised} · {en}",
            "description": "\n\n".join(part for part in about if part),
            "format": kind,
            "mimetype": MIMETYPES[kind],
        }

    def _receipt(self, dataset: Dataset, plan: str, receipt: Any) -> dict[str, Any]:
        kind, vi, en = FILES[RECEIPT_FILE]
        return {
            "id": names.receipt_id(dataset.name, plan),
            "name": f"{vi} ({plan[:8]}) · {en} ({plan[:8]})",
            "description": "\n\n".join(ABOUT[RECEIPT_FILE]),
            "format": kind,
            "mimetype": MIMETYPES[kind],
            "url": RECEIPT_FILE,
            "url_type": "upload",
            "size": receipt.size,
            "sha256": receipt.sha256,
            "license": licence_url(dataset.licence),
            "availability": STABLE,
            RECEIPT: plan,
            FILE: RECEIPT_FILE,
        }
