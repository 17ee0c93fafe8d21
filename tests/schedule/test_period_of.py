"""A run's period: the one asked for, the one that the plan's Asset event carries, or the one its data interval is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pendulum
import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.periods import Period
from minhbach.schedule.running import period_of
from minhbach.schedule.timetable import AfterCutOff

if TYPE_CHECKING:
    from pathlib import Path

QUARTERS = [str(Period.parse("2026-Q1").shifted(step)) for step in range(8)]


def context(**more: Any) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(conf={}), "params": {"period": ""}, **more}


@pytest.mark.parametrize("name", QUARTERS)
def test_a_scheduled_run_reads_its_own_interval(project: Path, name: str) -> None:
    catalog = load_catalog(project)
    timetable = AfterCutOff.of(catalog, catalog.publication())
    period = Period.parse(name)
    due = pendulum.instance(catalog.calendar.freeze_at(period.end)).add(minutes=1)
    interval = timetable.infer_manual_data_interval(run_after=due)
    found = period_of(context(data_interval_end=interval.end), catalog.project.timezone, "reporting")
    assert found == name


def test_what_is_asked_for_wins() -> None:
    asked = context(data_interval_end=pendulum.now("UTC"))
    asked["dag_run"].conf = {"period": "2026-Q2"}
    assert period_of(asked, "Asia/Ho_Chi_Minh", "reporting") == "2026-Q2"


def test_the_plan_s_event_carries_its_period() -> None:
    events = {"planned": [SimpleNamespace(extra={"period": "2026-Q3", "plan": "x"})]}
    assert period_of(context(triggering_asset_events=events), "Asia/Ho_Chi_Minh", "reporting") == "2026-Q3"


def test_a_partition_is_a_period() -> None:
    found = period_of(context(partition_key="2026-Q1", data_interval_end=None), "Asia/Ho_Chi_Minh", "reporting")
    assert found == "2026-Q1"
