"""The demo: a pretend province's quarters walk the whole line, and a person is told what happened. Decides nothing."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..core.settings import find_project
from ..flow.house import House, open_house
from ..flow.stages import run_order
from .output import say, show, tell
from .progress import shower
from .supervisor import embedded_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..core.periods import Period
    from ..sandbox.server import Server

AFTER_FREEZE = timedelta(minutes=5)


@dataclass(frozen=True)
class Province:
    """A pretend province on disk."""

    folder: Path
    dossiers: int
    seed: int


def rehearse(
    project: Path | None, *, dossiers: int | None, seed: int | None, into: Path | None, portal: str | None = None
) -> dict[str, Any]:
    """Walk every quarter of the project's sandbox through the line, in a folder of its own; to a second portal as well.

    Raises:
        MinhBachError: whatever a stage refuses.

    """
    began = monotonic()
    root = find_project(project)
    folder = (into or root / "var" / "demo").absolute()
    os.environ.update(
        MINHBACH_MODE="demo",
        MINHBACH_PROJECT=str(root),
        MINHBACH_LAKE=str(folder / "lake"),
        MINHBACH_WAREHOUSE=str(folder / "warehouse"),
        MINHBACH_LEDGER=f"sqlite:///{folder / 'ledger.sqlite'}",
    )
    house = open_house(root)
    _look_at(house, portal)
    plan = house.catalog.project.sandbox
    assert plan is not None  # noqa: S101  `check` refuses a project that is demonstrated without one
    province = Province(folder / "sandbox", dossiers or plan.dossiers, seed if seed is not None else plan.seed)
    say(f"The pretend province: {province.dossiers:,} dossiers a quarter, seed {province.seed}, in {folder}")
    steps: list[dict[str, Any]] = [{"event": "sandbox", "seconds": _generate(root, province)}]
    periods = [house.period(name, house.catalog.publication()) for name in plan.periods]
    walked = _walk(house, province, steps, periods, portal)
    seconds = round(monotonic() - began, 1)
    _conclude(house, walked, seconds)
    return {"seconds": seconds, "folder": str(folder), "steps": steps, "periods": walked}


def _generate(root: Path, province: Province) -> float:
    """Make the province's records, if they are not there yet; return the seconds it took."""
    from ..sandbox import generate

    mark = province.folder / "made.json"
    made = {"dossiers": province.dossiers, "seed": province.seed, "made_of": _made_of(root)}
    if mark.exists() and json.loads(mark.read_text()) == made:
        return 0.0
    shutil.rmtree(province.folder, ignore_errors=True)
    began = monotonic()
    records = generate(root, seed=province.seed, dossiers=province.dossiers, out=province.folder)
    mark.write_text(json.dumps(made))
    seconds = round(monotonic() - began, 2)
    say(f"  ✓ {'generated ' + format(sum(records.values()), ',') + ' records':<58} {seconds:>6.1f} s")
    return seconds


def _made_of(root: Path) -> str:
    """What the generator reads: another code list makes another province."""
    from ..core.jsonfile import digest, file_sha256

    files = sorted((root / "catalog" / "codes").glob("*.csv"))
    return digest({path.name: file_sha256(path) for path in files})


def _walk(
    house: House, province: Province, steps: list[dict[str, Any]], periods: list[Period], portal: str | None
) -> dict[str, Any]:
    from ..sandbox import drop, serve

    publication = house.catalog.publication()
    walked: dict[str, Any] = {}
    with (
        serve(province.folder) as server,
        _connections(house, province, server),
        embedded_run(house.settings.environment(), shower(steps)) as airflow,
    ):
        for period in periods:
            say(f"{publication.title.en}, {period} ({period.start} to {period.end})")
            local = (house.catalog.calendar.freeze_at(period.end) + AFTER_FREEZE).replace(tzinfo=None)
            now = _moved(house, local)
            server.as_of = local
            drop(province.folder, local)
            for dag in run_order(house, publication, period):
                airflow.run(dag, str(period), now)
            days = publication.calendar.release_after_workdays
            release_day = house.catalog.calendar.add_workdays(period.end, days)
            now = _moved(house, datetime.combine(release_day, time.fromisoformat(publication.calendar.release_at)))
            walked[str(period)] = _approve(house, period)
            airflow.run(f"publish__{publication.name}", str(period), now)
            if portal:
                walked[str(period)][portal] = _publish_on(house, period, portal)
    return walked


def _moved(house: House, local: datetime) -> str:
    """Move the clock to an instant of the rehearsal, here and for the run."""
    from zoneinfo import ZoneInfo

    now = local.replace(tzinfo=ZoneInfo(house.catalog.project.timezone)).isoformat()
    os.environ["MINHBACH_NOW"] = now
    return now


def _approve(house: House, period: Period) -> dict[str, Any]:
    """Let the demo's steward approve the plan, with the steward's own key."""
    from ..core.keys import read_private
    from ..core.people import demo_key
    from ..flow.planning import newest_plan
    from ..flow.publishing import approval_of, approve

    publication = house.catalog.publication()
    plan = newest_plan(house, publication, period)
    steward = publication.approved_by[0]
    if approval_of(house, plan) is None:
        approve(house, plan, steward, read_private(demo_key(steward, house.settings)), note="rehearsal")
        say(f"  ✓ plan {plan.hash[:12]} approved by {steward}")
    return {"plan": plan.hash, "actions": {change.dataset: change.action for change in plan.changes}}


def _look_at(house: House, portal: str | None) -> None:
    """Refuse a portal that does not answer before anything is made for it."""
    from ..flow.planning import publisher_of

    if portal:
        publisher_of(house, house.catalog.publication(), portal).observe()


def _publish_on(house: House, period: Period, portal: str) -> dict[str, Any]:
    """Plan, approve and apply the same sealed releases on another portal, as its own publication."""
    from ..core.keys import read_private
    from ..core.people import demo_key
    from ..flow.planning import plan
    from ..flow.publishing import apply, approval_of, approve

    began = monotonic()
    publication = house.catalog.publication()
    made = plan(house, publication, period, portal=portal)
    steward = publication.approved_by[0]
    if approval_of(house, made) is None:
        approve(house, made, steward, read_private(demo_key(steward, house.settings)), note="rehearsal")
    applied = apply(house, made, lambda step: say(f"    {portal}: {step}"))
    seconds = round(monotonic() - began, 2)
    say(f"  ✓ {'published on ' + portal if applied.written else portal + ' shows it already':<58} {seconds:>6.1f} s")
    return {"plan": made.hash, "written": applied.written, "urls": applied.urls, "seconds": seconds}


@contextmanager
def _connections(house: House, province: Province, server: Server) -> Iterator[None]:
    """Tell the extractors where the pretend agencies are, by the environment alone."""
    credentials = json.loads((province.folder / "credentials.json").read_text())
    for agency in house.catalog.agencies.values():
        if agency.method == "rest_paged":
            opened = {key: credentials[key] for key in ("client_id", "client_secret")}
            where = json.dumps({"url": server.url, **opened})
        else:
            where = f"file://{province.folder / 'drops' / agency.name}"
            (province.folder / "drops" / agency.name).mkdir(parents=True, exist_ok=True)
        os.environ[f"MINHBACH_CONN_{agency.connection.upper()}"] = where
    yield


def _conclude(house: House, walked: dict[str, Any], seconds: float) -> None:
    """Say where everything is, what became of the records, and what to try next."""
    from ..flow.account import account_of

    for period in walked:
        account = account_of(house, house.catalog.publication(), house.period(period, house.catalog.publication()))
        walked[period] |= account
        tell("")
        tell(f"{period}: what became of the records")
        show([(row["defect"], row["fate"], row["count"]) for row in account["defects"]], ("defect", "fate", "records"))
        show(
            [
                (r["dataset"], r["revision"], r["rows"], r["suppressed_cells"], r["suppressed_share"])
                for r in account["releases"]
            ],
            ("dataset", "release", "rows", "cells under c", "share of records at most"),
        )
    site = house.settings.lake.parent / "site" / "current"
    tell("")
    tell(f"Done in {seconds:.0f} s. The public site is {site / 'index.html'}")
    for address in sorted(
        {
            url
            for one in walked.values()
            for told in one.values()
            if isinstance(told, dict)
            for url in told.get("urls", {}).values()
        }
    ):
        tell(f"On the portal: {address}")
    tell("Try next:")
    tell("  make serve                                     the site, on loopback")
    tell(f"  minhbach verify {site}/dataset/…    check a download as anybody can")
    tell("  minhbach status                                who delivered, what waits, what comes next")
    tell("  minhbach quarantine list                       the dead letters, and why")
