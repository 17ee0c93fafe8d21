"""Asks a portal whether we can publish there at all; refuses early, in one sentence. Changes no dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from minhbach.core.errors import PortalFailed

from . import names
from .errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from minhbach.core.catalog import Dataset

    from .client import Portal

OLDEST = (2, 12)
NEEDED = ("datastore", "datatables_view")
SINCE_2_12 = "include_next_page"
"""A parameter of `datastore_search` that came with 2.12: portals may hide their version, not their help."""
LICENCES = {
    "CC-BY-4.0": ("CC-BY-4.0", "cc-by"),
    "CC0-1.0": ("CC0-1.0", "cc-zero"),
    "CC-BY-SA-4.0": ("CC-BY-SA-4.0", "cc-by-sa"),
}
"""SPDX → what CKAN calls it, by lists of different age."""


@dataclass(frozen=True)
class Probed:
    """What was found out."""

    licences: dict[str, str]
    """Licence of a declaration → its id on the portal."""


class Probe:
    """The questions, in the order in which an answer makes the next one meaningful."""

    def __init__(self, portal: Portal, admin: Portal | None) -> None:
        self.portal, self.admin = portal, admin

    def ask(self, datasets: Iterable[Dataset], *, largest: int, limit: int | None) -> None:
        """Refuse when something is missing that an apply would trip over.

        Raises:
            PortalFailed: says what was found, what is expected, and who can mend it.

        """
        wanted = list(datasets)
        status = self.portal.read("status_show")
        self._version(status)
        plugins = status.get("extensions") or []
        for plugin in NEEDED:
            if plugins and plugin not in plugins:
                self._refuse("ckan.plugins", ", ".join(plugins), f"{plugin} among them; its administrator adds it")
        self._search()
        self._rights({names.package_name(dataset.owner) for dataset in wanted})
        for theme in sorted({dataset.theme.vi for dataset in wanted}):
            self._group(names.slug(theme), theme)
        if limit is not None and largest > limit:
            self._refuse("options.largest_file", f"{limit} bytes", f"room for a file of {largest} bytes")

    def licences(self, datasets: Iterable[Dataset]) -> dict[str, str]:
        """Find each licence in the portal's list: CKAN itself would take any word.

        Raises:
            PortalFailed: the portal does not know one.

        """
        listed = {entry["id"] for entry in self.portal.read("license_list")}
        found = {}
        for licence in sorted({dataset.licence for dataset in datasets}):
            known = [name for name in LICENCES.get(licence, (licence,)) if name in listed]
            if not known:
                self._refuse("license_list", ", ".join(sorted(listed)), f"{licence} or its older name")
            found[licence] = known[0]
        return found

    def _version(self, status: dict[str, Any]) -> None:
        version = str(status.get("ckan_version") or "")
        if version:
            numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
            if numbers < OLDEST:
                self._refuse("status_show", f"CKAN {version}", "2.12 or later")
            return
        if SINCE_2_12 not in str(self.portal.read("help_show", name="datastore_search")):
            self._refuse("help_show", "a DataStore older than 2.12", "CKAN 2.12 or later")

    def _search(self) -> None:
        try:
            self.portal.read("package_search", rows=0)
        except PortalFailed as failed:
            raise PortalFailed(
                f"{self.portal.address}: package_search: found no search that answers, expected Solr alive; nothing "
                "was sent, publish again when it is."
            ) from failed

    def _rights(self, owners: set[str]) -> None:
        try:
            mine = self.portal.read("organization_list_for_user", permission="create_dataset")
        except ActionRefused as refused:
            raise PortalFailed(
                f"{self.portal.address}: found a token that the portal does not know, expected one of the publishing "
                "account that has not expired."
            ) from refused
        held = {organization["name"] for organization in mine}
        for owner in sorted(owners - held):
            self._refuse(
                "organization_list_for_user",
                ", ".join(sorted(held)) or "no organisation (or a token that expired)",
                f"the right of an editor in {owner}; its administrator gives it",
            )

    def _group(self, name: str, title: str) -> None:
        mine = {group["name"] for group in self.portal.read("group_list_authz")}
        if name in mine:
            return
        if self.admin is None:
            self._refuse(
                "group_list_authz",
                ", ".join(sorted(mine)) or "no group",
                f'the group {name} ("{title}") with this account as its editor; an administrator makes it',
            )
        account = self.portal.read("user_show")["name"]
        try:
            self.admin.read("group_show", id=name)
        except ActionRefused as refused:
            if not refused.is_not_found:
                raise
            self.admin.action("group_create", {"name": name, "title": title})
        self.admin.action("group_member_create", {"id": name, "username": account, "role": "editor"})

    def _refuse(self, where: str, found: str, expected: str) -> NoReturn:
        raise PortalFailed(f"{self.portal.address}: {where}: found {found}, expected {expected}.")
