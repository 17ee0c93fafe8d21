"""The one place that says how far a publication's period is: open → cut off → … → published, each step with its proof.

Reads the ledger, the lake and the clock; remembers nothing, writes nothing, asks no portal. What a later step proves
holds for the earlier ones, so a state never falls back when a file that led there is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..core import clock, deliveries, jsonfile
from ..core.errors import MinhBachError
from .freezing import find_frozen, missing, waivers
from .planning import newest_plan
from .publishing import approval_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..core.catalog import Publication
    from ..core.ledger import Entry
    from ..core.periods import Period
    from ..core.publishing import Plan
    from ..release.approval import Approval
    from .house import House

STATIONS = (
    "open",
    "cut off",
    "received",
    "frozen",
    "validated",
    "protected",
    "sealed",
    "planned",
    "approved",
    "published",
)
"""In order; a period is at the last one that is proven."""


@dataclass(frozen=True)
class Station:
    """One step of a period, and what proves that it was reached."""

    name: str
    since: str | None = None
    """An instant or a day; nothing where no clock was kept, or the house's clock is moved."""
    proof: str = ""
    """A ledger entry or a file of the lake, by name."""
    reached: bool = False


@dataclass(frozen=True)
class Next:
    """Who has to act before the next station is reached."""

    who: str
    """time, agencies, line, preparer, approver, publisher or nobody"""
    names: tuple[str, ...] = ()
    command: str = ""
    due: str | None = None


@dataclass(frozen=True)
class Progress:
    """Where one publication × period stands."""

    publication: str
    period: str
    portal: str
    state: str
    stations: tuple[Station, ...]
    next: Next
    freeze_at: datetime
    release_on: str
    missing: dict[str, list[str]] = field(default_factory=dict)
    """Agencies that have not delivered → their tables; only while the books can still wait for them."""
    waived: dict[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    """Of delivery, freeze, release: what is overdue."""
    rejected: tuple[dict[str, str], ...] = ()
    """{station, subject, why}: a gate's verdict, an attack that succeeded, an approver's no."""
    withdrawn: tuple[dict[str, str], ...] = ()
    """{subject, at, reason}: releases taken back from this portal."""
    plan: str | None = None
    """Hash of the newest plan."""


def progress_of(house: House, publication: Publication, period: Period) -> Progress:
    """Say where a period of a publication stands, on the publication's own portal."""
    return _Reading(house, publication, period).progress()


class _Reading:
    """One look at ledger and lake."""

    def __init__(self, house: House, publication: Publication, period: Period) -> None:
        self.house, self.publication, self.period = house, publication, period
        self.zone = ZoneInfo(house.catalog.project.timezone)
        self.cut_off = datetime.combine(period.end, time.max, self.zone)
        self.frozen = find_frozen(house, publication, period)
        self.waived = dict(self.frozen.waived) if self.frozen else waivers(house, publication, period)
        absent = missing(house, publication, period) if self.frozen is None else {}
        self.absent = {agency: tables for agency, tables in absent.items() if agency not in self.waived}

    @cached_property
    def plan(self) -> Plan | None:
        """The newest plan whose file can be read."""
        try:
            return newest_plan(self.house, self.publication, self.period)
        except (MinhBachError, FileNotFoundError):
            return None

    @cached_property
    def approval(self) -> Approval | None:
        """The approval of the newest plan, proven by its signature."""
        return approval_of(self.house, self.plan) if self.plan else None

    def progress(self) -> Progress:
        """Put it together."""
        publication, period, calendar = self.publication, self.period, self.house.catalog.calendar
        found = [self._open(), *self._proven()]
        last = max(place for place, station in enumerate(found) if station.reached)
        stations = tuple(
            station if station.reached or place > last else Station(station.name, None, found[last].proof, reached=True)
            for place, station in enumerate(found)
        )
        state = STATIONS[last]
        freeze_at = calendar.freeze_at(period.end)
        release_on = calendar.add_workdays(period.end, publication.calendar.release_after_workdays)
        before_freeze = state in {"cut off", "received"}
        return Progress(
            publication=publication.name,
            period=str(period),
            portal=publication.portal,
            state=state,
            stations=stations,
            next=self._next(state, freeze_at, release_on.isoformat()),
            freeze_at=freeze_at,
            release_on=release_on.isoformat(),
            missing=self.absent if before_freeze else {},
            waived=self.waived,
            late=tuple(self._late(state, freeze_at, is_late=clock.now().astimezone(self.zone).date() > release_on)),
            rejected=tuple(self._rejected()),
            withdrawn=tuple(self._withdrawn()),
            plan=self.plan.hash if self.plan else None,
        )

    def _open(self) -> Station:
        return Station("open", self.period.start.isoformat(), "catalog/project.yml", reached=True)

    def _proven(self) -> Iterator[Station]:
        house, period, names = self.house, self.period, self.publication.datasets
        is_over = clock.now() > self.cut_off
        yield Station("cut off", self.period.end.isoformat() if is_over else None, "catalog/project.yml", is_over)
        yield self._received(is_over=is_over)
        yield self._entry("frozen", house.ledger.last("frozen", f"{self.publication.name}/{period}"))
        yield self._files("validated", [house.lake.verdict(name, period, "mart") for name in names], must_pass=True)
        groups = house.catalog.populations(self.publication)
        attacks = [house.lake.root / "verdicts" / "attack" / f"{group}-{period}.json" for group in groups]
        yield self._files("protected", attacks, must_pass=True)
        yield self._sealed()
        planned = house.ledger.last("planned", self.plan.hash) if self.plan else None
        yield self._entry("planned", planned)
        approved = self.approval
        if approved is None:
            yield Station("approved")
        else:
            yield Station("approved", approved.at, f"ledger {approved.ledger_entry}", reached=True)
        yield self._entry("published", self._published())

    def _received(self, *, is_over: bool) -> Station:
        if not is_over or self.absent:
            return Station("received")
        seen = [
            deliveries.first_after(self.house.lake, agency, table, self.cut_off)
            for agency in self.house.catalog.suppliers(self.publication)
            for table in self.house.catalog.tables(agency)
            if agency not in self.waived
        ]
        if not seen or None in seen:
            return Station("received")
        return Station("received", clock.stamp(max(filter(None, seen))), "lake/deliveries", reached=True)

    def _entry(self, name: str, entry: Entry | None) -> Station:
        return Station(name, entry.at, f"ledger {entry.number}", reached=True) if entry else Station(name)

    def _files(self, name: str, paths: list[Path], *, must_pass: bool) -> Station:
        if not all(path.exists() and (not must_pass or _passed(path)) for path in paths):
            return Station(name)
        proof = ", ".join(path.relative_to(self.house.lake.root).as_posix() for path in paths)
        return Station(name, self._made(paths), proof, reached=True)

    def _sealed(self) -> Station:
        lake, period, names = self.house.lake, self.period, self.publication.datasets
        newest = {name: lake.revisions(name, period)[-1:] for name in names}
        if not all(newest.values()):
            return Station("sealed")
        subjects = [f"{name}/{period}/{revision}" for name, (revision,) in newest.items()]
        entries = [entry for one in subjects if (entry := self.house.ledger.last("released", one))]
        since = max((entry.at for entry in entries), default=None)
        return Station("sealed", since, ", ".join(f"releases/{one}" for one in subjects), reached=True)

    def _published(self) -> Entry | None:
        for entry in reversed(self.house.ledger.entries("published")):
            said = entry.content
            where = said.get("portal", self.publication.portal)
            if (said["publication"], said["period"], where) == (
                self.publication.name,
                str(self.period),
                self.publication.portal,
            ):
                return entry
        return None

    def _made(self, paths: list[Path]) -> str | None:
        """When files were written; nothing where the house's clock is moved: files know the machine's only."""
        if clock.is_moved() or not paths:
            return None
        return clock.stamp(datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC))

    def _next(self, state: str, freeze_at: datetime, release_on: str) -> Next:
        period, published = self.period, self.publication
        of = f"{published.name} --period {period}"
        freeze_due = freeze_at.isoformat(timespec="minutes")
        plan = f"plans/{published.name}/{period}/{self.plan.hash}.json" if self.plan else ""
        steps = {
            "open": Next("time", due=period.end.isoformat()),
            "cut off": Next("agencies", tuple(sorted(self.absent)), "minhbach extract", freeze_due),
            "received": Next("line", (), f"minhbach freeze {of}", freeze_due),
            "frozen": Next("line", (), f"minhbach build --period {period}; minhbach gate", release_on),
            "validated": Next("line", (), f"minhbach release {of}", release_on),
            "protected": Next("line", (), f"minhbach release {of}", release_on),
            "sealed": Next("preparer", tuple(published.prepared_by), f"minhbach plan {of}", release_on),
            "planned": Next("approver", tuple(published.approved_by), f"minhbach approve {plan}", release_on),
            "approved": Next("publisher", (), f"minhbach apply {plan}", release_on),
            "published": Next("nobody"),
        }
        return steps[state]

    def _late(self, state: str, freeze_at: datetime, *, is_late: bool) -> Iterator[str]:
        before_freeze = state in {"cut off", "received"}
        if before_freeze and clock.now() > freeze_at:
            if self.absent:
                yield "delivery"
            if clock.now().astimezone(self.zone).date() > freeze_at.date():
                yield "freeze"
        if is_late and state != "published":
            yield "release"

    def _rejected(self) -> Iterator[dict[str, str]]:
        for name in self.publication.datasets:
            for gate, station in (("mart", "validated"), ("release", "sealed")):
                path = self.house.lake.verdict(name, self.period, gate)
                if path.exists() and not _passed(path):
                    worst = [c["id"] for c in jsonfile.read(path, "verdict")["checks"] if c["outcome"] != "passed"]
                    yield {"station": station, "subject": name, "why": ", ".join(worst[:3])}
        for group in self.house.catalog.populations(self.publication):
            path = self.house.lake.root / "verdicts" / "attack" / f"{group}-{self.period}.json"
            if path.exists() and not _passed(path):
                yield {"station": "protected", "subject": group, "why": "attack"}
        if self.plan and self.approval is None:
            for entry in self.house.ledger.entries("rejected", self.plan.hash):
                who, why = str(entry.content.get("approver", "")), str(entry.content.get("note", ""))
                yield {"station": "approved", "subject": who, "why": why}

    def _withdrawn(self) -> Iterator[dict[str, str]]:
        for entry in self.house.ledger.entries("withdrawn"):
            dataset, period, _ = entry.subject.split("/")
            where = entry.content.get("portal", self.publication.portal)
            if (dataset in self.publication.datasets, period, where) == (
                True,
                str(self.period),
                self.publication.portal,
            ):
                yield {"subject": entry.subject, "at": entry.at, "reason": str(entry.content.get("reason", ""))}


def _passed(path: Path) -> bool:
    kind = "attack" if path.parent.name == "attack" else "verdict"
    return bool(jsonfile.read(path, kind)["passed"])
