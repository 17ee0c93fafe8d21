"""Reads what a plan published as anybody can: pages, every file's bytes, table, search. Has no token."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from . import names
from .datastore import Digest, check, table_of
from .errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import Portal
    from .describe import Desired


class Reader:
    """Reads one portal anonymously and keeps what came."""

    def __init__(self, portal: Portal, public: str) -> None:
        self.portal, self.public = portal, public.rstrip("/")
        self.read: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.problems: list[str] = []

    def url(self, dataset: str) -> str:
        """Give the address of a dataset's page."""
        return f"{self.public}/dataset/{names.package_name(dataset)}"

    def dataset(self, desired: Desired, table: Mapping[str, Any] | None) -> None:
        """Read one dataset whole. Raises PortalFailed when the portal gives no answer."""
        name = desired.package["name"]
        try:
            package = self.portal.read("package_show", id=name)
        except ActionRefused as refused:
            self.problems.append(f"/dataset/{name}: found {refused.status}, expected a public page")
            return
        self.ids[f"{desired.dataset.name}"] = package["id"]
        self._page(name)
        shown = {one["id"]: one for one in package["resources"]}
        served = [one for one in desired.package["resources"] if one["id"] in shown and one["id"] in desired.sha256]
        paths = {one["id"]: f"/dataset/{package['id']}/resource/{one['id']}/download/{one['url']}" for one in served}
        hashes = dict(zip(paths, self.portal.each(self._hashed, paths.values()), strict=True))
        for resource in desired.package["resources"]:
            key = resource["id"]
            if key not in shown:
                self.problems.append(f"/dataset/{name}: {resource['name']}: found nothing, expected it listed")
                continue
            if key in desired.files:
                subject = f"{desired.dataset.name}/{resource['minhbach_release']}/{resource['minhbach_file']}"
                self.ids[subject] = key
            if key in paths:
                self._file(paths[key], hashes[key], resource)
        self._table(desired, table)
        self._search(name, desired.package["title"])

    def _page(self, name: str) -> None:
        path = f"/dataset/{name}"
        self.read[path] = self._hashed(path)
        if not self.read[path]:
            self.problems.append(f"{path}: found no page, expected it public")

    def _file(self, path: str, sha256: str, resource: Mapping[str, Any]) -> None:
        self.read[path] = sha256
        if sha256 != resource["sha256"]:
            found = "other bytes" if sha256 else "nothing"
            self.problems.append(f"{path}: found {found}, expected those of the sealed release")

    def _hashed(self, path: str) -> str:
        sha256 = hashlib.sha256()
        try:
            with self.portal.stream(path) as chunks:
                for chunk in chunks:
                    sha256.update(chunk)
        except ActionRefused:
            return ""
        return sha256.hexdigest()

    def _table(self, desired: Desired, table: Mapping[str, Any] | None) -> None:
        if desired.table_id is None:
            return
        self.ids[f"{desired.dataset.name}/datastore"] = desired.table_id
        if table is None:
            self.problems.append(f"{desired.package['name']}: found no record of its table, expected one in the lake")
            return
        expected = Digest(table["rows"], table["values"], table["keys"])
        self.problems += check(self.portal, desired.table_id, table_of(desired.dataset), expected)
        self.read[f"/datastore/dump/{desired.table_id}"] = f"values:{expected.values}"

    def _search(self, name: str, title: str) -> None:
        words = " ".join(word for word in title.split() if word.isalpha())
        found = self.portal.read("package_search", q=words, fq=f'name:"{name}"', rows=1)
        if found["count"] != 1:
            self.problems.append(f"/dataset/?q={name}: found {found['count']} datasets, expected it found by its title")
