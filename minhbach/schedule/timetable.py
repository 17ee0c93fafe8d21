"""The timetable of a publication: one run per period, due when its books close. Calendar maths lives in core."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from ..core import clock
from ..core.periods import Period, last_closed_quarter, quarter_of
from ..core.workdays import WorkingCalendar

if TYPE_CHECKING:
    from ..core.catalog import Catalog, Publication


class AfterCutOff(Timetable):
    """A quarterly timetable: the data interval is the reporting window, the run is due at the freeze.

    JSON only in `serialize()`: the exceptions travel with the DAG, so that the scheduler needs no project folder.
    """

    def __init__(
        self, *, country: str, timezone: str, exceptions: dict[str, bool], regime: str, subdivision: str | None = None
    ) -> None:
        days = {date.fromisoformat(day): worked for day, worked in exceptions.items()}
        self._calendar = WorkingCalendar(country, timezone, days, subdivision)
        self._regime = regime

    @classmethod
    def of(cls, catalog: Catalog, publication: Publication) -> AfterCutOff:
        """Make the timetable that a publication declares."""
        calendar = catalog.calendar
        exceptions = {day.isoformat(): worked for day, worked in calendar.exceptions.items()}
        return cls(
            country=calendar.country,
            timezone=calendar.timezone,
            exceptions=exceptions,
            regime=publication.calendar.regime,
            subdivision=calendar.subdivision,
        )

    def serialize(self) -> dict[str, Any]:
        """Give what `deserialize` needs, as JSON values."""
        return {
            "country": self._calendar.country,
            "timezone": self._calendar.timezone,
            "exceptions": {day.isoformat(): worked for day, worked in sorted(self._calendar.exceptions.items())},
            "regime": self._regime,
            "subdivision": self._calendar.subdivision,
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> AfterCutOff:
        """Make it again from what `serialize` gave."""
        return cls(**data)

    @property
    def summary(self) -> str:
        """What the UI shows."""
        return "quarterly, 2 working days after the cut-off"

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """Give a run started by hand the last closed quarter."""
        return self._interval(last_closed_quarter(self._local_day(run_after), self._regime))  # type: ignore[arg-type]

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Give the next run: the quarter after the last one, or the first that restriction and catch-up allow."""
        if last_automated_data_interval is not None:
            period = self._period_of(last_automated_data_interval).following
        elif restriction.earliest is not None:
            period = quarter_of(self._local_day(restriction.earliest), self._regime)  # type: ignore[arg-type]
        else:
            return None
        if not restriction.catchup:
            period = max(period, self._newest_due(), key=lambda p: p.end)
        due = self._due(period)
        if restriction.latest is not None and due > restriction.latest:
            return None
        if clock.is_moved() and due > clock.now():
            return None  # in a rehearsal of the past no later quarter is due, though its real day has come
        return DagRunInfo(run_after=due, data_interval=self._interval(period), partition_key=None, partition_date=None)

    def _newest_due(self) -> Period:
        """The newest quarter whose freeze has passed."""
        now = pendulum.instance(clock.now())
        period = last_closed_quarter(self._local_day(now), self._regime)  # type: ignore[arg-type]
        return period if self._due(period) <= now else period.previous

    def _due(self, period: Period) -> pendulum.DateTime:
        return pendulum.instance(self._calendar.freeze_at(period.end)).in_timezone("UTC")

    def _interval(self, period: Period) -> DataInterval:
        zone = ZoneInfo(self._calendar.timezone)
        start = datetime.combine(period.start, time.min, zone)
        end = datetime.combine(period.end + timedelta(days=1), time.min, zone)
        return DataInterval(pendulum.instance(start).in_timezone("UTC"), pendulum.instance(end).in_timezone("UTC"))

    def _period_of(self, interval: DataInterval) -> Period:
        return quarter_of(self._local_day(interval.start), self._regime)  # type: ignore[arg-type]

    def _local_day(self, instant: pendulum.DateTime) -> date:
        local: date = instant.in_timezone(self._calendar.timezone).date()
        return local
