"""Approves and applies plans: the portal becomes equal to the plan, is read back, and the receipt is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core import clock, jsonfile
from ..core.errors import ApprovalRefused, PortalFailed, SealBroken
from .planning import publisher_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..core.publishing import Plan, Proof, Publisher, Release
    from ..release.approval import Approval
    from .house import House


@dataclass(frozen=True)
class Applied:
    """What an apply did."""

    plan: Plan
    written: bool
    """Whether the portal was changed; a second apply changes nothing."""
    receipt: dict[str, Any]
    urls: dict[str, str]

    @property
    def receipt_sha256(self) -> str:
        """The receipt's hash."""
        return jsonfile.digest(self.receipt)


def approve(house: House, plan: Plan, approver: str, private: bytes, note: str = "") -> Approval:
    """Record an approval of exactly this plan; see `minhbach.release.approval.approve` for what it raises."""
    from ..release.approval import approve as record

    return record(
        plan, approver, private, ledger=house.ledger, catalog=house.catalog, settings=house.settings, note=note
    )


def approval_of(house: House, plan: Plan) -> Approval | None:
    """Return the approval of a plan, or nothing."""
    from ..release.approval import approval_for

    try:
        return approval_for(plan, house.ledger, house.catalog, house.settings)
    except ApprovalRefused:
        return None


def stage(house: House, plan: Plan, journal: Callable[[str], None] | None = None) -> None:
    """Bring an approved plan to the portal as far as nobody can see it, and prove it there. Safe to repeat.

    Raises:
        ApprovalRefused: nobody entitled approved exactly this plan.
        SealBroken: a release moved since it was planned, or the portal was edited meanwhile.
        PortalFailed: the portal failed.

    """
    _, publisher, releases = _approved(house, plan)
    publisher.stage(plan, releases, _journal(house, plan, journal))


def apply(house: House, plan: Plan, journal: Callable[[str], None] | None = None) -> Applied:
    """Make the portal equal to an approved plan, read it back, sign the receipt. Safe to kill and to repeat.

    Raises:
        ApprovalRefused: nobody entitled approved exactly this plan.
        SealBroken: a release moved since it was planned, or the portal was edited meanwhile.
        PortalFailed: the portal failed, or shows something else than was sent.

    """
    approval, publisher, releases = _approved(house, plan)
    before = publisher.observe().state
    publisher.apply(plan, releases, _journal(house, plan, journal))
    proof = publisher.read_back(plan, releases)
    if proof.problems:
        raise PortalFailed(f"{plan.portal}: what is read back differs: {'; '.join(proof.problems[:3])}; apply again.")
    receipt = _receipt(house, plan, approval, releases, proof)
    publisher.attach_receipt(plan, receipt)
    return Applied(plan, publisher.observe().state != before, receipt, dict(proof.urls))


def _approved(house: House, plan: Plan) -> tuple[Approval, Publisher, list[Release]]:
    """Look at the ledger before anything else, then at the seals."""
    from ..release.approval import approval_for

    approval = approval_for(plan, house.ledger, house.catalog, house.settings)
    releases = [_planned_release(house, plan, index) for index in range(len(plan.changes))]
    return approval, publisher_of(house, house.catalog.publication(plan.publication), plan.portal), releases


def _journal(house: House, plan: Plan, also: Callable[[str], None] | None) -> Callable[[str], None]:
    """Keep every step that changes the portal, then tell whoever watches; the ledger holds results alone."""
    path = house.lake.journal(plan.publication, plan.period, plan.hash)

    def tell(step: str) -> None:
        jsonfile.append_line(path, {"at": clock.stamp(clock.now()), "step": step})
        if also is not None:
            also(step)

    return tell


def _receipt(house: House, plan: Plan, approval: Approval, releases: Sequence[Release], proof: Proof) -> dict[str, Any]:
    """Enter what was published and taken back, each once, and sign the account of it; the first account stands."""
    from ..release import receipt as receipts

    path = house.lake.receipt(plan.publication, plan.period, plan.hash)
    done = house.ledger.last("published", plan.hash)
    if done is not None and path.exists():
        return jsonfile.read(path, "receipt")
    content = {
        "publication": plan.publication,
        "period": plan.period,
        "portal": plan.portal,
        "approver": approval.approver,
    }
    entry = done or house.ledger.append("published", plan.hash, content)
    for change in plan.changes:
        if change.action == "withdraw":
            subject = f"{change.dataset}/{change.period}/{change.revision}"
            taken = {"plan": plan.hash, "portal": plan.portal, "reason": change.reason}
            house.ledger.append_once("withdrawn", subject, taken)
    receipt = receipts.make(plan, approval, releases, proof, entry.hash, house.settings)
    jsonfile.write_bytes(path, jsonfile.pretty(receipt))
    return receipt


def _planned_release(house: House, plan: Plan, index: int) -> Release:
    from ..release.sealing import load

    change = plan.changes[index]
    release = load(house.lake, change.dataset, change.period, change.revision)
    if release.manifest_sha256 != change.manifest_sha256:
        raise SealBroken(
            f"{release.subject}: found the manifest {release.manifest_sha256[:12]}, expected "
            f"{change.manifest_sha256[:12]} as planned: the release moved, plan again."
        )
    return release
