"""Reporting quarters of the pretend province: from the 15th to the 14th, and the freeze two working days later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .working_days import WorkingDays

FREEZE_HOUR = 17


@dataclass(frozen=True)
class Period:
    """A reporting quarter: first day, last day, and the local time at which its books are frozen."""

    name: str
    start: date
    end: date
    freeze: datetime


def periods_of(names: Sequence[str], calendar: WorkingDays) -> tuple[Period, ...]:
    """Return the quarters of these names in order.

    Raises:
        ValueError: a name is no quarter, or the quarters do not follow one another.

    """
    found = tuple(_period(name, calendar) for name in names)
    for earlier, later in pairwise(found):
        if later.start != earlier.end + timedelta(days=1):
            raise ValueError(f"sandbox periods: {later.name} does not follow {earlier.name}; name quarters in a row.")
    if not found:
        raise ValueError("sandbox periods: found none, expected at least one quarter such as 2026-Q2.")
    return found


def _period(name: str, calendar: WorkingDays) -> Period:
    match = re.fullmatch(r"(\d{4})-Q([1-4])", name)
    if match is None:
        raise ValueError(f"sandbox periods: found {name!r}, expected a quarter such as 2026-Q2.")
    year, last_month = int(match[1]), 3 * int(match[2])
    start = date(year, last_month - 3, 15) if last_month > 3 else date(year - 1, 12, 15)
    end = date(year, last_month, 14)
    day = int(calendar.add(np.array([(end - date(1970, 1, 1)).days]), np.array([2]))[0])
    frozen = date(1970, 1, 1) + timedelta(days=day)
    return Period(name, start, end, datetime(frozen.year, frozen.month, frozen.day, FREEZE_HOUR))  # noqa: DTZ001 - source times are local and naive
