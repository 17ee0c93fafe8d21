"""The dates of every publication: cut-off, books closing, release; those that were and those to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .standing import periods_of

if TYPE_CHECKING:
    from .house import House

AHEAD = 4
"""Coming periods shown of each publication."""


def agenda_of(house: House) -> list[dict[str, Any]]:
    """List the dates of all publications, soonest first: {kind, at, publication, title, period}."""
    calendar, found = house.catalog.calendar, []
    for publication in house.catalog.publications.values():
        known = periods_of(house, publication)
        coming = [known[-1].shifted(step) for step in range(1, AHEAD)]
        for period in [*known, *(one for one in coming if house.catalog.goes_on_to(one))]:
            release_on = calendar.add_workdays(period.end, publication.calendar.release_after_workdays)
            dates = {
                "cut_off": period.end.isoformat(),
                "freeze": calendar.freeze_at(period.end).isoformat(timespec="minutes"),
                "release": release_on.isoformat(),
            }
            found += [
                {
                    "kind": kind,
                    "at": at,
                    "publication": publication.name,
                    "title": publication.title.model_dump(),
                    "period": str(period),
                }
                for kind, at in dates.items()
            ]
    return sorted(found, key=lambda one: (one["at"], one["publication"]))
