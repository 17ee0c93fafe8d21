"""Where everything stands: deliveries, quarantine, the state of each publication, what is late. Reads, never writes."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..core import clock, deliveries
from ..core.settings import PREFIX, SECRETS
from .stations import progress_of

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period
    from .house import House

ABOUT = {
    "PROJECT": "the project folder",
    "LAKE": "folder of the lake",
    "WAREHOUSE": "folder of the DuckDB files",
    "LEDGER": "SQLAlchemy address of the ledger",
    "ENGINE": "duckdb",
    "MODE": "demo, rehearsal or production",
    "NOW": "moves the clock, never in production",
    "PSEUDONYM_KEY": "makes pseudonyms and record keys",
    "LANDING_KEY": "opens quarantine, spool and private reports",
    "SIGNING_KEY": "signs releases and receipts",
    "PREPARER_KEY": "signs scheduled plans",
    "PORTAL_<NAME>_URL": "where this machine asks a portal; pages and receipts name the one of catalog/portals.yml",
    "PORTAL_<NAME>_TOKEN": "opens a portal for the publishing account",
    "PORTAL_<NAME>_ADMIN_TOKEN": "opens a portal for audits and the last steps of a withdrawal",
    "PORTAL_<NAME>_DATASTORE_URL": "write role of the database of tables of our own portal",
    "PORTAL_<NAME>_STORAGE": "folder of the files of our own portal",
}
"""Every setting and what it is for; a connection is MINHBACH_CONN_<NAME>."""


def standing_of(house: House) -> dict[str, Any]:
    """Return where tables and publications stand, for the last closed period and the open one after it."""
    from ..extract.steward import waiting

    held = waiting(house.settings)
    tables = []
    for agency in house.catalog.agencies:
        for table in house.catalog.tables(agency):
            seen = deliveries.delivered_at(house.lake, agency, table)
            tables.append(
                {
                    "agency": agency,
                    "table": table,
                    "delivered_at": clock.stamp(seen) if seen else None,
                    "extracts": len(house.lake.manifests(agency, table)),
                    "waiting": sum(one.count for one in held if (one.agency, one.table) == (agency, table)),
                }
            )
    publications = [
        publication_standing(house, publication, period)
        for publication in house.catalog.publications.values()
        for period in periods_of(house, publication)
    ]
    return {"tables": tables, "publications": publications}


def periods_of(house: House, publication: Publication) -> list[Period]:
    """The periods that were frozen, the last closed one, and the open one where the series goes on."""
    closed = house.catalog.default_period(clock.now().date())
    known = [
        house.period(entry.subject.split("/")[1], publication)
        for entry in house.ledger.entries("frozen")
        if entry.subject.startswith(f"{publication.name}/")
    ]
    here = {closed, closed.following} if house.catalog.goes_on_to(closed.following) else {closed}
    return sorted({*known, *here}, key=lambda period: period.end)


def publication_standing(house: House, publication: Publication, period: Period) -> dict[str, Any]:
    """Return where one period of a publication stands, as a command or a page tells it."""
    found = progress_of(house, publication, period)
    return {
        "publication": found.publication,
        "period": found.period,
        "portal": found.portal,
        "state": found.state,
        "since": next((one.since for one in reversed(found.stations) if one.reached), None),
        "next": asdict(found.next),
        "freeze_at": found.freeze_at.isoformat(timespec="minutes"),
        "release_on": found.release_on,
        "is_late": "release" in found.late,
        "late": list(found.late),
        "missing": sorted(found.missing),
        "waived": sorted(found.waived),
        "rejected": list(found.rejected),
        "withdrawn": list(found.withdrawn),
        "plan": found.plan,
        "stations": [asdict(one) for one in found.stations],
    }


def state_of(house: House, publication: Publication, period: Period) -> str:
    """Return the station that a period of a publication is at: open → cut off → … → published."""
    return progress_of(house, publication, period).state


def settings_of(house: House) -> list[dict[str, str]]:
    """List every setting with its value; a secret shows only whether it is given."""
    shown = {**{key.removeprefix(PREFIX): value for key, value in house.settings.environment().items()}}
    shown |= {key.removeprefix(PREFIX): value for key, value in os.environ.items() if key.startswith(PREFIX)}
    secret = {*SECRETS, "PREPARER_KEY"}
    names = [*ABOUT, *sorted(name for name in shown if name not in ABOUT)]
    return [
        {
            "name": PREFIX + name,
            "value": _masked(name, shown.get(name, ""), is_secret=name in secret),
            "about": _about(name),
        }
        for name in names
    ]


def _about(name: str) -> str:
    """Say what a setting is for; a portal's are declared once for every portal."""
    if name.startswith("CONN_"):
        return "a connection"
    portal = re.fullmatch(r"PORTAL_(?:.+?)_(URL|TOKEN|ADMIN_TOKEN|DATASTORE_URL|STORAGE)", name)
    return ABOUT.get(name) or ABOUT.get(f"PORTAL_<NAME>_{portal[1]}" if portal else "", "a file with a key")


def _masked(name: str, value: str, *, is_secret: bool) -> str:
    if not value:
        return "(not set)"
    return "****" if is_secret or name.startswith("CONN_") or name.endswith(("_TOKEN", "_DATASTORE_URL")) else value
