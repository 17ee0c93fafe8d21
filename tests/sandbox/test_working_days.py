"""Due dates of the pretend province against the worked vectors of the regulation."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from minhbach.sandbox.periods import periods_of
from minhbach.sandbox.province import read_province
from minhbach.sandbox.working_days import DAY, WorkingDays, day_number

if TYPE_CHECKING:
    from pathlib import Path

VECTORS = [
    ("2025-12-31", 3, "2026-01-07"),
    ("2026-01-08", 3, "2026-01-12"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-04-24", 5, "2026-05-06"),
    ("2026-08-20", 3, "2026-08-24"),
    ("2026-08-28", 2, "2026-09-04"),
    ("2026-11-23", 1, "2026-11-25"),
    ("2025-04-24", 3, "2025-04-28"),
    ("2024-04-26", 5, "2024-05-07"),
    ("2019-01-03", 2, "2019-01-05"),
]


@pytest.fixture(scope="module")
def calendar(project: Path) -> WorkingDays:
    return WorkingDays.of("VN", project / "catalog" / "codes" / "lich_ngoai_le.csv", range(2018, 2028))


def days(*texts: str) -> np.ndarray:
    return np.array([day_number(date.fromisoformat(text)) for text in texts], np.int64)


def test_every_vector(calendar: WorkingDays):
    assert VECTORS
    received, limits, due = zip(*VECTORS, strict=True)
    assert calendar.add(days(*received), np.array(limits)).tolist() == days(*due).tolist()


def test_overrides_matter():
    plain = WorkingDays.of("VN", None, range(2025, 2027))
    assert plain.add(days("2025-12-31"), np.array([3])).tolist() == days("2026-01-06").tolist()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-04-20 14:59:59", "2026-04-20"),
        ("2026-04-20 15:00:00", "2026-04-20"),
        ("2026-04-20 15:00:01", "2026-04-21"),
        ("2026-04-24 15:30:00", "2026-04-28"),  # a weekend and a holiday moved to the Monday lie between
    ],
)
def test_in_day_procedures_turn_at_three_o_clock(calendar: WorkingDays, received: str, due: str):
    moment = datetime.fromisoformat(received)
    seconds = np.array([day_number(moment.date()) * DAY + moment.hour * 3600 + moment.minute * 60 + moment.second])
    found = calendar.due_day(seconds, np.array([1]), np.array([True]))
    assert found.tolist() == days(due).tolist()


def test_quarters_run_from_the_15th_to_the_14th(calendar: WorkingDays):
    first, second, third = periods_of(["2026-Q2", "2026-Q3", "2026-Q4"], calendar)
    assert (first.start, first.end) == (date(2026, 3, 15), date(2026, 6, 14))
    assert (second.start, second.end) == (date(2026, 6, 15), date(2026, 9, 14))
    assert [str(p.freeze) for p in (first, second, third)] == [
        "2026-06-16 17:00:00",
        "2026-09-16 17:00:00",
        "2026-12-16 17:00:00",
    ]


@pytest.mark.parametrize("names", [[], ["2026-Q5"], ["2026"], ["2026-Q2", "2026-Q4"]])
def test_wrong_periods_are_refused(calendar: WorkingDays, names: list[str]):
    with pytest.raises(ValueError, match="sandbox periods"):
        periods_of(names, calendar)


def test_the_province_is_read_from_the_project(project: Path):
    province = read_province(project)
    assert province.name == "Tỉnh Quảng Ninh"
    assert province.suppliers == ("mot_cua_quang_ninh", "dac_khu_van_don", "dac_khu_co_to")
    assert sum(unit.level == "xa" and unit.is_current for unit in province.units) == 54
