"""Everything the desk shows, as plain dicts: names, counts, dates and hashes, no value of a record. Knows no page.

Reads ledger, lake and, for the state of the portal, the portal itself, which may be away.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..core import clock, deliveries, jsonfile, keys
from ..core.errors import MinhBachError
from ..core.lake import CORRECTION
from .agenda import agenda_of
from .own_quarantine import reason_text
from .planning import newest_plan, publisher_of
from .previewing import previews
from .publishing import approval_of
from .standing import publication_standing, standing_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.catalog import Publication
    from ..core.ledger import Kind
    from ..core.periods import Period
    from ..core.publishing import Plan
    from .house import House

AGES = ((7, "week"), (30, "month"), (90, "quarter"))
"""Days up to which what waits counts as so old; older is `older`."""


def overview(house: House) -> dict[str, Any]:
    """Give what the desk's first page shows."""
    standing = standing_of(house)
    titles = {name: one.title.model_dump() for name, one in house.catalog.publications.items()}
    return {
        **_ground(house),
        "publications": [one | {"title": titles[one["publication"]]} for one in standing["publications"]],
        "quarantine": _quarantine(house, list(house.catalog.agencies)),
        "agenda": agenda_of(house),
    }


def details(house: House, publication: Publication, period: Period) -> dict[str, Any]:
    """Give what the desk's page of a publication's period shows."""
    plan = _plan(house, publication, period)
    suppliers = house.catalog.suppliers(publication)
    return {
        **_ground(house),
        "title": publication.title.model_dump(),
        "standing": publication_standing(house, publication, period),
        "deliveries": _deliveries(house, suppliers, period),
        "quarantine": _quarantine(house, suppliers),
        "gates": _gates(house, publication, period),
        "plan": _planned(house, plan) if plan else None,
        "approvals": _approvals(house, plan) if plan else [],
        "previews": [vars(one) | {"is_open": one.is_open} for one in previews(house, plan.hash)] if plan else [],
        "portal": _portal(house, publication),
        "corrections": _corrections(house, suppliers),
    }


def _ground(house: House) -> dict[str, Any]:
    project = house.catalog.project
    return {"now": clock.stamp(clock.now()), "project": project.title.model_dump(), "timezone": project.timezone}


def _plan(house: House, publication: Publication, period: Period) -> Plan | None:
    try:
        return newest_plan(house, publication, period)
    except (MinhBachError, FileNotFoundError):
        return None


def _deliveries(house: House, suppliers: list[str], period: Period) -> list[dict[str, Any]]:
    """Say, per table, when it was last delivered and whether that was after the cut-off."""
    zone = ZoneInfo(house.catalog.project.timezone)
    over = datetime.combine(period.end + timedelta(days=1), datetime.min.time(), zone)
    found = []
    for agency in suppliers:
        declared = house.catalog.agency(agency)
        for name, table in declared.tables.items():
            first = deliveries.first_after(house.lake, agency, name, over)
            last = deliveries.delivered_at(house.lake, agency, name)
            found.append(
                {
                    "agency": agency,
                    "agency_title": declared.title.model_dump(),
                    "table": name,
                    "title": table.title.model_dump(),
                    "delivered_at": clock.stamp(last) if last else None,
                    "for_period_at": clock.stamp(first) if first else None,
                    "is_due": clock.now() >= over,
                }
            )
    return found


def _quarantine(house: House, agencies: list[str]) -> list[dict[str, Any]]:
    """Count what waits by agency, table and reason, and by age."""
    from ..extract.steward import waiting

    counts: dict[tuple[str, str, str, bool], Counter[str]] = {}
    oldest: dict[tuple[str, str, str, bool], str] = {}
    for one in waiting(house.settings):
        if one.agency not in agencies or one.table not in house.catalog.tables(one.agency):
            continue
        age = (clock.now() - datetime.fromisoformat(one.since)).days
        bucket = next((name for days, name in AGES if age <= days), "older")
        for reason, count in one.reasons.items():
            key = (one.agency, one.table, reason, one.attempt)
            counts.setdefault(key, Counter())[bucket] += count
            oldest[key] = min(oldest.get(key, one.since), one.since)
    return [
        {
            "agency": agency,
            "agency_title": house.catalog.agency(agency).title.model_dump(),
            "table": table,
            "title": house.catalog.tables(agency)[table].title.model_dump(),
            "reason": reason,
            "about": reason_text(house.catalog.tables(agency)[table], reason),
            "attempt": attempt,
            "ages": dict(ages),
            "count": sum(ages.values()),
            "since": oldest[agency, table, reason, attempt],
        }
        for (agency, table, reason, attempt), ages in sorted(counts.items())
    ]


def _gates(house: House, publication: Publication, period: Period) -> list[dict[str, Any]]:
    found = []
    for name in publication.datasets:
        for gate in ("mart", "release"):
            path = house.lake.verdict(name, period, gate)
            title = house.catalog.dataset(name).title.model_dump()
            found.append({"gate": gate, "subject": name, "title": title, **_verdict(path)})
    for population in house.catalog.populations(publication):
        path = house.lake.root / "verdicts" / "attack" / f"{population}-{period}.json"
        if path.exists():
            verdict = jsonfile.read(path, "attack")
            said = {"judged": True, "passed": verdict["passed"], "checks": verdict["programs"], "failures": []}
        else:
            said = {"judged": False, "passed": False, "checks": 0, "failures": []}
        found.append({"gate": "attack", "subject": population, "title": {}, **said})
    return found


def _verdict(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"judged": False, "passed": False, "checks": 0, "failures": []}
    said = jsonfile.read(path, "verdict")
    kept = ("id", "about", "severity", "outcome", "observed", "expected")
    failures = [{name: one[name] for name in kept} for one in said["checks"] if one["outcome"] != "passed"]
    return {"judged": True, "passed": said["passed"], "checks": len(said["checks"]), "failures": failures}


def _planned(house: House, plan: Plan) -> dict[str, Any]:
    """Say what a plan changes: rows by key, words of the page, and what the protection hides."""
    changes = []
    for change in plan.changes:
        path = house.lake.release(change.dataset, change.period, change.revision) / "manifest.json"
        manifest = jsonfile.read(path, "manifest") if path.exists() else {"rows": 0, "suppressed": {}}
        changes.append(
            {
                "dataset": change.dataset,
                "title": house.catalog.dataset(change.dataset).title.model_dump(),
                "release": f"{change.period}/{change.revision}",
                "action": change.action,
                "rows": manifest["rows"],
                "suppressed": manifest["suppressed"],
                "row_diff": change.row_diff,
                "metadata_diff": change.metadata_diff,
                "warnings": change.warnings,
                "reason": change.reason,
            }
        )
    return {
        "hash": plan.hash,
        "prepared_by": plan.prepared_by,
        "preparer_key": keys.fingerprint(plan.preparer_key),
        "portal": plan.portal,
        "issued": plan.issued,
        "changes": changes,
    }


def _approvals(house: House, plan: Plan) -> list[dict[str, Any]]:
    """List who said yes or no to a plan, how it is known, and whether it counts."""
    valid = approval_of(house, plan)
    found = []
    kinds: tuple[Kind, ...] = ("approved", "rejected")
    for kind in kinds:
        for entry in house.ledger.entries(kind, plan.hash):
            said = entry.content
            found.append(
                {
                    "kind": kind,
                    "approver": said.get("approver", ""),
                    "how": said.get("how", ""),
                    "at": entry.at,
                    "note": said.get("note", ""),
                    "ledger": entry.number,
                    "counts": valid is not None and valid.ledger_entry == entry.number,
                }
            )
    return found


def _portal(house: House, publication: Publication) -> dict[str, Any]:
    """Look at the portal; one that is away is told as such."""
    declared = house.catalog.portals[publication.portal]
    found: dict[str, Any] = {"name": publication.portal, "title": declared.title.model_dump(), "kind": declared.kind}
    try:
        live = publisher_of(house, publication).observe()
    except MinhBachError as error:
        return {**found, "error": str(error), "datasets": [], "edited": []}
    shown = [
        {
            "dataset": name,
            "title": house.catalog.dataset(name).title.model_dump(),
            "releases": sorted(live.datasets[name].releases) if name in live.datasets else [],
            "withdrawn": list(live.datasets[name].withdrawn) if name in live.datasets else [],
        }
        for name in publication.datasets
    ]
    return {**found, "error": "", "datasets": shown, "edited": list(live.edited)}


def _corrections(house: House, suppliers: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "agency": agency,
            "agency_title": house.catalog.agency(agency).title.model_dump(),
            "table": table,
            "extract_id": one.extract_id,
            "at": one.landed_at,
            "by": one.handed_in_by,
            "received": one.received,
            "landed": one.landed,
            "replaced": one.replayed,
        }
        for agency in suppliers
        for table in house.catalog.tables(agency)
        for one in house.lake.manifests(agency, table)
        if one.origin == CORRECTION
    ]
