"""What has to go from a portal after a flip: remembered in the lake before it, so that a killed apply is made good.

Files and tables of what left a page, and the entries of the activity stream that still list what was withdrawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile

from .errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .client import Portal

KIND = "ckan-clearing"
PAGE = 100


class Clearings:
    """What is still to be cleared on one portal, by plan and dataset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clearing"

    def remember(self, plan: str, dataset: str, gone: Sequence[dict[str, Any]], *, is_withdrawn: bool) -> None:
        """Keep resources as the portal showed them, before they leave the page."""
        if gone:
            document = {"resources": list(gone), "withdrawn": is_withdrawn}
            jsonfile.write(self._path(plan, dataset), KIND, document)

    def find(self, dataset: str) -> tuple[list[dict[str, Any]], set[str]]:
        """Return what is to be cleared, and which of it was withdrawn, so that nothing may tell of it.

        Of every plan: one that was killed after its flip is never applied again when another came after it.
        """
        documents = [jsonfile.read(path, KIND) for path in self._paths(dataset)]
        resources = {one["id"]: one for document in documents for one in document["resources"]}
        withdrawn = {one["id"] for document in documents if document["withdrawn"] for one in document["resources"]}
        return list(resources.values()), withdrawn

    def over(self, dataset: str) -> None:
        """Forget what was cleared."""
        for path in self._paths(dataset):
            path.unlink(missing_ok=True)

    def _paths(self, dataset: str) -> list[Path]:
        return sorted(self.folder.glob(f"*/{dataset}.json"))

    def _path(self, plan: str, dataset: str) -> Path:
        return self.folder / plan / f"{dataset}.json"


def forget(admin: Portal, package: str, resources: Sequence[str]) -> int:
    """Delete the activities of a package that list any of these resources; return how many.

    Raises:
        PortalFailed: the portal failed, or the account is none of an administrator.

    """
    told = [entry["id"] for entry in _activities(admin, package) if any(one in str(entry) for one in resources)]
    for entry in told:
        try:
            admin.action("activity_delete", {"id": entry})
        except ActionRefused as refused:
            if not refused.is_not_found:
                raise
    return len(told)


def _activities(admin: Portal, package: str) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = admin.read("package_activity_list", id=package, limit=PAGE, offset=offset, include_hidden_activity=True)
        yield from page
        offset += len(page)
        if len(page) < PAGE:
            return
