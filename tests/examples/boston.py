"""Boston's public 311 file read by plain Python: what the line must count, and what must never leave the extractor."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "boston311_2015_h1"
FILE = "boston311_2015H1.csv.gz"
QUARTERS = {
    "2015-Q1": (datetime(2015, 1, 1), datetime(2015, 4, 1)),  # noqa: DTZ001  the source's times name no zone
    "2015-Q2": (datetime(2015, 4, 1), datetime(2015, 7, 1)),  # noqa: DTZ001
}
"""First instant of the quarter, and of the next one."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<!\d)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)")


@dataclass(frozen=True)
class Case:
    """One row of the file, as far as the numbers need it."""

    department: str
    opened: datetime
    due: datetime | None
    closed: datetime | None
    verdict: str
    """The publisher's own: ONTIME, OVERDUE or nothing."""

    @property
    def is_on_time(self) -> bool:
        """Whether it was closed by its due date."""
        return self.due is not None and self.closed is not None and self.closed <= self.due


def rows(folder: Path) -> list[dict[str, str]]:
    """Read the file as it is."""
    with gzip.open(folder / FOLDER / FILE, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cases(read: list[dict[str, str]]) -> list[Case]:
    """Give every row as a case."""
    return [
        Case(
            row["Department"],
            _at(row["OPEN_DT"]),
            _maybe(row["TARGET_DT"]),
            _maybe(row["CLOSED_DT"]),
            row["OnTime_Status"],
        )
        for row in read
    ]


def counted(all_cases: list[Case], quarter: str) -> dict[str, Counter[str]]:
    """Count a quarter by department and over all of them."""
    start, end = QUARTERS[quarter]
    found: dict[str, Counter[str]] = {}
    for case in all_cases:
        if not start <= case.opened < end:
            continue
        is_closed = case.closed is not None and case.closed < end
        is_within = not is_closed and case.due is not None and case.due >= end
        facts = {
            "opened": True,
            "without_due_date": case.due is None,
            "with_due_date": case.due is not None,
            "closed": is_closed,
            "closed_with_due_date": is_closed and case.due is not None,
            "on_time": is_closed and case.is_on_time,
            "open_within_limit": is_within,
            "on_time_official": is_within or (is_closed and case.is_on_time),
            "requesters_at_most": True,
        }
        for key in (case.department, "TOTAL"):
            found.setdefault(key, Counter()).update({name: int(holds) for name, holds in facts.items()})
    return found


def needles(read: list[dict[str, str]]) -> dict[str, list[str]]:
    """Take real values of what the extractor drops: every e-mail and telephone number, and some of each other kind."""
    texts = [row[name] for row in read for name in ("CLOSURE_REASON", "CASE_TITLE")]
    streets = {row["LOCATION_STREET_NAME"] for row in read if re.match(r"\d.{9}", row["LOCATION_STREET_NAME"])}
    points = {row["Geocoded_Location"] for row in read if re.search(r"\.\d{4}, -71\.\d{4}", row["Geocoded_Location"])}
    long_texts = {text for text in texts if len(text) > 60}
    return {
        "email": sorted({found for text in texts for found in EMAIL.findall(text)}),
        "phone": sorted({found for text in texts for found in PHONE.findall(text)}),
        "address": sorted(streets)[::100],
        "location": sorted({row["Location"] for row in read if len(row["Location"]) > 20})[::100],
        "coordinates": sorted(points)[::100],
        "parcel": sorted({row["Property_ID"] for row in read if len(row["Property_ID"]) == 8})[::100],
        "case": sorted(row["CASE_ENQUIRY_ID"] for row in read)[::500],
        "text": sorted(long_texts)[::100],
    }


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007  the source's times name no zone


def _maybe(text: str) -> datetime | None:
    return _at(text) if text else None
