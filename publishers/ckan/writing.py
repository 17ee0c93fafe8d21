"""Writes packages: one locked revise at a time, new ones found again when nobody knows whether they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from minhbach.core.errors import PortalFailed

from .errors import ActionRefused, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .client import Portal
    from .look import Looker

Written = TypeVar("Written")
LISTS = ("resources", "extras", "tags", "groups")
"""CKAN merges lists place by place: one that may shrink is filtered out before it is set."""
OWN = ("package_id", "position", "metadata_modified", "ckan_url", "on_same_domain", "tracking_summary")
"""What CKAN shows of a resource and sets itself."""
BATCH = 64 << 20
"""Bytes of files in one request; a larger file goes alone."""
TRIES = 4


class Writer:
    """Writes with the account's token."""

    def __init__(self, portal: Portal, looker: Looker) -> None:
        self.portal, self.looker = portal, looker

    def revise(
        self, package: Mapping[str, Any], update: Mapping[str, Any], files: Mapping[str, Path] | None = None
    ) -> dict[str, Any]:
        """Change a package if it is still the one that was looked at; `files`: resource id → what it shall serve.

        Raises:
            ActionRefused: refused; `is_moved` when somebody wrote meanwhile.
            NotDone | OutcomeUnknown: the portal gave no usable answer.

        """
        asked = {
            "match": {"id": package["id"], "metadata_modified": package["metadata_modified"]},
            "filter": [f"-{key}" for key in LISTS if key in update],
            "update": dict(update),
        }
        if not files:
            return dict(self.portal.action("package_revise", asked)["package"])
        parts = {f"update__resources__{resource}__upload": path for resource, path in files.items()}
        return dict(self.portal.upload("package_revise", asked, parts)["package"])

    def revise_private(self, place: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
        """Change a private package as it is now: nobody writes it but us, jobs of the portal, and runs that died.

        Raises:
            ActionRefused: refused.
            NotDone | OutcomeUnknown: the portal gave no usable answer.

        """
        return while_moved(lambda: self.revise(self.looker.package(place["name"]) or place, update))

    def make_private(self, name: str, title: str, notes: str, owner: str) -> dict[str, Any]:
        """Make a private package, or find the one that is there.

        Raises:
            PortalFailed: neither could be done.

        """
        asked = {"name": name, "title": title, "notes": notes, "owner_org": owner, "private": True}
        for _ in range(TRIES):
            if found := self.looker.package(name):
                return found
            try:
                return dict(self.portal.action("package_create", asked))
            except OutcomeUnknown:
                continue  # of creates that race with one name, CKAN answers 500: look again
            except ActionRefused as refused:
                if "name" not in refused.error:
                    raise
        raise PortalFailed(f"{self.portal.address}: package_create: {name} could not be made; run again later.")


def while_moved(write: Callable[[], Written]) -> Written:
    """Look and write again while the lock moves: what a run that died had asked for may be carried out meanwhile."""
    is_moved = retry_if_exception(lambda error: isinstance(error, ActionRefused) and error.is_moved)
    return Retrying(stop=stop_after_attempt(TRIES), retry=is_moved, reraise=True)(write)


def sendable(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Strip a resource of what the portal sets itself."""
    return {key: value for key, value in resource.items() if key not in OWN and value is not None}


def batches(files: Mapping[str, Path]) -> list[dict[str, Path]]:
    """Part files into requests of bounded size."""
    parts: list[dict[str, Path]] = []
    room = 0
    for resource, path in files.items():
        size = path.stat().st_size
        if not parts or size > room:
            parts.append({})
            room = BATCH
        parts[-1][resource] = path
        room -= size
    return parts
