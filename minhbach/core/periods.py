"""Reporting periods: names, windows, order. Calendar maths only; knows no working days and no Airflow.

The reporting regime runs from the 15th of the month before a period to the 14th of its last month
(domain: Decree 09/2019 art. 12); the calendar regime is what everybody expects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .errors import UsageError

Regime = Literal["reporting", "calendar"]
CUT_OFF_DAY = 14
MONTHS_IN_YEAR = 12
MONTHS_IN_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """A named window: `2026-Q3`, `2026-09` or `2026`, in a regime."""

    year: int
    first_month: int
    months: int
    regime: Regime = "reporting"

    @classmethod
    def parse(cls, name: str, regime: Regime = "reporting") -> Period:
        """Read a period's name.

        Raises:
            UsageError: the name is none of the three forms.

        """
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", name):
            return cls(int(found[1]), 3 * int(found[2]) - 2, MONTHS_IN_QUARTER, regime)
        if found := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", name):
            return cls(int(found[1]), int(found[2]), 1, regime)
        if found := re.fullmatch(r"\d{4}", name):
            return cls(int(name), 1, MONTHS_IN_YEAR, regime)
        raise UsageError(f'period: found "{name}", expected a quarter 2026-Q3, a month 2026-09 or a year 2026.')

    def __str__(self) -> str:
        if self.months == MONTHS_IN_QUARTER:
            return f"{self.year}-Q{(self.first_month + 2) // MONTHS_IN_QUARTER}"
        return f"{self.year}-{self.first_month:02d}" if self.months == 1 else str(self.year)

    @property
    def start(self) -> date:
        """First day inside the window."""
        if self.regime == "calendar":
            return date(self.year, self.first_month, 1)
        year, month = _shift(self.year, self.first_month, -1)
        return date(year, month, CUT_OFF_DAY + 1)

    @property
    def end(self) -> date:
        """Last day inside the window (the cut-off)."""
        if self.regime == "calendar":
            year, month = _shift(self.year, self.first_month, self.months)
            return date(year, month, 1) - timedelta(days=1)
        year, month = _shift(self.year, self.first_month, self.months - 1)
        return date(year, month, CUT_OFF_DAY)

    def shifted(self, steps: int) -> Period:
        """Return the period that many steps later (negative: earlier)."""
        year, month = _shift(self.year, self.first_month, steps * self.months)
        return Period(year, month, self.months, self.regime)

    @property
    def previous(self) -> Period:
        """The period before."""
        return self.shifted(-1)

    @property
    def following(self) -> Period:
        """The period after."""
        return self.shifted(1)


def quarter_of(day: date, regime: Regime = "reporting") -> Period:
    """Return the quarter that holds a day."""
    guess = Period(day.year, 3 * ((day.month - 1) // 3) + 1, MONTHS_IN_QUARTER, regime)
    if day > guess.end:
        return guess.following
    return guess


def last_closed_quarter(day: date, regime: Regime = "reporting") -> Period:
    """Return the newest quarter whose window ended before a day."""
    return quarter_of(day, regime).previous


def _shift(year: int, month: int, months: int) -> tuple[int, int]:
    index = year * MONTHS_IN_YEAR + (month - 1) + months
    return index // MONTHS_IN_YEAR, index % MONTHS_IN_YEAR + 1
