"""What a steward does with the quarantine besides replay: list, show, waive, and see that nothing was lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core import clock
from ..core.errors import UsageError
from ..core.keys import secret
from ..core.lake import Lake
from . import personal
from .alone import alone
from .quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..core.catalog import Catalog
    from ..core.settings import Settings
    from .quarantine import Entry, Waiting


@dataclass(frozen=True)
class Balance:
    """What became of everything a table ever received."""

    received: int
    landed: int
    quarantined: int
    waived: int

    @property
    def holds(self) -> bool:
        """Whether nothing was lost."""
        return self.received == self.landed + self.quarantined + self.waived


def waiting(settings: Settings, agency: str | None = None, table: str | None = None) -> list[Waiting]:
    """Count what waits in quarantine, by agency, table and extract; needs no key."""
    lake = Lake(settings.lake)
    folders = sorted((settings.lake / "quarantine").glob(f"{agency or '*'}/{table or '*'}"))
    return [one for folder in folders for one in Quarantine(lake, folder.parent.name, folder.name).waiting()]


def show(agency: str, table: str, extract_id: str, *, settings: Settings) -> list[Entry]:
    """Decrypt what waits of one extract, for somebody who has the landing key. Entries hold personal data.

    Raises:
        UsageError: nothing waits of it, or the key is missing.
        SealBroken: another key.

    """
    key = secret("LANDING_KEY", settings)
    return list(Quarantine(Lake(settings.lake), agency, table).entries(extract_id, key))


def waive(
    agency: str,
    table: str,
    extract_id: str,
    *,
    settings: Settings,
    reason: str,
    by: str,
    rows: Collection[int] | None = None,
    code: str | None = None,
) -> int:
    """Give up records of one extract, with a reason: those of some rows, of one reason code, or all; return how many.

    Raises:
        UsageError: nothing of that waits, the reason is missing or holds a personal identifier, or the extract was
            stopped by its cap and so never came to be.

    """
    if not reason.strip() or not by.strip():
        raise UsageError("waive: found no reason or no name, expected both; they are kept with the manifest.")
    if personal.holds_identifier(reason):
        raise UsageError("waive: found a personal identifier in the reason, expected none; say it without.")
    lake = Lake(settings.lake)
    quarantine = Quarantine(lake, agency, table)
    with alone(lake, agency, table):
        _refuse_attempt(quarantine, extract_id)
        entries = quarantine.entries(extract_id, secret("LANDING_KEY", settings))
        chosen = {
            e.row_no: e.reason for e in entries if code in {None, e.reason} and (rows is None or e.row_no in rows)
        }
        if not chosen:
            raise UsageError(
                f"{agency}/{table}/{extract_id}: found no such record waiting; see `minhbach quarantine list`."
            )
        at = clock.now()
        name = f"{at.strftime('%Y%m%dT%H%M%S')}-{min(chosen)}"
        quarantine.take_out(
            extract_id, name, "waived", chosen, reason=reason.strip(), by=by.strip(), at=clock.stamp(at)
        )
    return len(chosen)


def balance(agency: str, table: str, *, catalog: Catalog, settings: Settings) -> Balance:
    """Add up every extract, replay and waiver of a table; quarantine and waivers are counted where they lie."""
    catalog.agency(agency).table(table)
    lake = Lake(settings.lake)
    manifests = lake.manifests(agency, table)
    quarantine = Quarantine(lake, agency, table)
    return Balance(
        received=sum(m.received - m.replayed for m in manifests),
        landed=sum(m.landed for m in manifests),
        quarantined=sum(one.count for one in quarantine.waiting() if not one.attempt),
        waived=quarantine.waived(),
    )


def counted(found: list[Waiting]) -> dict[tuple[str, str, str], int]:
    """Sum what waits by agency, table and reason code."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in found:
        for reason, count in one.reasons.items():
            sums[one.agency, one.table, reason] += count
    return dict(sums)


def _refuse_attempt(quarantine: Quarantine, extract_id: str) -> None:
    if any(one.attempt and one.extract_id == extract_id for one in quarantine.waiting()):
        raise UsageError(
            f"{extract_id}: found an extract that its cap stopped, expected one that landed; correct the source or the "
            "contract and extract again."
        )
