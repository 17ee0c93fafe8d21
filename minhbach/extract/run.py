"""One table of one agency, from question to manifest: every record lands or is quarantined, or there is no extract.

Order on disk: spool, landed file, quarantine, manifest. Killed anywhere before the manifest there is no extract, and
the next one tidies up and resumes.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..core import clock
from ..core.errors import CapExceeded, GateRefused, SourceUnreachable, UsageError
from ..core.keys import secret
from ..core.lake import CORRECTION, Lake, Manifest
from .alone import alone
from .compiled import compile_contract
from .connection import connection_of
from .naming import named
from .pages import Request

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from ..core.catalog import Catalog, Table
    from ..core.settings import Settings
    from .compiled import Compiled
    from .pages import Delivery, Progress

SAMPLES = "sample"
"""Folder of the lake in which samples lie; nothing reads it but people."""
AHEAD = timedelta(days=1)
"""How far in the future a change at the source may lie and still move the cursor."""


def extract(
    agency: str,
    table_name: str,
    *,
    catalog: Catalog,
    settings: Settings,
    since: datetime | None = None,
    full: bool = False,
    sample: int | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Land what is new in one table and return its manifest; when nothing is new, the manifest that already holds it.

    `since` (local time) and `full` ask for more than what is new; `sample` lands so many records apart.

    Raises:
        SourceRefused, SourceUnreachable, UnreadableFile, StorageFailed: the outside failed; nothing landed.
        CapExceeded: too many records broke the contract; nothing landed, the broken ones can be looked at.
        UsageError: connection, key or names are missing.

    """
    one = Extraction(agency, table_name, catalog, settings, sample)
    with alone(one.lake, agency, table_name):
        one.tidy()
        return one.run(since, full=full, progress=progress or (lambda *_: None))


@dataclass(frozen=True)
class Found:
    """What was received, and what it is called."""

    delivery: Delivery
    extract_id: str
    cursor_from: str | None = None
    handed_in_by: str | None = None
    """Of a correction, and of nothing else."""


class Extraction:
    """One run of reading."""

    def __init__(self, agency: str, table_name: str, catalog: Catalog, settings: Settings, sample: int | None) -> None:
        self.agency = catalog.agency(agency)
        self.name = table_name
        self.table: Table = self.agency.table(table_name)
        self.catalog = catalog
        self.sample = sample
        self.lake = Lake(settings.lake if sample is None else settings.lake / SAMPLES)
        self.landing_key = secret("LANDING_KEY", settings)
        self.flags = {defect.flag: defect.id for defect, fate in self.table.defects() if fate == "flag"}
        self.compiled: Compiled = compile_contract(self.agency, self.table, catalog, settings)

    def tidy(self) -> None:
        """Remove what a killed extract left behind."""
        from . import landing
        from .quarantine import Quarantine

        landing.tidy(self.lake, self.agency.name, self.name)
        Quarantine(self.lake, self.agency.name, self.name).tidy()

    def run(self, since: datetime | None, *, full: bool, progress: Progress) -> Manifest:
        """Ask, judge, land."""
        landed = self.lake.manifests(self.agency.name, self.name)
        earlier = [manifest for manifest in landed if manifest.origin is None]
        start = self._start(since, earlier, full=full)
        delivery = self._ask(start, earlier if not full else [], progress)
        if delivery is None:
            if earlier:
                return earlier[-1]
            raise SourceUnreachable(
                f"{self.agency.name}/{self.name}: found no file {self.table.files} in the inbox, expected at least one."
            )
        cursor_from = start.isoformat() if start else None
        if same := self._same(earlier, delivery, cursor_from):
            delivery.discard()
            return same
        found = Found(delivery, self._extract_id(delivery, cursor_from, landed), cursor_from)
        try:
            manifest = self.land(found, progress)
        except GateRefused:
            delivery.discard()  # the next attempt asks anew: the source may have been corrected
            raise
        delivery.discard()
        return manifest

    def _ask(self, start: datetime | None, earlier: list[Manifest], progress: Progress) -> Delivery | None:
        method: Any = importlib.import_module(f"{__package__}.{self.agency.method}")
        request = Request(
            agency=self.agency,
            table=self.table,
            connection=connection_of(self.agency),
            unit=self.catalog.project.place.agency_code,
            since=start,
            known={name: digest for manifest in earlier for name, digest in manifest.files.items()},
            spool=self.lake.spool(self.agency.name, self.name),
            key=self.landing_key,
            limit=self.sample,
            progress=progress,
        )
        delivery: Delivery | None = method.fetch(request)
        return delivery

    def _start(self, since: datetime | None, earlier: list[Manifest], *, full: bool) -> datetime | None:
        if self.table.files and since:
            raise UsageError(f"{self.agency.name}/{self.name}: found --since, expected none: files are read whole.")
        if self.table.files or full or self.sample is not None:
            return None
        return since or self._resume_from(earlier)

    def _resume_from(self, earlier: list[Manifest]) -> datetime | None:
        cursors = [m.cursor_to for m in earlier if m.cursor_to]
        if not cursors or not self.table.cursor:
            return None
        return datetime.fromisoformat(max(cursors))

    def _same(self, earlier: list[Manifest], delivery: Delivery, cursor_from: str | None) -> Manifest | None:
        """Find the extract that holds exactly this already."""
        if self.sample is not None or not earlier:
            return None
        if delivery.count == 0:
            return earlier[-1]
        question = (delivery.files, cursor_from, self.compiled.hash)
        return next((m for m in reversed(earlier) if (m.files, m.cursor_from, m.contract_hash) == question), None)

    def _extract_id(self, delivery: Delivery, cursor_from: str | None, landed: list[Manifest]) -> str:
        what = f"{delivery.content}|{cursor_from}|{self.compiled.hash}|{self.sample}".encode()
        return named(self.landing_key, what, landed)

    def land(self, found: Found, progress: Progress, replaces: Callable[[str], int] = lambda _: 0) -> Manifest:
        """Judge what was received and land it; `replaces` says how many waiting records it takes the place of."""
        from .landing import Landing
        from .quarantine import Quarantine

        contract, key, now = self.compiled.contract, self.landing_key, clock.now()
        quarantine = Quarantine(self.lake, self.agency.name, self.name)
        landing = Landing(
            self.lake,
            self.agency.name,
            self.name,
            found.extract_id,
            schema=contract.schema,
            flags=list(self.flags),
            at=now,
        )
        with landing, quarantine.writer(found.extract_id, key) as broken:
            tally = self._judge(found.delivery, landing, broken, progress)
            received = landing.rows + sum(broken.reasons.values())
            if self._over_cap(received, landing.rows):
                broken.commit(attempt=True)
                raise self._cap_exceeded(found, received, broken.reasons)
            digest = landing.commit()
            broken.commit()
            replaced = replaces(found.extract_id)
            manifest = Manifest(
                agency=self.agency.name,
                table=self.name,
                extract_id=found.extract_id,
                received=received,
                landed=landing.rows,
                quarantined=dict(sorted(broken.reasons.items())),
                sha256=digest,
                contract_hash=self.compiled.hash,
                landed_at=clock.stamp(now),
                flagged={self.flags[flag]: count for flag, count in sorted(landing.flagged.items())},
                cursor_from=found.cursor_from,
                cursor_to=self._cursor_to(tally, found.cursor_from),
                source_time_max=tally.latest.isoformat() if tally.latest else None,
                files=found.delivery.files,
                sample=self.sample is not None,
                replayed=replaced,
                origin=CORRECTION if found.handed_in_by else None,
                handed_in_by=found.handed_in_by,
            )
            self.lake.write_manifest(manifest)
        return manifest

    def _judge(self, delivery: Delivery, landing: Any, broken: Any, progress: Progress) -> _Tally:
        from .duplicates import Duplicates

        tally = _Tally()
        contract, rule = self.compiled.contract, self.table.conflicts
        duplicates = Duplicates(self.table.key, rule.same_as) if rule else None
        horizon = self._local_now() + AHEAD
        for page in delivery.pages():
            judged = contract.judge(page)
            landing.add(judged.kept)
            for one in judged.broken:
                broken.add(one)
            tally.see(judged.cursors, horizon)
            if duplicates:
                duplicates.add(judged.kept)
            progress(f"{self.agency.name}/{self.name}", page.first_row + page.count - 1, delivery.count)
        if duplicates and len(rows := duplicates.conflicting()):
            self._divert(delivery, landing, broken, rows)
        return tally

    def _divert(self, delivery: Delivery, landing: Any, broken: Any, rows: Any) -> None:
        """Move contradicting records from the landed ones to the quarantine."""
        from .contract import Broken, Fault

        rule = self.table.conflicts
        if rule is None:
            return
        fault = Fault(rule.id, ", ".join(rule.same_as), rule.id)
        for row, source, record in delivery.records(rows.tolist()):
            broken.add(Broken(row, source, fault, record))
        landing.remove(rows)

    def _over_cap(self, received: int, landed: int) -> bool:
        broken = received - landed
        few = broken <= self.table.quarantine_floor and landed > 0
        return self.sample is None and broken > self.table.cap * received and not few

    def _cap_exceeded(self, found: Found, received: int, reasons: Counter[str]) -> CapExceeded:
        worst = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
        return CapExceeded(
            f"{self.agency.name}/{self.name}: found {sum(reasons.values())} of {received} records breaking the "
            f"contract ({worst}), expected at most {self.table.quarantine_cap}; nothing landed, look at them with "
            f"`minhbach quarantine show {self.agency.name} {self.name} {found.extract_id}`."
        )

    def _cursor_to(self, tally: _Tally, cursor_from: str | None) -> str | None:
        return tally.cursor.isoformat() if tally.cursor else cursor_from

    def _local_now(self) -> datetime:
        return clock.now().astimezone(ZoneInfo(self.catalog.project.timezone)).replace(tzinfo=None)


@dataclass
class _Tally:
    """What is counted on the way."""

    latest: datetime | None = None
    cursor: datetime | None = None

    def see(self, cursors: Any, horizon: datetime) -> None:
        """Remember the latest times of a page; the cursor never moves into the future, where it would skip records."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if cursors is None:
            return
        believable = cursors.filter(pc.less_equal(cursors, pa.scalar(horizon, cursors.type)))
        self.latest = max(filter(None, (self.latest, pc.max(cursors).as_py())), default=None)
        self.cursor = max(filter(None, (self.cursor, pc.max(believable).as_py())), default=None)
