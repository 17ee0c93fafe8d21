"""When a supplier was last seen to have delivered a table. Knows no method.

A look that finds nothing new at a service counts as a delivery, an empty inbox does not: the caller decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import jsonfile

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from .lake import Lake

KEPT = 400
"""Deliveries remembered per table: more than a year of daily looks."""


def record(lake: Lake, agency: str, table: str, *, at: datetime, extract_id: str) -> None:
    """Remember that a table was delivered at an instant, and by which extract it stands."""
    path = _path(lake, agency, table)
    earlier = jsonfile.read(path, "deliveries")["deliveries"] if path.exists() else []
    seen = [*earlier, {"at": at.isoformat(), "extract_id": extract_id}][-KEPT:]
    jsonfile.write(path, "deliveries", {"agency": agency, "table": table, "deliveries": seen})


def delivered_at(lake: Lake, agency: str, table: str) -> datetime | None:
    """Return when a table was last delivered, or nothing."""
    from datetime import datetime

    path = _path(lake, agency, table)
    if not path.exists():
        return None
    return datetime.fromisoformat(jsonfile.read(path, "deliveries")["deliveries"][-1]["at"])


def first_after(lake: Lake, agency: str, table: str, instant: datetime) -> datetime | None:
    """Return when a table was first delivered after an instant, or nothing."""
    from datetime import datetime

    path = _path(lake, agency, table)
    seen = jsonfile.read(path, "deliveries")["deliveries"] if path.exists() else []
    return next((at for one in seen if (at := datetime.fromisoformat(one["at"])) > instant), None)


def _path(lake: Lake, agency: str, table: str) -> Path:
    return lake.root / "deliveries" / agency / f"{table}.json"
