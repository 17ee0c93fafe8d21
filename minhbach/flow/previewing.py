"""Hands an agency its own rows of a plan before publication: who was given what, until when, on which days it was seen.

The ledger holds every preview by its number; the link holds the number and a keyed mark over what was granted, so that
whoever reads the ledger has no link, and whoever has a link can change nothing of it. Shows rows of sealed, protected
releases only, never a mart: what an agency sees early is what everybody will see.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..core import clock, jsonfile, keys
from ..core.errors import UsageError
from .own_quarantine import own_quarantine
from .own_rows import own_rows

if TYPE_CHECKING:
    from ..core.ledger import Entry
    from ..core.publishing import Plan
    from .house import House

NUMBER_BYTES = 16
LONGEST_DAYS = 31
"""A preview is for the days before publication."""
GRANTED = ("preview", "agency", "publication", "period", "plan", "expires")
"""What the mark in the link covers."""


@dataclass(frozen=True)
class Preview:
    """One grant, as the ledger holds it."""

    preview: str
    """Its number; no secret."""
    agency: str
    publication: str
    period: str
    plan: str
    expires: str
    by: str
    at: str
    revoked: bool = False
    opened: int = 0
    """On how many days it was looked at."""

    @property
    def is_open(self) -> bool:
        """Whether the link still works."""
        return not self.revoked and clock.now() < datetime.fromisoformat(self.expires)


def hand_out(house: House, plan: Plan, agency: str, *, days: int, by: str) -> tuple[Preview, str]:
    """Grant an agency a look at its own rows of a plan for some days; return the grant and the token of its link.

    Raises:
        UsageError: the agency supplies nothing to this publication or says not for whom it answers, the plan is
            unknown, or the days are too many.

    """
    from ..extract import personal

    publication = house.catalog.publication(plan.publication)
    suppliers = house.catalog.suppliers(publication)
    if agency not in suppliers:
        raise UsageError(f'preview: found "{agency}", expected one of {", ".join(suppliers)}.')
    if house.catalog.agency(agency).answers_for is None:
        raise UsageError(f"catalog/agencies/{agency}.yml: answers_for: found nothing, expected whose rows it may see.")
    if house.ledger.last("planned", plan.hash) is None:
        raise UsageError(f"plan {plan.hash}: found it not in the ledger, expected a plan that `minhbach plan` made.")
    if not by.strip() or personal.holds_identifier(by):
        raise UsageError("preview --by: found nothing or a personal identifier, expected the office that hands it out.")
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"preview --days: found {days}, expected 1 to {LONGEST_DAYS}.")
    granted = {
        "preview": secrets.token_hex(NUMBER_BYTES),
        "agency": agency,
        "publication": plan.publication,
        "period": plan.period,
        "plan": plan.hash,
        "expires": clock.stamp(clock.now() + timedelta(days=days)),
    }
    entry = house.ledger.append("previewed", plan.hash, {**granted, "step": "handed", "by": by})
    return _of(entry, []), granted["preview"] + _mark(house, granted)


def revoke(house: House, preview: str, *, by: str) -> Preview:
    """End a preview before its time; a second time changes nothing.

    Raises:
        UsageError: there is no preview of that number.

    """
    found = next((one for one in previews(house) if one.preview == preview), None)
    if found is None:
        raise UsageError(f'preview revoke: found no "{preview}", expected a number of `minhbach preview --list`.')
    if not found.revoked:
        house.ledger.append_once("previewed", found.plan, {"preview": preview, "step": "revoked", "by": by})
    return next(one for one in previews(house) if one.preview == preview)


def previews(house: House, plan: str | None = None) -> list[Preview]:
    """List every preview that was handed out, oldest first."""
    entries = house.ledger.entries("previewed", plan)
    return [_of(entry, entries) for entry in entries if entry.content["step"] == "handed"]


def find(house: House, token: str) -> Preview | None:
    """Give the open preview that a link leads to; nothing for one that is forged, expired, revoked or unknown."""
    number, mark = token[: 2 * NUMBER_BYTES], token[2 * NUMBER_BYTES :]
    found = next((one for one in previews(house) if one.preview == number), None)
    granted = {name: getattr(found, name) if found else "" for name in GRANTED}
    fits = hmac.compare_digest(_mark(house, granted).encode(), mark.encode("utf-8", "surrogatepass"))
    return found if found is not None and fits and found.is_open else None


def look(house: House, preview: Preview) -> dict[str, Any]:
    """Give what a preview shows, and let the ledger say that it was looked at on this day.

    Raises:
        SealBroken: a release is not what was planned.

    """
    opened = {"preview": preview.preview, "step": "opened", "on": f"{clock.now():%Y-%m-%d}"}
    house.ledger.append_once("previewed", preview.plan, opened)
    agency = house.catalog.agency(preview.agency)
    return {
        "agency": {"name": agency.name, "title": agency.title.model_dump(), "method": agency.method},
        "publication": house.catalog.publication(preview.publication).title.model_dump(),
        "timezone": house.catalog.project.timezone,
        "period": preview.period,
        "plan": preview.plan,
        "expires": preview.expires,
        "datasets": own_rows(house, preview.plan, preview.publication, preview.period, preview.agency),
        "tables": own_quarantine(house, preview.agency),
    }


def _of(entry: Entry, entries: list[Entry]) -> Preview:
    said = entry.content
    steps = [one.content["step"] for one in entries if one.content["preview"] == said["preview"]]
    granted = {name: said[name] for name in GRANTED}
    return Preview(
        **granted, by=said["by"], at=entry.at, revoked="revoked" in steps, opened=sum(s == "opened" for s in steps)
    )


def _mark(house: House, granted: dict[str, Any]) -> str:
    key = keys.secret("LANDING_KEY", house.settings)
    return hmac.new(key.value, b"minhbach/preview/1\0" + jsonfile.canonical(granted), sha256).hexdigest()
