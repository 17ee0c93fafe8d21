"""Tables that the models need and nobody extracts: the period, the working days, the code lists. Knows no dbt."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from ..core.periods import Period, quarter_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..core.catalog import Catalog
    from .fates import Fate

YEARS_BACK = 8
"""How many years before the first period the calendar starts: a dossier may be old."""
YEARS_AHEAD = 2
LAST_SECOND = time(23, 59, 59)
"""Of the cut-off day, to which what has not ended is counted."""


def write_reference(catalog: Catalog, period: Period, fates: Sequence[Fate], folder: Path) -> list[str]:
    """Write one Parquet file a table and return the tables' names."""
    tables = {
        "ky": [period_row(catalog, period)],
        "lich": calendar_rows(catalog, period),
        "so_phan": [{"ma_loi": fate.id, "so_phan": fate.fate} for fate in fates] or [{"ma_loi": "", "so_phan": ""}],
        **{f"code_{name}": code_rows(rows) for name, rows in sorted(catalog.codes.items()) if rows},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write(folder / f"{name}.parquet", rows)
    return list(tables)


def period_row(catalog: Catalog, period: Period) -> dict[str, Any]:
    """Describe the period that is built, its calendar quarter beside it, and when its books closed (local time)."""
    first = Period.parse(catalog.project.first_period, period.regime)
    by_calendar = Period(period.year, period.first_month, period.months, "calendar")
    return {
        "ky_bao_cao": str(period),
        "ky_truoc": str(period.previous),
        "tu_ngay": period.start,
        "den_ngay": period.end,
        "cuoi_ky": datetime.combine(period.end, LAST_SECOND),
        "chot_luc": catalog.calendar.freeze_at(period.end).replace(tzinfo=None),
        "chot_luc_truoc": catalog.calendar.freeze_at(period.previous.end).replace(tzinfo=None),
        "ky_dau_tu_ngay": first.start,
        "la_ky_dau": str(first) == str(period),
        "quy_lich": str(by_calendar),
        "quy_lich_tu_ngay": by_calendar.start,
        "quy_lich_den_ngay": by_calendar.end,
        "co_quan_goc": catalog.project.place.agency_code,
    }


def calendar_rows(catalog: Catalog, period: Period) -> list[dict[str, Any]]:
    """List every day with its working-day number, so that the n-th working day after a day is found by a join."""
    first = Period.parse(catalog.project.first_period, period.regime)
    days = catalog.calendar.days(date(first.year - YEARS_BACK, 1, 1), date(period.year + YEARS_AHEAD, 12, 31))
    rows: list[dict[str, Any]] = []
    number = 0
    for day, is_workday in days:
        number += is_workday
        rows.append(
            {
                "ngay": day,
                "la_ngay_lam_viec": is_workday,
                "so_thu_tu": number,
                "quy_bao_cao": str(quarter_of(day, "reporting")),
                "quy_lich": str(quarter_of(day, "calendar")),
            }
        )
    return rows


def code_rows(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give a code list a folded key of its Vietnamese names, as landed names of units are folded."""
    return [{**row, **({"vi_khoa": folded(row["vi"])} if "vi" in row else {})} for row in rows]


def folded(text: str) -> str:
    """Fold a name for matching: no accents, đ as d, lower case, punctuation and blanks as one blank."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters.lower()).split())


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(rows)
    part = path.with_suffix(".part")
    pq.write_table(table, part)
    part.replace(path)
