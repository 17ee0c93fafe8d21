"""What the site is meant to hold: releases, tombstones, receipts, every file's hash. Knows no page's content."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from minhbach.core.publishing import Plan

NAME, KIND = "site-state.json", "site-state"
SHOWN = 5
"""Addresses named in one sentence."""


@dataclass(frozen=True)
class SiteState:
    """`site-state.json`: written last into a build, so a build without it does not exist."""

    plan: str = ""
    """Hash of the plan that was applied last."""
    releases: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """dataset → `<period>/<r>` → {manifest_sha256, publication, plan}"""
    withdrawn: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """dataset → `<period>/<r>` → {reason, on, publication}"""
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """plan hash → {publication, period, sha256, sequence}"""
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    """dataset → what the site says about its newest release"""
    files: dict[str, str] = field(default_factory=dict)
    """address without its first slash → sha256"""
    keys: dict[str, str] = field(default_factory=dict)
    """address of a page → hash of all it was made from, so that the next build can keep it"""

    @classmethod
    def read(cls, folder: Path) -> SiteState | None:
        """Read the state of a build; nothing when there is no whole build. Raises SealBroken on other bytes."""
        path = folder / NAME
        if not path.is_file():
            return None
        document = jsonfile.read(path, KIND)
        document.pop("schema")
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return the file's content."""
        return {"schema": f"minhbach/{KIND}/1", **asdict(self)}

    def write(self, folder: Path) -> None:
        """Make a build whole."""
        jsonfile.write(folder / NAME, KIND, asdict(self))

    def after(self, plan: Plan) -> SiteState:
        """Return what the site holds once a plan is applied: contents only, files and keys come with the build."""
        releases = {name: dict(held) for name, held in self.releases.items()}
        withdrawn = {name: dict(held) for name, held in self.withdrawn.items()}
        for change in plan.changes:
            edition = f"{change.period}/{change.revision}"
            if change.action == "withdraw":
                releases.get(change.dataset, {}).pop(edition, None)
                withdrawn.setdefault(change.dataset, {})[edition] = {
                    "reason": change.reason,
                    "on": plan.issued,
                    "publication": plan.publication,
                }
            elif change.action in {"create", "update"}:
                releases.setdefault(change.dataset, {})[edition] = {
                    "manifest_sha256": change.manifest_sha256,
                    "publication": plan.publication,
                    "plan": plan.hash,
                }
        return SiteState(plan=plan.hash, releases=releases, withdrawn=withdrawn, receipts=dict(self.receipts))


@dataclass(frozen=True)
class Standing:
    """What stands on the site at this moment: the live build as it says it is, and as it is found."""

    folder: Path | None
    state: SiteState
    found: dict[str, str]

    @classmethod
    def of(cls, folder: Path | None) -> Standing:
        """Look at a build: read its state and hash its files."""
        if folder is None:
            return cls(None, SiteState(), {})
        return cls(folder, SiteState.read(folder) or SiteState(), hashes_of(folder))

    @property
    def sha256(self) -> str:
        """A hash of all that the public can see; a plan is bound to it."""
        return jsonfile.digest(self.found)

    @property
    def edited(self) -> list[str]:
        """What no plan put there, each as an address with what happened to it."""
        return edited(self.state.files, self.found)


def hashes_of(folder: Path) -> dict[str, str]:
    """Hash every file that is there but the state itself: what the public can see at this moment."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: jsonfile.file_sha256(found[name]) for name in sorted(found) if name != NAME}


def edited(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """List what somebody changed, removed or added, each as an address with what happened to it."""
    changes = {name: "edited" for name in expected if name in found and found[name] != expected[name]}
    changes |= {name: "missing" for name in expected if name not in found}
    changes |= {name: "added" for name in found if name not in expected}
    return [f"/{name} ({what})" for name, what in sorted(changes.items())]


def shortened(items: Iterable[str]) -> str:
    """Join a few of many for a sentence."""
    listed = list(items)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
