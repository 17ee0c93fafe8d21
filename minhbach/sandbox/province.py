"""What province the sandbox plays: read from the project folder's settings and code lists, and from nothing else."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

from .periods import Period, periods_of
from .working_days import WorkingDays


@dataclass(frozen=True)
class Unit:
    """A public body. `supplier` names who delivers its dossiers; `successor` the unit that took over."""

    code: str
    name: str
    name_en: str
    level: str
    parent: str
    old_code: str
    valid_from: str
    valid_to: str
    successor: str
    supplier: str
    weight: float

    @property
    def is_current(self) -> bool:
        """Whether the unit still exists."""
        return not self.valid_to


@dataclass(frozen=True)
class Field:
    """A field of work, the units competent for it at department level, and the levels at which it has a row."""

    code: str
    name: str
    own_row_at: frozenset[str]
    sensitive: bool
    units: tuple[str, ...]


@dataclass(frozen=True)
class Procedure:
    """A procedure: its field, level, limit and expected share."""

    code: str
    name: str
    field: str
    level: str
    limit: int
    unit: str
    in_day: bool
    own_row_at: frozenset[str]
    valid_from: str
    valid_to: str
    weight: float

    @property
    def limit_days(self) -> int:
        """The limit in days of its own unit; eight office hours are a day."""
        return -(-self.limit // 8) if self.unit == "Giờ" else self.limit


@dataclass(frozen=True)
class Province:
    """Everything the generator needs to know about the place it plays."""

    name: str
    agency_code: str
    code: str
    supplier: str
    calendar: WorkingDays
    periods: tuple[Period, ...]
    units: tuple[Unit, ...]
    fields: tuple[Field, ...]
    procedures: tuple[Procedure, ...]

    @property
    def suppliers(self) -> tuple[str, ...]:
        """The suppliers of records, the province's own first."""
        return (self.supplier, *dict.fromkeys(u.supplier for u in self.units if u.supplier != self.supplier))

    def unit(self, code: str) -> Unit:
        """Return the unit with this code."""
        return next(u for u in self.units if u.code == code)


def read_province(project: Path) -> Province:
    """Read the settings and code lists of a project folder.

    Raises:
        FileNotFoundError: a code list is missing.
        ValueError: a list has no row to play with, or the periods are wrong.

    """
    import yaml

    catalog = project / "catalog"
    settings: dict[str, Any] = yaml.safe_load((catalog / "project.yml").read_text(encoding="utf-8"))
    place = settings["place"]
    names: list[str] = settings["sandbox"]["periods"]
    year = int(names[0][:4])
    overrides = settings.get("calendar", {}).get("overrides")
    calendar = WorkingDays.of(
        settings.get("calendar", {}).get("country", place["country"]),
        catalog / overrides if overrides else None,
        range(year - 2, year + 4),
    )
    root = place["agency_code"]
    rows = [row for row in _rows(catalog / "codes" / "co_quan.csv") if row.get("tong_hop") != "1"]
    supplier = next((row["nguon"] for row in rows if row["code"] == root and row["nguon"]), "")
    if not supplier:
        raise ValueError(f"catalog/codes/co_quan.csv: unit {root} names no supplier in 'nguon'; name one.")
    return Province(
        name=place["name"]["vi"],
        agency_code=root,
        code=place["code"],
        supplier=supplier,
        calendar=calendar,
        periods=periods_of(names, calendar),
        units=tuple(_unit(row, supplier) for row in rows),
        fields=tuple(
            Field(row["code"], row["vi"], _levels(row), row["nhay_cam"] == "1", tuple(row["co_quan"].split()))
            for row in _rows(catalog / "codes" / "linh_vuc.csv")
            if row.get("tong_hop") != "1"
        ),
        procedures=tuple(
            _procedure(row) for row in _rows(catalog / "codes" / "thu_tuc.csv") if row.get("tong_hop") != "1"
        ),
    )


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows:
        raise ValueError(f"{path.name}: found no row, expected at least one code.")
    return rows


def _levels(row: dict[str, str]) -> frozenset[str]:
    return frozenset(row["hang_rieng"].split())


def _unit(row: dict[str, str], supplier: str) -> Unit:
    return Unit(
        code=row["code"],
        name=row["vi"],
        name_en=row["en"],
        level=row["cap"],
        parent=row["ma_cha"],
        old_code=row["ma_cu"],
        valid_from=row["hieu_luc_tu"],
        valid_to=row["hieu_luc_den"],
        successor=row["thay_the_boi"],
        supplier=row["nguon"] or supplier,
        weight=float(row["ty_trong"] or 0),
    )


def _procedure(row: dict[str, str]) -> Procedure:
    return Procedure(
        code=row["code"],
        name=row["vi"],
        field=row["ma_linh_vuc"],
        level=row["cap_thuc_hien"],
        limit=int(row["thoi_han"]),
        unit=row["don_vi_tinh"],
        in_day=row["trong_ngay"] == "1",
        own_row_at=_levels(row),
        valid_from=row["hieu_luc_tu"],
        valid_to=row["hieu_luc_den"],
        weight=float(row["ty_trong"] or 0),
    )
