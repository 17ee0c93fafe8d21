"""Searches a CKAN for what was withdrawn from it: every way to it that anybody has, then the ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minhbach.core import rows
from minhbach.core.auditing import Audit, Trace
from minhbach.core.seal import DATA, MANIFEST, SIGNATURE, SUMS

from .errors import ActionRefused
from .names import file_id, package_name, table_id, twin_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from minhbach.core.auditing import Withdrawn
    from minhbach.core.catalog import Catalog, Dataset

    from .client import Portal
    from .ground import Ground

PAGE = 100
LOADABLE = (".csv", ".xlsx")
"""Files that a loader of the portal itself may have made a table of, under the file's id."""
NOBODY = {401, 403, 404, 410}
"""Answers to what is not there, or not for anybody."""
FEEDS = ("/feeds/dataset.atom", "/catalog.ttl")
"""Addresses of the portal that tell of every dataset."""


@dataclass(frozen=True)
class Sought:
    """What to look for of one withdrawn release."""

    dataset: Dataset
    edition: str
    period: str
    replaced: bool
    ids: Mapping[str, str]
    """id on the portal → file"""
    table: str
    """Id of the table that the release had for itself where tables come and go with releases."""
    files: Mapping[str, tuple[str, int]]
    """file → sha256 and bytes"""
    period_column: str | None

    @classmethod
    def of(cls, withdrawn: Withdrawn, catalog: Catalog) -> Sought:
        """Say what a release left on a portal when it was there."""
        release = withdrawn.release
        dataset = catalog.dataset(release.dataset)
        names = [*release.manifest["files"], MANIFEST, SUMS, SIGNATURE]
        return cls(
            dataset,
            withdrawn.edition,
            release.period,
            withdrawn.replaced,
            {file_id(release.dataset, release.period, release.revision, name): name for name in names},
            table_id(release.dataset, withdrawn.edition),
            {name: (said["sha256"], said["bytes"]) for name, said in release.manifest["files"].items()},
            _period_column(withdrawn, dataset),
        )

    def trace(self, kind: Any, where: str, told: str) -> Trace:
        """Make a trace of it."""
        return Trace(kind, where, told, self.dataset.name, self.edition)


@dataclass
class CkanAudit:
    """One audit of one portal."""

    anybody: Portal
    admin: Portal
    """Sees private and unfinished packages: without it strays cannot be told from what is in use."""
    ground: Ground
    looked: dict[str, int] = field(default_factory=dict)

    def run(self, withdrawn: Sequence[Withdrawn], catalog: Catalog) -> Audit:
        """Search for every withdrawn release, then for strays.

        Raises:
            PortalFailed: the portal or its database failed.

        """
        sought = [Sought.of(one, catalog) for one in withdrawn]
        self.looked["withdrawn releases"] = len(sought)
        traces = [trace for one in sought for trace in self._answers(one)]
        traces += [trace for one in sought for trace in self._told(one)]
        known = self._known()
        self.looked["resources"] = len(known)
        traces += self.ground.files(known, sought, self.looked)
        traces += self.ground.tables(known, sought, self.looked)
        return Audit(tuple(traces), dict(self.looked))

    def _count(self, what: str) -> None:
        self.looked[what] = self.looked.get(what, 0) + 1

    def _answers(self, sought: Sought) -> Iterator[Trace]:
        """Ask for every file and table by the ids they had, as anybody."""
        name = package_name(sought.dataset.name)
        for resource, file in {**sought.ids, sought.table: "the table"}.items():
            path = f"/dataset/{name}/resource/{resource}/download/{file}"
            if self._is_there(path):  # whichever package holds it: CKAN goes by the resource alone
                yield sought.trace("answer", path, "the file is still handed out")
            if self._action("resource_show", id=resource) is not None:
                yield sought.trace("answer", f"resource_show {resource}", f"{file} is still shown")
            if resource != sought.table and not file.endswith(LOADABLE):
                continue
            if self._action("datastore_search", resource_id=resource, limit=0) is not None:
                yield sought.trace("answer", f"datastore_search {resource}", f"the table of {file} still answers")
            if self._is_there(f"/datastore/dump/{resource}"):
                yield sought.trace("answer", f"/datastore/dump/{resource}", f"the table of {file} is still handed out")
        live = table_id(sought.dataset.name)
        if sought.replaced or sought.period_column is None:
            return
        asked = {"resource_id": live, "filters": {sought.period_column: sought.period}, "limit": 0}
        held = self._action("datastore_search", **asked)
        if held is not None and held.get("total"):
            yield sought.trace(
                "rows", f"datastore_search {live}", f"{held['total']} rows of {sought.period} are served"
            )

    def _told(self, sought: Sought) -> Iterator[Trace]:
        """Look for its ids wherever the portal tells of datasets: pages, search, feeds, catalog, activity."""
        name = package_name(sought.dataset.name)
        shown = self._action("package_show", id=name)
        for resource in (shown or {}).get("resources", []):
            if resource["id"] in sought.ids:
                yield sought.trace("answer", f"package_show {name}", f"{sought.ids[resource['id']]} is still listed")
        found = self._action("package_search", q=f'res_extras_minhbach_release:"{sought.edition}"', fl="name,id")
        for package in (found or {}).get("results", []):
            if package.get("name") in {name, twin_name(sought.dataset.name)}:
                yield sought.trace("answer", "package_search", "the search still finds its files")
        for path in (f"/dataset/{name}", f"/vi/dataset/{name}", f"/dataset/{name}.ttl", *FEEDS):
            text = self._text(path)
            if any(one in text for one in sought.ids):
                yield sought.trace("answer", path, "the page still names its files")
        recent = self._action("recently_changed_packages_activity_list", limit=PAGE) or []
        for entry in {entry["id"]: entry for entry in (*self._activities(name), *recent)}.values():
            if any(one in str(entry) for one in sought.ids):
                yield sought.trace("activity", f"package_activity_list {entry['id']}", "an old entry still lists it")

    def _activities(self, name: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self._action("package_activity_list", id=name, limit=PAGE, offset=offset) or []
            yield from page
            offset += len(page)
            if len(page) < PAGE:
                return

    def _known(self) -> dict[str, dict[str, Any]]:
        """List every resource of every package, private and unfinished ones too."""
        known: dict[str, dict[str, Any]] = {}
        start = 0
        while True:
            asked = {"include_private": True, "include_drafts": True, "rows": PAGE, "start": start, "sort": "id asc"}
            found = self.admin.read("package_search", q="*:*", **asked)
            for package in found["results"]:
                known |= {resource["id"]: resource for resource in package["resources"]}
            start += len(found["results"])
            if not found["results"] or start >= found["count"]:
                return known

    def _action(self, name: str, **values: Any) -> Any:
        """Ask as anybody; nothing when it is refused."""
        self._count("questions as anybody")
        try:
            return self.anybody.read(name, **values)
        except ActionRefused:
            return None

    def _is_there(self, path: str) -> bool:
        self._count("questions as anybody")
        try:
            with self.anybody.stream(path):
                return True
        except ActionRefused as error:
            return error.status not in NOBODY

    def _text(self, path: str) -> str:
        self._count("questions as anybody")
        try:
            with self.anybody.stream(path) as chunks:
                return b"".join(chunks).decode("utf-8", "replace")
        except ActionRefused:
            return ""


def _period_column(withdrawn: Withdrawn, dataset: Dataset) -> str | None:
    """Find the column of the key that holds the period, by what the release itself holds in it."""
    columns, lines = rows.read_csv(withdrawn.release.folder / DATA)
    first = next(lines, None)
    if first is None:
        return None
    held = dict(zip(columns, first, strict=True))
    return next((name for name in dataset.grain if held.get(name) == withdrawn.release.period), None)
