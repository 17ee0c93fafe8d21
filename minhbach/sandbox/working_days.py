"""The working days of the pretend province, as arrays; shares no code with the engine's calendar."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Days = NDArray[np.int64]

EPOCH = date(1970, 1, 1)
DAY = 86_400
IN_DAY_CUT_OFF = 15 * 3_600
"""A procedure that is answered on the same day is answered on the next working day when it came after 15:00."""


@dataclass(frozen=True)
class WorkingDays:
    """Working days between two years, numbered; days are counted from 1 Jan 1970."""

    first: int
    is_working: NDArray[np.bool_]
    number: Days
    """number[d - first]: how many working days there are up to and including day d."""
    days: Days
    """days[n - 1]: the n-th working day."""

    @classmethod
    def of(cls, country: str, overrides: Path | None, years: range) -> WorkingDays:
        """Take the public holidays of a country and correct them by the project's list of exceptions."""
        import holidays

        public = holidays.country_holidays(country, years=list(years))
        first = day_number(date(years.start, 1, 1))
        last = day_number(date(years.stop - 1, 12, 31))
        span = np.arange(first, last + 1, dtype=np.int64)
        working = (span + 3) % 7 < 5  # 1 Jan 1970 was a Thursday
        for day in public:
            working[day_number(day) - first] = False
        for day in getattr(public, "weekend_workdays", ()):
            if day.year in years:
                working[day_number(day) - first] = True
        if overrides is not None and overrides.exists():
            with overrides.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    day = date.fromisoformat(row["date"])
                    if day.year in years:
                        working[day_number(day) - first] = row["is_working"] == "1"
        return cls(first=first, is_working=working, number=np.cumsum(working).astype(np.int64), days=span[working])

    def add(self, day: Days, count: Days) -> Days:
        """Return the count-th working day after each day; the day itself is not counted."""
        return np.asarray(self.days[self.number[day - self.first] + count - 1], dtype=np.int64)

    def next_or_same(self, day: Days) -> Days:
        """Return the day itself when it is worked, else the next working day."""
        return np.where(self.is_working[day - self.first], day, self.add(day, np.ones_like(day)))

    def due_day(self, received: Days, limit: Days, in_day: NDArray[np.bool_]) -> Days:
        """Return the day on which a dossier is due, from its receipt in seconds and its limit in working days."""
        day = received // DAY
        in_time = (received % DAY <= IN_DAY_CUT_OFF) & self.is_working[day - self.first]
        same_day = np.where(in_time, day, self.add(day, np.ones_like(day)))
        return np.where(in_day, same_day, self.add(day, np.maximum(limit, 1)))


def day_number(day: date) -> int:
    """Return the number of days since 1 Jan 1970."""
    return (day - EPOCH).days
