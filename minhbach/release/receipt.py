"""The signed account of a publication: what went out, who approved it, what was read back, where the ledger stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minhbach.core import clock, keys, seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minhbach.core.publishing import Plan, Proof, Release
    from minhbach.core.settings import Settings

    from .approval import Approval

SCHEMA = "minhbach/receipt/1"


def make(
    plan: Plan, approval: Approval, releases: Sequence[Release], proof: Proof, ledger_head: str, settings: Settings
) -> dict[str, Any]:
    """Give the receipt, signed with the house's key; its one clock time is `published_at`.

    Raises:
        UsageError: the house has no signing key.

    """
    document = {
        "schema": SCHEMA,
        "publication": plan.publication,
        "period": plan.period,
        "portal": plan.portal,
        "portal_kind": plan.portal_kind,
        "plan_hash": plan.hash,
        "prepared_by": plan.prepared_by,
        "approver": approval.approver,
        "approval": approval.document(),
        "issued": plan.issued,
        "published_at": clock.stamp(clock.now()),
        "clock_moved": clock.is_moved(),
        "releases": [
            {
                "dataset": release.dataset,
                "period": release.period,
                "revision": release.revision,
                "manifest_sha256": release.manifest_sha256,
                "logical_sha256": release.manifest["logical_sha256"],
            }
            for release in sorted(releases, key=lambda release: release.subject)
        ],
        "actions": {f"{c.dataset}/{c.period}/{c.revision}": c.action for c in plan.changes},
        "urls": dict(proof.urls),
        "ids": dict(proof.ids),
        "read_back": dict(proof.read),
        "ledger_head": ledger_head,
    }
    return seal.signed(document, keys.secret("SIGNING_KEY", settings).value)


def check(receipt: Mapping[str, Any], public_key: str | None = None, *, where: str = "receipt") -> str:
    """Check a receipt's signature; return the public key it was made with.

    Raises:
        SealBroken: it is not what was signed, or another key signed it.

    """
    return seal.check_signed(receipt, where, public_key)
