"""What every kind of portal keeps to: live state, plan, journal, proof. Knows no portal.

A publisher receives sealed releases, never opens the warehouse, never computes. The house plans (what differs), has the
plan approved, applies it atomically, reads back what the public sees, and signs a receipt. The static site is the first
publisher, CKAN the second.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .errors import SealBroken
from .jsonfile import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .catalog import Catalog, Dataset, Portal, Publication

Action = Literal["create", "update", "unchanged", "withdraw"]


@dataclass(frozen=True)
class Release:
    """One sealed release: dataset × period × revision in a folder that nobody changes any more."""

    dataset: str
    period: str
    revision: str
    folder: Path
    manifest: dict[str, Any]
    """The content of manifest.json: interface.md §3."""
    manifest_sha256: str

    @property
    def subject(self) -> str:
        """The name the ledger knows it by."""
        return f"{self.dataset}/{self.period}/{self.revision}"


@dataclass(frozen=True)
class LiveDataset:
    """What the portal shows of one dataset at this moment."""

    dataset: str
    releases: dict[str, str] = field(default_factory=dict)
    """`<period>/<r>` → sha256 of the manifest that the portal holds for it."""
    metadata: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    """A hash of everything that is live for this dataset; a plan is bound to it."""
    withdrawn: tuple[str, ...] = ()
    """`<period>/<r>` of releases that were taken back: never to be published again."""


@dataclass(frozen=True)
class Live:
    """What the portal shows at this moment; `state` changes when anything is edited, by us or by hand."""

    portal: str
    datasets: dict[str, LiveDataset]
    state: str
    edited: tuple[str, ...] = ()
    """What is live and was not put there by the house, each in words; a plan names them as warnings."""


@dataclass(frozen=True)
class Change:
    """What a plan does to one dataset."""

    dataset: str
    period: str
    revision: str
    action: Action
    manifest_sha256: str
    metadata_diff: list[dict[str, Any]] = field(default_factory=list)
    """{key, live, planned}"""
    row_diff: dict[str, Any] = field(default_factory=dict)
    """{against: `<period>/<r>` or null, added, removed, changed: counts; examples: keys of published rows}"""
    warnings: list[str] = field(default_factory=list)
    reason: str = ""
    """Of a withdrawal: why, as everybody will read it."""
    live_state: str = ""


@dataclass(frozen=True)
class Plan:
    """The difference between releases and the portal; its hash is what is approved."""

    publication: str
    period: str
    portal: str
    portal_kind: str
    live_state: str
    changes: tuple[Change, ...]
    issued: str
    """Planned day of release, ISO date."""
    prepared_by: str = ""
    preparer_key: str = ""
    signature: str = ""
    """Of the preparer, over hash and name, in base64."""

    def body(self) -> dict[str, Any]:
        """Everything the hash covers."""
        document = asdict(self)
        document.pop("signature")
        return document

    @property
    def hash(self) -> str:
        """The plan's name: sha256 of its body."""
        return digest(self.body())

    def document(self) -> dict[str, Any]:
        """The plan as its JSON file holds it."""
        return {**asdict(self), "hash": self.hash}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Plan:
        """Read a plan back from its file's content."""
        parts = {k: v for k, v in document.items() if k not in {"schema", "hash", "changes"}}
        return cls(**parts, changes=tuple(Change(**change) for change in document["changes"]))


@dataclass(frozen=True)
class Proof:
    """What was read back as the public reads it: address → sha256 of the bytes that came."""

    read: dict[str, str]
    urls: dict[str, str]
    """dataset → address of its page."""
    problems: tuple[str, ...] = ()
    ids: dict[str, str] = field(default_factory=dict)
    """What the portal calls things: dataset or `<dataset>/<period>/<r>/<file>` → its id there; a site has none."""


@dataclass(frozen=True)
class PublishingContext:
    """What a publisher may know: declarations, where sealed releases and receipts lie, its own options."""

    catalog: Catalog
    publication: Publication
    portal_name: str
    portal: Portal
    lake_root: Path


class Publisher(Protocol):
    """A kind of portal."""

    def __init__(self, context: PublishingContext) -> None: ...

    def observe(self) -> Live:
        """Look at what is live. Raises PortalFailed."""
        ...

    def metadata(self, dataset: Dataset, release: Release) -> dict[str, Any]:
        """Say which metadata the portal would show for a release; the plan's diff is taken from it."""
        ...

    def stage(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Bring everything that can be brought without anyone seeing it, and prove it; `apply` then has to flip alone.

        Can be killed at any point and repeated; raises what `apply` raises. Where a flip is one step on this machine
        there is nothing to bring ahead.
        """
        ...

    def apply(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Make the portal equal to the plan, staging what is not staged; can be killed at any point and repeated.

        `journal` is told each step that changes the portal, and nothing when there is nothing to change.

        Raises:
            SealBroken: the portal is not in the state the plan was made for, nor in the planned one.
            PortalFailed: the portal failed.

        """
        ...

    def read_back(self, plan: Plan, releases: Sequence[Release]) -> Proof:
        """Read over HTTP, anonymously, what the plan published. Raises PortalFailed."""
        ...

    def attach_receipt(self, plan: Plan, receipt: dict[str, Any]) -> None:
        """Put the signed receipt beside the data it speaks of."""
        ...


def require_releases(plan: Plan, releases: Sequence[Release]) -> None:
    """Refuse releases that are not the ones the plan names. Raises SealBroken."""
    given = {release.subject: release.manifest_sha256 for release in releases}
    for change in plan.changes:
        subject = f"{change.dataset}/{change.period}/{change.revision}"
        if change.action in {"create", "update"} and given.get(subject) != change.manifest_sha256:
            found, expected = (given.get(subject) or "none")[:16], change.manifest_sha256[:16]
            raise SealBroken(f"releases/{subject}: found manifest {found}, expected {expected} as the plan says.")
