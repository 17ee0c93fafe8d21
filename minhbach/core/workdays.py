"""The working-day calendar: a country's public holidays plus a file of declared exceptions. Knows no dataset.

Source of the rule: the day of receipt is not counted; the n-th working day after it is due (Civil Code art. 147).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .errors import DeclarationError, Problem

if TYPE_CHECKING:
    from pathlib import Path

SATURDAY = 5
OFFICE_CLOSES = time(17, 0)
FREEZE_AFTER = 2
"""Working days from the cut-off to the freeze."""
RELEASE_AFTER = 7
"""Working days from the cut-off to the planned release."""


@dataclass(frozen=True)
class WorkingCalendar:
    """Tells working days of one country or a part of it, in one time zone, with declared exceptions."""

    country: str
    timezone: str
    exceptions: dict[date, bool] = field(default_factory=dict)
    subdivision: str | None = None
    """State or province whose own holidays hold too."""

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on a day: exceptions first, then Monday to Friday without public holidays."""
        if day in self.exceptions:
            return self.exceptions[day]
        return _is_working(self.country, self.subdivision, day)

    def add_workdays(self, day: date, count: int) -> date:
        """Return the count-th working day after a day (the day itself is not counted)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day

    def freeze_at(self, cut_off: date) -> datetime:
        """Return the instant at which the books of a period that ends on `cut_off` are frozen."""
        day = self.add_workdays(cut_off, FREEZE_AFTER)
        return datetime.combine(day, OFFICE_CLOSES, ZoneInfo(self.timezone))

    def release_on(self, cut_off: date) -> date:
        """Return the planned release day of a period that ends on `cut_off`."""
        return self.add_workdays(cut_off, RELEASE_AFTER)

    def days(self, first: date, last: date) -> list[tuple[date, bool]]:
        """List every day of a range with whether it is worked."""
        count = (last - first).days + 1
        return [(day, self.is_workday(day)) for day in (first + timedelta(days=step) for step in range(count))]


def load_exceptions(path: Path) -> dict[date, bool]:
    """Read declared exceptions: CSV with columns date, is_working, reason, document.

    Raises:
        DeclarationError: a row holds no ISO date or no 0/1.

    """
    exceptions: dict[date, bool] = {}
    problems: list[Problem] = []
    with path.open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            try:
                exceptions[date.fromisoformat(row["date"])] = {"0": False, "1": True}[row["is_working"]]
            except (KeyError, ValueError) as error:
                problems.append(Problem(str(path), f"line {line}", str(error), "an ISO date and is_working 0 or 1"))
    if problems:
        raise DeclarationError(problems)
    return exceptions


@lru_cache(maxsize=8192)
def _is_working(country: str, subdivision: str | None, day: date) -> bool:
    return bool(_holidays(country, subdivision).is_working_day(day))


@lru_cache(maxsize=8)
def _holidays(country: str, subdivision: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202  holidays ships no types
    import holidays

    return holidays.country_holidays(country, subdiv=subdivision)
