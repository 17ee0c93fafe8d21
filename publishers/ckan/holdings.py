"""What a package holds of a dataset: releases, tombstones, receipts, as its own resources and extras say it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from minhbach.core.publishing import Change, Plan

MANIFEST = "manifest.json"
RELEASE, FILE, PLAN, PUBLICATION, RECEIPT = (
    "minhbach_release",
    "minhbach_file",
    "minhbach_plan",
    "minhbach_publication",
    "minhbach_receipt",
)
"""Extras of a resource: whose file it is."""
WITHDRAWN = "minhbach_withdrawn"
"""Extra of a package, only there when something was taken back: JSON, edition → {reason, on, publication}."""

EDITION = re.compile(r"\d{4}[-\w]*/r[1-9]\d*")
TOLD = ("reason", "on", "publication")


@dataclass(frozen=True)
class Brought:
    """One release that a package shows, and the plan that brought it."""

    manifest_sha256: str
    plan: str
    publication: str


@dataclass(frozen=True)
class Receipt:
    """A receipt that lies beside the data."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Holdings:
    """Everything that decides what a package shows, beside the catalog."""

    editions: dict[str, Brought] = field(default_factory=dict)
    """`<period>/<r>` → what brought it"""
    withdrawn: dict[str, dict[str, str]] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    """plan hash → its receipt"""

    @classmethod
    def of(cls, package: Mapping[str, Any]) -> Holdings:
        """Read what a package says of itself; what is not ours is not seen."""
        editions, receipts = {}, {}
        for resource in package.get("resources", []):
            if resource.get(FILE) == MANIFEST and resource.get(RELEASE):
                editions[str(resource[RELEASE])] = Brought(
                    str(resource.get("sha256")), str(resource.get(PLAN)), str(resource.get(PUBLICATION))
                )
            if plan := resource.get(RECEIPT):
                receipts[str(plan)] = Receipt(str(resource.get("sha256")), int(resource.get("size") or 0))
        extras = {one["key"]: one["value"] for one in package.get("extras", [])}
        try:
            withdrawn = json.loads(extras.get(WITHDRAWN) or "{}")
        except ValueError:
            withdrawn = {}
        return cls(editions, _stones(withdrawn), receipts)

    def after(self, plan: Plan, changes: Iterable[Change]) -> Holdings:
        """Return what the package holds once a plan's changes of this dataset are made."""
        editions, withdrawn = dict(self.editions), dict(self.withdrawn)
        for change in changes:
            edition = f"{change.period}/{change.revision}"
            if change.action == "withdraw":
                editions.pop(edition, None)
                told = {"reason": change.reason, "on": plan.issued, "publication": plan.publication}
                withdrawn.setdefault(edition, told)
                continue
            held = editions.get(edition)
            if held is None or held.manifest_sha256 != change.manifest_sha256:
                editions[edition] = Brought(change.manifest_sha256, plan.hash, plan.publication)
        return Holdings(editions, withdrawn, dict(self.receipts))

    def with_receipt(self, plan: str, receipt: Receipt) -> Holdings:
        """Return the same with a receipt."""
        return Holdings(self.editions, self.withdrawn, {**self.receipts, plan: receipt})

    def with_release(self, edition: str, manifest_sha256: str, publication: str) -> Holdings:
        """Return the same with a release that no plan brought yet."""
        if edition in self.editions and self.editions[edition].manifest_sha256 == manifest_sha256:
            return self
        return Holdings(
            {**self.editions, edition: Brought(manifest_sha256, "", publication)}, self.withdrawn, self.receipts
        )


def _stones(found: Any) -> dict[str, dict[str, str]]:
    """Keep of the tombstones those that are whole; what somebody's hand broke is named as edited, and stops nobody."""
    if not isinstance(found, dict):
        return {}
    return {name: told for name, told in found.items() if EDITION.fullmatch(name) and _is_whole(told)}


def _is_whole(told: Any) -> bool:
    return isinstance(told, dict) and all(isinstance(told.get(key), str) for key in TOLD)
