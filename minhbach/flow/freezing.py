"""Closes the books: records which extracts a period's releases may read. Knows no data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..core import clock, deliveries
from ..core.errors import NotFrozen, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.catalog import Publication
    from ..core.periods import Period
    from .house import House

Extracts = dict[str, dict[str, list[str]]]
"""agency → table → extract ids, oldest first."""


@dataclass(frozen=True)
class Frozen:
    """The list of extracts that a period may read, as the ledger holds it."""

    publication: str
    period: str
    extracts: Extracts
    waived: dict[str, str]
    """agency → reason."""
    head: str
    """Hash of the ledger entry."""


def delivered(house: House, publication: Publication) -> Extracts:
    """List every extract of the publication's suppliers that exists now."""
    return {
        agency: {
            table: [manifest.extract_id for manifest in house.lake.manifests(agency, table)]
            for table in house.catalog.tables(agency)
        }
        for agency in house.catalog.suppliers(publication)
    }


def missing(house: House, publication: Publication, period: Period) -> dict[str, list[str]]:
    """List, per agency, the tables that were not delivered since the period's cut-off."""
    zone = ZoneInfo(house.catalog.project.timezone)
    cut_off = datetime.combine(period.end, time.max, zone)
    absent: dict[str, list[str]] = {}
    for agency in house.catalog.suppliers(publication):
        for table in house.catalog.tables(agency):
            seen = deliveries.delivered_at(house.lake, agency, table)
            if seen is None or seen <= cut_off:
                absent.setdefault(agency, []).append(table)
    return absent


def freeze(house: House, publication: Publication, period: Period, waive: Mapping[str, str] | None = None) -> Frozen:
    """Close the books of a period; they are never reopened, so a second call returns the first one's list.

    Raises:
        UsageError: a waived agency supplies nothing to this publication, or the waiver gives no reason.
        NotFrozen: it is too early, or an agency has neither delivered nor been waived.

    """
    already = find_frozen(house, publication, period)
    if already:
        return already
    suppliers = house.catalog.suppliers(publication)
    for agency, reason in (waive or {}).items():
        if agency not in suppliers or not reason.strip():
            raise UsageError(f"--waive {agency}: expected one of {', '.join(suppliers)} and a --reason.")
    for agency, reason in (waive or {}).items():
        content = {"agency": agency, "reason": reason, "clock_moved": clock.is_moved()}
        house.ledger.append_once("waived", _subject(publication, period), content)
    due = house.catalog.calendar.freeze_at(period.end)
    if clock.now() < due:
        raise NotFrozen(f"{publication.name} {period}: the books close at {due:%Y-%m-%d %H:%M %Z}; it is too early.")
    gone, excused = missing(house, publication, period), waivers(house, publication, period)
    waived = {agency: reason for agency, reason in excused.items() if agency in gone or agency in (waive or {})}
    absent = {agency: tables for agency, tables in gone.items() if agency not in waived}
    if absent:
        names = "; ".join(f"{agency} ({', '.join(tables)})" for agency, tables in absent.items())
        raise NotFrozen(
            f"{publication.name} {period}: not delivered since the cut-off {period.end}: {names}; extract them, or "
            "`minhbach freeze` with --waive AGENCY --reason …"
        )
    closing: dict[str, Any] = {
        "extracts": delivered(house, publication),
        "waived": waived,
        "clock_moved": clock.is_moved(),
    }
    entry = house.ledger.append("frozen", _subject(publication, period), closing)
    return Frozen(publication.name, str(period), closing["extracts"], waived, entry.hash)


def waivers(house: House, publication: Publication, period: Period) -> dict[str, str]:
    """Return agency → reason of every waiver of a period; it holds for whoever is still missing at the freeze."""
    entries = house.ledger.entries("waived", _subject(publication, period))
    return {entry.content["agency"]: entry.content["reason"] for entry in entries}


def frozen(house: House, publication: Publication, period: Period) -> Frozen:
    """Read a period's list from the ledger.

    Raises:
        NotFrozen: its books are open.

    """
    found = find_frozen(house, publication, period)
    if found is None:
        raise NotFrozen(f"{publication.name} {period}: its books are open; `minhbach freeze` closes them.")
    return found


def find_frozen(house: House, publication: Publication, period: Period) -> Frozen | None:
    """Read a period's list from the ledger, or nothing while its books are open."""
    entry = house.ledger.last("frozen", _subject(publication, period))
    if entry is None:
        return None
    return Frozen(publication.name, str(period), entry.content["extracts"], entry.content["waived"], entry.hash)


def _subject(publication: Publication, period: Period) -> str:
    return f"{publication.name}/{period}"
