"""When books close: Airflow's timetable and the calendar of core name the same days, for the quarters of the rules."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import entry_points
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from minhbach.core.catalog import load_catalog
from minhbach.core.periods import Period
from minhbach.schedule.timetable import AfterCutOff

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
QUARTERS = {
    "2026-Q1": (date(2025, 12, 15), date(2026, 3, 14), date(2026, 3, 17), date(2026, 3, 24)),
    "2026-Q2": (date(2026, 3, 15), date(2026, 6, 14), date(2026, 6, 16), date(2026, 6, 23)),
    "2026-Q3": (date(2026, 6, 15), date(2026, 9, 14), date(2026, 9, 16), date(2026, 9, 23)),
    "2026-Q4": (date(2026, 9, 15), date(2026, 12, 14), date(2026, 12, 16), date(2026, 12, 23)),
    "2027-Q1": (date(2026, 12, 15), date(2027, 3, 14), date(2027, 3, 16), date(2027, 3, 23)),
    "2027-Q2": (date(2027, 3, 15), date(2027, 6, 14), date(2027, 6, 16), date(2027, 6, 23)),
    "2027-Q3": (date(2027, 6, 15), date(2027, 9, 14), date(2027, 9, 16), date(2027, 9, 23)),
    "2027-Q4": (date(2027, 9, 15), date(2027, 12, 14), date(2027, 12, 16), date(2027, 12, 23)),
}
"""Quarter → first day, cut-off, freeze, release, as a person with a calendar on the wall worked them out."""


@pytest.fixture(scope="module")
def catalog(project: Path) -> Catalog:
    return load_catalog(project)


@pytest.fixture(scope="module")
def timetable(catalog: Catalog) -> AfterCutOff:
    return AfterCutOff.of(catalog, catalog.publication())


def runs(timetable: AfterCutOff, count: int) -> list[tuple[date, date, datetime]]:
    """Ask for run after run, as the scheduler does: first day, last day, due."""
    earliest = pendulum.datetime(2026, 1, 1, tz="UTC")
    restriction = TimeRestriction(earliest=earliest, latest=None, catchup=True)
    last: DataInterval | None = None
    found = []
    for _ in range(count):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        assert info is not None
        last = info.data_interval
        assert last is not None
        start, end = last.start.astimezone(ZONE), last.end.astimezone(ZONE)
        assert (start.hour, end.hour) == (0, 0), "windows are whole local days"
        found.append((start.date(), end.date() - timedelta(days=1), info.run_after.astimezone(ZONE)))
    return found


def test_eight_quarters_are_due_when_their_books_close(timetable: AfterCutOff, catalog: Catalog) -> None:
    found = runs(timetable, len(QUARTERS))
    for (start, end, due), (name, (first, cut_off, freeze, release)) in zip(found, QUARTERS.items(), strict=True):
        period = Period.parse(name)
        assert (start, end) == (first, cut_off) == (period.start, period.end), name
        assert due.date() == freeze, name
        assert due == catalog.calendar.freeze_at(cut_off), name
        assert catalog.calendar.release_on(cut_off) == release, name


def test_a_timetable_comes_back_from_json_as_it_went(timetable: AfterCutOff) -> None:
    said = json.loads(json.dumps(timetable.serialize()))
    again = AfterCutOff.deserialize(said)
    assert again.serialize() == timetable.serialize()
    assert runs(again, 8) == runs(timetable, 8)
    assert said["exceptions"], "the province's declared exceptions travel with it"


def test_the_plugin_is_what_airflow_finds() -> None:
    (point,) = [one for one in entry_points(group="airflow.plugins") if one.value.startswith("minhbach")]
    assert AfterCutOff in point.load().timetables


@pytest.mark.parametrize(
    ("day", "name"), [((2026, 6, 14), "2026-Q1"), ((2026, 6, 15), "2026-Q2"), ((2026, 9, 20), "2026-Q3")]
)
def test_a_run_by_hand_takes_the_last_closed_quarter(
    timetable: AfterCutOff, day: tuple[int, int, int], name: str
) -> None:
    asked = pendulum.datetime(*day, 12, tz="Asia/Ho_Chi_Minh")
    interval = timetable.infer_manual_data_interval(run_after=asked)
    assert interval.start.astimezone(ZONE).date() == QUARTERS[name][0]


def test_without_catch_up_only_the_newest_is_due(timetable: AfterCutOff) -> None:
    restriction = TimeRestriction(earliest=pendulum.datetime(2015, 1, 1, tz="UTC"), latest=None, catchup=False)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.run_after <= datetime.now(UTC)
    assert datetime.now(UTC) - info.run_after < timedelta(days=100)


def test_nothing_is_due_after_the_latest_date(timetable: AfterCutOff) -> None:
    restriction = TimeRestriction(
        earliest=pendulum.datetime(2026, 1, 1, tz="UTC"), latest=pendulum.datetime(2026, 3, 16, tz="UTC"), catchup=True
    )
    assert timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction) is None
