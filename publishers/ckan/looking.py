"""Looks at a CKAN from outside, as anybody: what it offers of a dataset, the bytes that come, its table."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from minhbach.core.seal import DATA
from minhbach.core.watching import Seen

from .canonical import TABLE, broken_positions, canonical, described_by, differences, flat
from .datastore import check, digest_of, rows_of, table_of
from .errors import ActionRefused
from .holdings import RECEIPT, Holdings
from .names import file_id, package_name

if TYPE_CHECKING:
    from minhbach.core.publishing import Release
    from minhbach.core.watching import Expected

    from .client import Portal
    from .records import Records


class Outside:
    """One portal as anybody sees it; expectations come from the lake."""

    def __init__(self, anybody: Portal, records: Records) -> None:
        self.anybody, self.records = anybody, records

    def at(self, expected: Expected) -> Seen:
        """Say what is seen of one dataset.

        Raises:
            PortalFailed: the portal gives no usable answer.

        """
        name = package_name(expected.dataset.name)
        page = f"{self.anybody.address}/dataset/{name}"
        try:
            package = self.anybody.read("package_show", id=name)
        except ActionRefused:
            return Seen(expected.dataset.name, page, files={_edition(one): {} for one in expected.releases})
        resources = {resource["id"]: resource for resource in package["resources"]}
        read = {_edition(one): self._files(package, resources, one) for one in expected.releases}
        return Seen(
            dataset=expected.dataset.name,
            page=page,
            editions=frozenset(Holdings.of(package).editions),
            files={edition: files for edition, (files, _) in read.items()},
            rows={edition: rows for edition, (_, rows) in read.items()},
            metadata=flat(canonical(package)),
            receipts={plan: self._receipt(package, plan) for plan in expected.receipts},
            edited=tuple(self._edited(expected, package)),
            table=tuple(self._table(expected, package)),
            changed_at=str(package.get("metadata_modified") or "")[:19] + "Z",
        )

    def _files(
        self, package: dict[str, Any], resources: dict[str, dict[str, Any]], release: Release
    ) -> tuple[dict[str, str | None], int]:
        """Read every file of a release: its hash, and the lines of its table."""
        names = sorted(path.name for path in release.folder.iterdir())
        shown = [resources.get(file_id(release.dataset, release.period, release.revision, name)) for name in names]
        read = dict(zip(names, self.anybody.each(lambda one: self._read(package, one), shown), strict=True))
        _, lines = read.get(DATA, (None, 0))
        return {name: sha256 for name, (sha256, _) in read.items()}, max(0, lines - 1)

    def _read(self, package: dict[str, Any], resource: dict[str, Any] | None) -> tuple[str | None, int]:
        """Read a file; nothing where the portal shows none, or hands none out."""
        if resource is None:
            return None, 0
        hasher, lines = hashlib.sha256(), 0
        try:
            with self.anybody.stream(_path(package, resource)) as chunks:
                for chunk in chunks:
                    hasher.update(chunk)
                    lines += chunk.count(b"\n")
        except ActionRefused:
            return None, 0
        return hasher.hexdigest(), lines

    def _receipt(self, package: dict[str, Any], plan: str) -> Any:
        resource = next((one for one in package["resources"] if one.get(RECEIPT) == plan), None)
        if resource is None:
            return None
        try:
            with self.anybody.stream(_path(package, resource)) as chunks:
                body = b"".join(chunks)
            return json.loads(body)
        except (ActionRefused, ValueError):
            return None

    def _edited(self, expected: Expected, package: dict[str, Any]) -> list[str]:
        """Name every field that is not as the house gave it."""
        if broken_positions(package):
            return ["positions of the resources"]
        record = self.records.find(expected.dataset.name, described_by(package))
        if record is None:
            return ["extras.minhbach_described"]
        return differences(record["package"], canonical(package))

    def _table(self, expected: Expected, package: dict[str, Any]) -> list[str]:
        """Hold every row of the table against the releases it is made of."""
        table = next((one for one in package["resources"] if one.get("url_type") == TABLE), None)
        if table is None:
            return ["found no table"] if expected.releases else []
        spec = table_of(expected.dataset)
        newest = {release.period: release.folder / "data.parquet" for release in expected.releases}
        rows = rows_of(list(newest.values()), spec)
        return check(self.anybody, table["id"], spec, digest_of(spec, rows))


def _edition(release: Release) -> str:
    return f"{release.period}/{release.revision}"


def _path(package: dict[str, Any], resource: dict[str, Any]) -> str:
    """Give the path of a stored file; the address that the portal tells may be that of a proxy before it."""
    file = str(resource.get("url") or "").rsplit("/", 1)[-1]
    return f"/dataset/{package['id']}/resource/{resource['id']}/download/{file}"
