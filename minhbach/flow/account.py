"""Counts what became of a period's records: quarantined, flagged, excluded, corrected, suppressed. Holds no value."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .freezing import find_frozen, frozen
from .planning import sealed_releases

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period
    from .house import House


def account_of(house: House, publication: Publication, period: Period) -> dict[str, Any]:
    """Return the period's account as a command prints it."""
    from ..shape.result import read_result

    counted: Counter[tuple[str, str]] = Counter()
    file = house.warehouse.current_for(period)
    built = read_result(file) if file else None
    for defect in built.defects if built else ():
        if defect.period == str(period):
            counted[defect.defect, defect.fate] += defect.count
    closed, before = frozen(house, publication, period), find_frozen(house, publication, period.previous)
    known = before.extracts if before else {}
    for agency, tables in closed.extracts.items():
        for table, extracts in tables.items():
            for extract_id in set(extracts) - set(known.get(agency, {}).get(table, [])):
                manifest = house.lake.manifest(agency, table, extract_id)
                for reason, count in manifest.quarantined.items():
                    counted[reason, "quarantine"] += count
    releases = [
        {
            "dataset": one.dataset,
            "revision": one.revision,
            "rows": one.manifest["rows"],
            "suppressed_cells": one.manifest["suppressed"]["cells"],
            "suppressed_share": one.manifest["suppressed"]["share"],
        }
        for one in sealed_releases(house, publication, period)
    ]
    defects = [{"defect": d, "fate": fate, "count": count} for (d, fate), count in sorted(counted.items())]
    return {"defects": defects, "releases": releases}
