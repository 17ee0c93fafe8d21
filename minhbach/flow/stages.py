"""The stages as Airflow's tasks call them: names in; ids, counts and hashes out, which any viewer of XCom may see."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..core import clock
from ..core.errors import GateRefused
from .house import House, open_house

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period
    from .answering import Question

SOON = timedelta(days=2)
"""A release that is this near should be approved."""
AHEAD = {True: ("approved", "published"), False: ("published",)}
"""Whether its hour is still to come → states in which a period is on time."""


def run_order(house: House, publication: Publication, period: Period) -> list[str]:
    """Name the DAGs that lead to a publication's plan, in the order in which one process runs them.

    An agency without which the books were closed is not asked again.
    """
    from .freezing import find_frozen

    closed = find_frozen(house, publication, period)
    asked = [agency for agency in house.catalog.suppliers(publication) if not closed or agency not in closed.waived]
    return [*(f"extract__{agency}" for agency in asked), f"prepare__{publication.name}"]


def extract_table(agency: str, table: str) -> dict[str, Any]:
    """Land one table."""
    from .extracting import extract

    manifest = extract(open_house(), agency, table)
    return {
        "extract_id": manifest.extract_id,
        "received": manifest.received,
        "landed": manifest.landed,
        "quarantined": sum(manifest.quarantined.values()),
        "sha256": manifest.sha256,
    }


def take_corrections(agency: str) -> dict[str, Any]:
    """Take in what an agency left in its inboxes for corrections; a refused file stays there and stops nobody.

    Of a refused one table and kind of error are told; `minhbach correct --inbox` says the sentence.
    """
    return _corrections(open_house(), agency)


def _corrections(house: House, agency: str) -> dict[str, Any]:
    from .correcting import Refused, take_inbox

    done = take_inbox(house, agency)
    # The sentence names the file, and how a file is called is up to its agency: it may name a person.
    refused = [f"{one.table}: {type(one.error).__name__}" for one in done if isinstance(one, Refused)]
    return {"taken": len(done) - len(refused), "refused": refused}


def close_books(publication: str, period: str) -> dict[str, Any]:
    """Freeze a period; what its agencies left in their inboxes for corrections is taken in just before, to be read."""
    from .freezing import find_frozen, freeze

    house, published, window = _of(publication, period)
    is_open = find_frozen(house, published, window) is None
    told = {agency: _corrections(house, agency) for agency in house.catalog.suppliers(published)} if is_open else {}
    closed = freeze(house, published, window)
    return {
        "ledger": closed.head,
        "agencies": sorted(closed.extracts),
        "waived": sorted(closed.waived),
        "corrections": {agency: one for agency, one in told.items() if one["taken"] or one["refused"]},
    }


def build_and_judge(publication: str, period: str) -> dict[str, Any]:
    """Build the marts and judge every dataset at the mart gate, in one process: its imports are the dear part."""
    from .building import build
    from .judging import judge_marts

    house, published, window = _of(publication, period)
    built = build(house, published, window)
    verdicts = judge_marts(house, published, window)
    return {"run_id": built.run_id, "rows": built.rows, "checks": {name: len(v.checks) for name, v in verdicts.items()}}


def protect_and_seal(publication: str, period: str) -> dict[str, Any]:
    """Protect whole populations, write, attack, scan, judge again and seal."""
    from .releasing import release

    house, published, window = _of(publication, period)
    sealed = release(house, published, window)
    return {release.subject: release.manifest["logical_sha256"] for release in sealed}


def prepare_plan(publication: str, period: str) -> dict[str, Any]:
    """Plan against the live portal, signed by the preparer whose key the house holds."""
    from .planning import plan

    house, published, window = _of(publication, period)
    made = plan(house, published, window)
    return {"plan": made.hash, "period": made.period, "actions": {c.dataset: c.action for c in made.changes}}


def delivery(publication: str, period: str) -> dict[str, Any]:
    """Tell, per supplier, whether a period's records are there: delivered, missing (which tables) or waived (why)."""
    from .freezing import find_frozen, missing, waivers

    house, published, window = _of(publication, period)
    absent, excused = missing(house, published, window), waivers(house, published, window)
    agencies: dict[str, str] = {}
    for agency in house.catalog.suppliers(published):
        if agency not in absent:
            agencies[agency] = "delivered"
        else:
            agencies[agency] = f"waived: {excused[agency]}" if agency in excused else f"missing: {absent[agency]}"
    closed = find_frozen(house, published, window) is not None
    return {"closed": closed, "complete": closed or absent.keys() <= excused.keys(), "agencies": agencies}


def is_approved(publication: str, period: str) -> dict[str, Any]:
    """Tell whether the newest plan of a period has an approval in the ledger."""
    from .planning import newest_plan
    from .publishing import approval_of

    house, published, window = _of(publication, period)
    return {"approved": approval_of(house, newest_plan(house, published, window)) is not None}


def question(publication: str, period: str) -> Question:
    """Lay out the newest plan for whoever approves it; shown, never returned by a task."""
    from .answering import question as lay_out

    return lay_out(*_of(publication, period))


def answer(publication: str, period: str, shown: str, login: str, *, is_yes: bool) -> dict[str, Any]:
    """Record what an authenticated login answered about the plan that was shown."""
    from .answering import answer as record

    return record(*_of(publication, period), shown, login, is_yes=is_yes)


def stage_plan(publication: str, period: str) -> dict[str, Any]:
    """Bring the newest plan of a period, which must be approved, to its portal unseen, and prove it there."""
    from .planning import newest_plan
    from .publishing import stage

    house, published, window = _of(publication, period)
    made = newest_plan(house, published, window)
    stage(house, made)
    return {"plan": made.hash, "portal": made.portal}


def release_due(publication: str, period: str) -> dict[str, Any]:
    """Tell when a period goes out, and whether that has come."""
    house, published, window = _of(publication, period)
    due = release_at(house, published, window)
    return {"at": due.isoformat(timespec="minutes"), "seconds": max(0, int((due - clock.now()).total_seconds()))}


def on_time(publication: str) -> dict[str, Any]:
    """Tell whether the last closed period of a publication is out, or will be.

    Raises:
        GateRefused: its hour has passed and it is not out; or its hour is near and nobody has approved.

    """
    from .stations import progress_of

    house = open_house()
    published = house.catalog.publication(publication)
    window = house.period(str(house.catalog.default_period(clock.now().date())), published)
    due, state = release_at(house, published, window), progress_of(house, published, window).state
    left = due - clock.now()
    if state not in AHEAD[left > timedelta()] and left < SOON:
        expected = f"it {' or '.join(AHEAD[left > timedelta()])}, as it goes out at {due:%Y-%m-%d %H:%M}"
        raise GateRefused(f"{publication} {window}: found it {state}, expected {expected}; see `minhbach status`.")
    return {"period": str(window), "state": state, "release_at": due.isoformat(timespec="minutes")}


def apply_plan(publication: str, period: str) -> dict[str, Any]:
    """Apply the newest plan of a period; it must be approved."""
    from .planning import newest_plan
    from .publishing import apply

    house, published, window = _of(publication, period)
    applied = apply(house, newest_plan(house, published, window))
    said = {"plan": applied.plan.hash, "written": applied.written, "receipt": applied.receipt_sha256}
    return {**said, "urls": applied.urls}


def watch(publication: str) -> dict[str, Any]:
    """Look at a publication's portals from outside.

    Raises:
        GateRefused: something is late, empty, edited, tampered with or out of sync; one sentence names the first.
        PortalFailed: a portal does not answer, and nothing else was found.

    """
    from .watching import refuse
    from .watching import watch as look

    house = open_house()
    watched = look(house, house.catalog.publication(publication))
    refuse(watched)
    return {
        "publication": watched.publication,
        "portals": list(watched.portals),
        "datasets": watched.datasets,
        "releases": watched.releases,
        "files": watched.files,
        "findings": 0,
    }


def release_at(house: House, publication: Publication, period: Period) -> datetime:
    """Return the local instant at which a period is to go out."""
    calendar = publication.calendar
    day = house.catalog.calendar.add_workdays(period.end, calendar.release_after_workdays)
    return datetime.combine(day, time.fromisoformat(calendar.release_at), ZoneInfo(house.catalog.project.timezone))


def _of(publication: str, period: str) -> tuple[House, Publication, Period]:
    house = open_house()
    published = house.catalog.publication(publication)
    return house, published, house.period(period, published)
