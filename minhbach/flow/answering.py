"""What is asked of whoever approves a plan, and what becomes of the answer. Knows no scheduler and no portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import ApprovalRefused
from .planning import newest_plan
from .publishing import approval_of

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period
    from ..core.publishing import Change, Plan
    from .house import House


@dataclass(frozen=True)
class Question:
    """A plan as it is laid before somebody: counts and names, no row."""

    plan: str
    publication: str
    period: str
    issued: str
    portal: str
    prepared_by: str
    preparer: str
    logins: tuple[str, ...]
    """Who may answer, by the login; without the preparer."""
    approved_by: str | None
    """Whose approval the ledger holds already."""
    changes: tuple[dict[str, Any], ...]
    """Per dataset: action, counts of rows, warnings, gates, what protection hides."""


def question(house: House, publication: Publication, period: Period) -> Question:
    """Lay out the newest plan of a period.

    Raises:
        ApprovalRefused: there is none.
        SealBroken: its file, or a release in it, is not what was made.

    """
    from ..release.logins import logins

    plan = newest_plan(house, publication, period)
    approval = approval_of(house, plan)
    preparer = house.catalog.people.get(plan.prepared_by)
    return Question(
        plan=plan.hash,
        publication=publication.name,
        period=str(period),
        issued=plan.issued,
        portal=plan.portal,
        prepared_by=plan.prepared_by,
        preparer=preparer.title if preparer else plan.prepared_by,
        logins=tuple(logins(plan, house.catalog)),
        approved_by=approval.approver if approval else None,
        changes=tuple(_laid_out(house, change) for change in plan.changes),
    )


def answer(
    house: House, publication: Publication, period: Period, shown: str, login: str, *, is_yes: bool, note: str = ""
) -> dict[str, Any]:
    """Record what an authenticated login answered about the plan it was shown.

    Raises:
        ApprovalRefused: another plan is the newest by now, or this login may not answer.

    """
    from ..release.approval import approve_by_login
    from ..release.logins import reject_by_login

    plan = newest_plan(house, publication, period)
    _is_still(plan, shown)
    places: dict[str, Any] = {"ledger": house.ledger, "catalog": house.catalog, "settings": house.settings}
    if is_yes:
        given = approve_by_login(plan, login, expected_hash=shown, note=note, **places)
        return {"plan": plan.hash, "approver": given.approver, "how": given.how, "ledger_entry": given.ledger_entry}
    entry = reject_by_login(plan, login, note=note, **places)
    return {"plan": plan.hash, "approver": entry.content["approver"], "how": "rejected", "ledger_entry": entry.number}


def _is_still(plan: Plan, shown: str) -> None:
    if plan.hash != shown:
        raise ApprovalRefused(
            f"{plan.publication} {plan.period}: found the newer plan {plan.hash[:12]}, expected {shown[:12]} as it was "
            "shown: read the newer one and answer again."
        )


def _laid_out(house: House, change: Change) -> dict[str, Any]:
    from ..release.sealing import load

    manifest = load(house.lake, change.dataset, change.period, change.revision).manifest
    return {
        "dataset": change.dataset,
        "title": house.catalog.dataset(change.dataset).title.vi,
        "release": f"{change.period}/{change.revision}",
        "action": change.action,
        "against": change.row_diff.get("against"),
        "rows": {name: change.row_diff.get(name, 0) for name in ("added", "removed", "changed")},
        "metadata": [difference["key"] for difference in change.metadata_diff],
        "warnings": list(change.warnings),
        "reason": change.reason,
        "total": manifest["rows"],
        "suppressed": manifest["suppressed"],
        "gates": [(gate["name"], gate["passed"], gate["checks"]) for gate in manifest["gates"]],
        "attack": manifest["attack"],
    }
