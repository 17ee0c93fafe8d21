"""The agencies' door for corrections: a file by hand, or all that lies in the inbox; what becomes of it is told back.

A frozen period is never reopened: what is handed in is read by the next freeze, and booked in that period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core import clock, jsonfile
from ..core.errors import MinhBachError, UsageError
from .freezing import find_frozen

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from ..core.lake import Manifest
    from .house import House

ROW = "_row_no"
"""A file with this column names records that wait, with the values to change; without it, it holds whole records."""


@dataclass(frozen=True)
class Taken:
    """What became of one handed-in file."""

    agency: str
    table: str
    file: str
    extracts: tuple[str, ...]
    received: int
    landed: int
    quarantined: int
    replaced: int
    """Records that waited in quarantine and wait no more."""
    is_new: bool
    """Whether the file was not taken before."""
    period: str
    """The period whose books are open and that will count it."""


@dataclass(frozen=True)
class Refused:
    """A file that stays in the inbox, and why."""

    agency: str
    table: str
    file: str
    error: MinhBachError


def hand_in(house: House, agency: str, table: str, file: Path, *, by: str) -> Taken:
    """Take one file of corrections in.

    Raises:
        UnreadableFile: it is not written as the agency's records are; it is kept, and nothing landed.
        CapExceeded: too few of its records keep the contract; nothing landed.
        UsageError: names are unknown, or it names a record that does not wait.

    """
    from ..extract.correct import correct
    from ..extract.handed_in import head_of

    declared = house.catalog.agency(agency)
    declared.table(table)
    known = {one.extract_id for one in house.lake.manifests(agency, table)}
    if ROW in head_of(file, declared):
        found = _mended(house, agency, table, file, by=by)
    else:
        found = [correct(agency, table, file, by=by, catalog=house.catalog, settings=house.settings)]
    for one in found:
        content = {
            "by": one.handed_in_by or by,
            "received": one.received,
            "landed": one.landed,
            "quarantined": sum(one.quarantined.values()),
            "replaced": one.replayed,
        }
        if not house.ledger.entries("corrected", f"{agency}/{table}/{one.extract_id}"):
            house.ledger.append_once("corrected", f"{agency}/{table}/{one.extract_id}", content)
    return Taken(
        agency=agency,
        table=table,
        file=file.name,
        extracts=tuple(one.extract_id for one in found),
        received=sum(one.received for one in found),
        landed=sum(one.landed for one in found),
        quarantined=sum(sum(one.quarantined.values()) for one in found),
        replaced=sum(one.replayed for one in found),
        is_new=any(one.extract_id not in known for one in found),
        period=open_period(house, agency),
    )


def inbox_of(house: House, agency: str, table: str) -> Path:
    """Give the folder in which an agency may leave files of corrections."""
    return house.settings.lake.parent / "corrections" / agency / table


def take_inbox(house: House, agency: str | None = None) -> list[Taken | Refused]:
    """Take in every file that lies in the inboxes; what is taken is removed there: the house keeps it encrypted.

    Raises:
        UsageError: the agency is not declared.

    """
    done: list[Taken | Refused] = []
    for name in [house.catalog.agency(agency).name] if agency else house.catalog.agencies:
        for table in house.catalog.tables(name):
            folder = inbox_of(house, name, table)
            for file in sorted(one for one in folder.glob("*") if one.is_file() and _is_at_rest(one)):
                try:
                    before = file.stat()
                    done.append(hand_in(house, name, table, file, by=name))
                    _take_away(file, before)
                except FileNotFoundError:
                    continue  # whoever left it took it back
                except MinhBachError as error:
                    done.append(Refused(name, table, file.name, error))
    return done


def _take_away(file: Path, before: os.stat_result) -> None:
    """Remove a file that was taken in; one that was written again meanwhile stays for the next time.

    Raises:
        StorageFailed: the inbox lets nothing be removed.

    """
    try:
        now = file.stat()
        if (now.st_ino, now.st_size, now.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns):
            file.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise jsonfile.storage_failed(file, error) from error


def open_period(house: House, agency: str) -> str:
    """Name the first period whose books are still open, of the publications that an agency supplies."""
    found = []
    for publication in house.catalog.publications.values():
        if agency in house.catalog.suppliers(publication):
            period = house.period(str(house.catalog.default_period(clock.now().date())), publication)
            while find_frozen(house, publication, period):
                period = period.following
            found.append(period)
    return str(min(found, key=lambda period: period.end)) if found else ""


def _mended(house: House, agency: str, table: str, file: Path, *, by: str) -> list[Manifest]:
    """Let in what waits, with the values that the file gives, once."""
    from ..extract import personal
    from ..extract.correct import keep
    from ..extract.replay import replay

    if not by.strip() or personal.holds_identifier(by):
        raise UsageError("correct --by: found nothing or a personal identifier, expected the office that hands it in.")
    kept = keep(file, agency, table, settings=house.settings)
    mark = kept.with_suffix(".taken.json")
    if mark.exists():
        extracts = jsonfile.read(mark, "taken")["extracts"]
        return [house.lake.manifest(agency, table, one) for one in extracts]
    done = replay(agency, table, catalog=house.catalog, settings=house.settings, corrections=file)
    jsonfile.write(mark, "taken", {"extracts": [one.extract_id for one in done]})
    return done


def _is_at_rest(file: Path) -> bool:
    return not file.name.startswith(".") and file.suffix not in {".part", ".tmp", ".filepart"}
