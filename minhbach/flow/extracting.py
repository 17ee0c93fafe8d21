"""Takes a table from its supplier, and remembers that it was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import clock, deliveries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ..core.lake import Manifest
    from .house import House

LOOKING_IS_DELIVERY = {"rest_paged"}
"""Methods that show the supplier's state at the moment of looking; an inbox shows only what was dropped into it."""


def extract(
    house: House,
    agency: str,
    table: str,
    *,
    since: datetime | None = None,
    full: bool = False,
    sample: int | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Manifest:
    """Land what is new in one table; see `minhbach.extract.run.extract` for what it raises."""
    from ..extract.run import extract as take

    known = {manifest.extract_id for manifest in house.lake.manifests(agency, table)}
    manifest = take(
        agency,
        table,
        catalog=house.catalog,
        settings=house.settings,
        since=since,
        full=full,
        sample=sample,
        progress=progress,
    )
    is_new = manifest.extract_id not in known
    if sample is None and (is_new or house.catalog.agency(agency).method in LOOKING_IS_DELIVERY):
        deliveries.record(house.lake, agency, table, at=clock.now(), extract_id=manifest.extract_id)
    return manifest
