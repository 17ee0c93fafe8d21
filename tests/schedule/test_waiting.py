"""Tasks that wait: who is missing is seen, waivers count, the hour of release is the house's, nobody waits embedded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSensorTimeout

from minhbach.core import deliveries
from minhbach.core.errors import NotFrozen
from minhbach.flow.freezing import freeze
from minhbach.flow.house import open_house
from minhbach.flow.stages import on_time
from minhbach.schedule import alerts
from minhbach.schedule.dags import publication_dags

if TYPE_CHECKING:
    from minhbach.flow.house import House as Whole
    from tests.release.small import House

AFTER_FREEZE = "2026-09-16T17:05:00+07:00"


class Instance:
    """What a sensor asks of its task instance."""

    def __init__(self, first_look: datetime | None = None) -> None:
        self.pushed: dict[str, Any] = {}
        self.first_look = first_look

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_first_reschedule_date(self, _context: Any) -> datetime | None:
        return self.first_look


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Catch what would be sent; the sending itself is tested where it is."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(alerts, "send", lambda title, text, _context: sent.append((title, text)))
    return sent


def context(instance: Instance | None = None, looks: int = 0) -> dict[str, Any]:
    run = type("Run", (), {"conf": {"period": "2026-Q3"}})()
    return {"dag_run": run, "params": {}, "ti": instance or Instance(), "task_reschedule_count": looks}


def task(small: House, dag: str, name: str) -> Any:
    return publication_dags(small.catalog)[f"{dag}__cong_bo"].task_dict[name]


def deliver(small: House) -> None:
    at = datetime(2026, 9, 15, 3, tzinfo=UTC)
    deliveries.record(small.lake, "mot_cua", "ho_so", at=at, extract_id="20260915T030000-0a1b2c3d")


def opened(small: House, monkeypatch: pytest.MonkeyPatch, now: str = AFTER_FREEZE) -> Whole:
    monkeypatch.setenv("MINHBACH_NOW", now)
    return open_house(small.root)


def test_a_missing_agency_is_named_and_waited_for(
    small: House, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    opened(small, monkeypatch)
    wait, instance = task(small, "prepare", "wait_for_agencies"), Instance()
    assert wait.mode == "reschedule"
    with pytest.raises(AirflowRescheduleException):
        wait.execute(context(instance))
    assert instance.pushed["agencies"] == {"mot_cua": "missing: ['ho_so']"}
    ((title, text),) = told
    assert title == "Minh Bạch: kỳ 2026-Q3 còn thiếu 1 cơ quan"
    assert "mot_cua: ['ho_so']" in text
    with pytest.raises(AirflowRescheduleException):
        wait.execute(context(instance, looks=1))
    assert len(told) == 1, "told once, not at every look"
    deliver(small)
    assert wait.execute(context(instance, looks=2))["agencies"] == {"mot_cua": "delivered"}


def test_the_wait_ends_and_is_not_silent(
    small: House, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    opened(small, monkeypatch)
    wait = task(small, "prepare", "wait_for_agencies")
    began = datetime.now(UTC) - timedelta(days=11)
    with pytest.raises(AirflowSensorTimeout):
        wait.execute(context(Instance(began), looks=9))
    assert told == []
    (callback,) = wait.on_failure_callback
    callback({"task": wait, "run_id": "scheduled__1", "exception": AirflowSensorTimeout("x"), "ti": None})
    assert "Chờ cơ quan giao đủ" in told[0][0]


def test_a_waiver_is_kept_and_honoured(
    small: House, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    house = opened(small, monkeypatch, "2026-09-15T09:00:00+07:00")
    publication = house.catalog.publication("cong_bo")
    period = house.period("2026-Q3", publication)
    with pytest.raises(NotFrozen, match="too early"):
        freeze(house, publication, period, {"mot_cua": "mất điện"})
    monkeypatch.setenv("MINHBACH_NOW", AFTER_FREEZE)
    seen = task(small, "prepare", "wait_for_agencies").execute(context())
    assert seen["agencies"] == {"mot_cua": "waived: mất điện"}
    assert told == []
    assert freeze(house, publication, period).waived == {"mot_cua": "mất điện"}


def test_who_was_waived_and_delivers_in_time_is_not_waived(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = opened(small, monkeypatch, "2026-09-15T09:00:00+07:00")
    publication = house.catalog.publication("cong_bo")
    period = house.period("2026-Q3", publication)
    with pytest.raises(NotFrozen):
        freeze(house, publication, period, {"mot_cua": "mất điện"})
    deliver(small)
    monkeypatch.setenv("MINHBACH_NOW", AFTER_FREEZE)
    assert freeze(house, publication, period).waived == {}


def test_nobody_waits_in_an_embedded_run(
    small: House, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    opened(small, monkeypatch)
    wait = task(small, "prepare", "wait_for_agencies")
    wait.waits = False
    assert wait.execute(context())["complete"] is False
    with pytest.raises(AirflowFailException, match="not delivered since the cut-off"):
        task(small, "prepare", "close_books").execute(context())
    assert told == []


def test_the_hour_of_release_is_waited_for_to_the_minute(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = task(small, "publish", "wait_for_release")
    opened(small, monkeypatch, "2026-09-23T08:58:30+07:00")
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as again:
        wait.execute(context())
    assert timedelta(seconds=89) < again.value.reschedule_date - before < timedelta(seconds=120)
    wait.waits = False
    with pytest.raises(AirflowFailException, match="too early"):
        wait.execute(context())
    opened(small, monkeypatch, "2026-09-23T09:00:00+07:00")
    assert wait.execute(context())["release_at"] == "2026-09-23T09:00+07:00"


@pytest.mark.parametrize(
    ("now", "is_fine"),
    [
        ("2026-09-20T09:30:00+07:00", True),  # there is time
        ("2026-09-22T09:30:00+07:00", False),  # nobody has approved, and it is tomorrow
        ("2026-09-23T09:30:00+07:00", False),  # late
    ],
)
def test_what_is_late_or_will_be_is_found_by_the_daily_look(
    small: House, monkeypatch: pytest.MonkeyPatch, now: str, *, is_fine: bool
) -> None:
    opened(small, monkeypatch, now)
    look = task(small, "watch", "on_time")
    if is_fine:
        assert on_time("cong_bo")["period"] == "2026-Q3"
        assert look.execute({})["release_at"] == "2026-09-23T09:00+07:00"
    else:
        with pytest.raises(AirflowFailException, match="2026-09-23 09:00"):
            look.execute({})
