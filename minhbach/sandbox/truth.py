"""Form 06 and both on-time rates computed once more, row by row in plain Python, from the true dossiers.

Shares no code with the engine and none with the generator: it reads `truth/` and follows the rules of the books.
Times are seconds of local time since 1 Jan 1970; None is a time that never came.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL = "TONG"
OTHER = "KHAC"
DAY = 86_400
BETWEEN_EXTRACTS = frozenset({"DS04", "DS06B_EXTRACTS"})
"""Defects that only the later of two extracts shows."""
FORM_06 = (
    "tiep_nhan",
    "tiep_nhan_truc_tuyen",
    "tiep_nhan_truc_tiep",
    "ky_truoc_chuyen",
    "da_giai_quyet",
    "truoc_han",
    "dung_han",
    "qua_han",
    "dang_giai_quyet",
    "dang_trong_han",
    "dang_qua_han",
    "nhan_muon",
)
RATES = (
    "so_giai_quyet_trong_ky",
    "so_dung_han_chinh_thuc",
    "so_da_giai_quyet",
    "so_dung_han_chat",
    "so_thieu_hen_tra",
    "so_doi_hen",
    "so_xin_loi",
)
PERSONS = "so_chu_ho_so"
Counts = dict[str, int]
Cells = dict[tuple[str, str], Counts]


@dataclass(frozen=True)
class Quarter:
    """A reporting quarter in seconds: first, last, and the freeze of its books."""

    name: str
    start: int
    end: int
    freeze: int


@dataclass
class Truth:
    """The true dossiers as columns, the quarters, and which codes have rows of their own at which level."""

    quarters: list[Quarter]
    levels: dict[str, str]
    fields: dict[str, list[str]]
    procedures: dict[str, list[str]]
    columns: dict[str, list[Any]]
    _books: dict[str, list[Booked]] = field(default_factory=dict)

    def dossiers(self) -> Iterator[Dossier]:
        """Yield every dossier that reaches the books at all."""
        for values in zip(*self.columns.values(), strict=True):
            dossier = Dossier(dict(zip(self.columns, values, strict=True)))
            if dossier.known["counted"]:
                yield dossier

    def book(self, period: str) -> list[Booked]:
        """Return the dossiers to handle in a quarter: carried over, and new."""
        if not self._books:
            self._books = _books(self)
        return self._books[period]


@dataclass(frozen=True)
class Dossier:
    """One true dossier."""

    known: dict[str, Any]

    def end(self, quarter: Quarter) -> int | None:
        """Return the actual end if the quarter's books know it."""
        told, end = self.known["end_told"], self.known["end"]
        if told is None or told > quarter.freeze or end is None or end > quarter.end:
            return None
        return int(end)

    def due(self, quarter: Quarter) -> int:
        """Return the newest due date that the quarter's books know."""
        known = self.known
        due = known["due"]
        for told, moved in (
            (known["given_1_told"], known["due_after_1"]),
            (known["given_2_told"], known["due_after_2"]),
            (known["apology_told"], known["due_apology"]),
            (known["end_told"], known["due_moved"]),
        ):
            if moved is not None and told is not None and told <= quarter.freeze:
                due = moved
        return int(due)

    def paused(self, quarter: Quarter) -> int:
        """Return the seconds during which completed supplements were waited for."""
        known = self.known
        return sum(
            given - asked
            for asked, given in ((known["asked_1"], known["given_1"]), (known["asked_2"], known["given_2"]))
            if given is not None and given <= quarter.end
        )


@dataclass(frozen=True)
class Booked:
    """A dossier in the book of a quarter."""

    dossier: Dossier
    carried: bool
    late: bool


def read_truth(folder: Path) -> Truth:
    """Read the truth of a sandbox from its folder `truth/`."""
    import pyarrow.parquet as pq

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return Truth(
        quarters=[Quarter(p["name"], p["start"], p["end"], p["freeze"]) for p in meta["periods"]],
        levels=meta["levels"],
        fields=meta["fields"],
        procedures=meta["procedures"],
        columns=pq.read_table(folder / "ho_so.parquet").to_pydict(),
    )


def form06(truth: Truth, period: str) -> Cells:
    """Return the columns of form 06 and the distinct applicants by (agency, field), totals under TONG."""
    quarter = _quarter(truth, period)
    cells: dict[tuple[str, str], Counts] = defaultdict(lambda: dict.fromkeys(FORM_06, 0))
    persons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for booked in truth.book(period):
        ones = _form06_columns(booked, quarter)
        agency = booked.dossier.known["agency"]
        code = field_row(truth, agency, booked.dossier.known["field"])
        for key in {(agency, code), (agency, ALL), (ALL, code), (ALL, ALL)}:
            cell = cells[key]
            for column in ones:
                cell[column] += 1
            persons[key].add(_person(booked.dossier))
    return {key: {**cell, PERSONS: len(persons[key])} for key, cell in cells.items()}


def rates(truth: Truth, period: str) -> Cells:
    """Return numerators and denominators of both rates by (agency, procedure), the province under TONG."""
    quarter = _quarter(truth, period)
    cells: dict[tuple[str, str], Counts] = defaultdict(lambda: dict.fromkeys(RATES, 0))
    persons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for booked in truth.book(period):
        ones = _rate_columns(booked.dossier, quarter)
        known = booked.dossier.known
        code = procedure_row(truth, known["agency"], known["field"], known["procedure"])
        for key in ((known["agency"], code), (ALL, code)):
            for column in ones:
                cells[key][column] += 1
            persons[key].add(_person(booked.dossier))
    return {key: {**cell, PERSONS: len(persons[key])} for key, cell in cells.items()}


def field_row(truth: Truth, agency: str, code: str) -> str:
    """Return the row in which an agency's dossiers of a field are counted."""
    return code if truth.levels[agency] in truth.fields[code] else OTHER


def procedure_row(truth: Truth, agency: str, code: str, procedure: str | None) -> str:
    """Return the row in which an agency's dossiers of a procedure are counted; None is an unknown procedure."""
    row = field_row(truth, agency, code)
    if row == code and procedure is not None and truth.levels[agency] in truth.procedures[procedure]:
        return procedure
    return f"{row}.{OTHER}"


def delivered(folder: Path, *, since: int | None, as_of: int) -> dict[tuple[str, str, str], int]:
    """Count the records that a reader gets who asks for what is new after `since`, by (supplier, table, defect).

    The empty defect counts all records; DS11 and DS14 are labels beside the planted one; what only the later of two
    extracts shows counts there; DS02A counts both copies. Times are seconds of local time.
    """
    import pyarrow.parquet as pq

    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    columns = pq.read_table(folder / "records.parquet").to_pydict()
    for record in zip(*columns.values(), strict=True):
        told = dict(zip(columns, record, strict=True))
        if told["told"] > as_of or told["until"] <= as_of or (since is not None and told["told"] <= since):
            continue
        labels = {"", "DS11" if told["ds11"] else "", "DS14" if told["ds14"] else ""}
        if told["defect"] and (told["defect"] not in BETWEEN_EXTRACTS or told["changed"]):
            labels.add(told["defect"])
        for label in labels:
            counts[told["supplier"], told["table"], label] += 1
    return dict(counts)


def _quarter(truth: Truth, period: str) -> Quarter:
    return next(q for q in truth.quarters if q.name == period)


def _books(truth: Truth) -> dict[str, list[Booked]]:
    books: dict[str, list[Booked]] = {q.name: [] for q in truth.quarters}
    first = truth.quarters[0]
    for dossier in truth.dossiers():
        received = dossier.known["received"]
        if received is None:
            continue
        opened_before = received < first.start
        if opened_before and dossier.known["end"] is not None and dossier.known["end"] < first.start:
            continue
        is_open, seen = opened_before and dossier.known["first_told"] <= first.freeze, False
        before: Quarter | None = None
        for quarter in truth.quarters:
            if not seen and (dossier.known["first_told"] > quarter.freeze or received > quarter.end):
                before = quarter
                continue
            if seen and not is_open:
                break
            late = not seen and before is not None and received <= before.end
            books[quarter.name].append(Booked(dossier, carried=is_open, late=late))
            seen, is_open = True, dossier.end(quarter) is None
    return books


def _form06_columns(booked: Booked, quarter: Quarter) -> list[str]:
    dossier = booked.dossier
    ones = ["tiep_nhan"]
    if booked.carried:
        ones.append("ky_truoc_chuyen")
    else:
        ones.append("tiep_nhan_truc_tuyen" if dossier.known["channel"] == 2 else "tiep_nhan_truc_tiep")
    if booked.late:
        ones.append("nhan_muon")
    due, end = dossier.due(quarter) // DAY, dossier.end(quarter)
    if end is None:
        return [*ones, "dang_giai_quyet", "dang_trong_han" if due >= quarter.end // DAY else "dang_qua_han"]
    day = end // DAY
    return [*ones, "da_giai_quyet", "truoc_han" if day < due else "dung_han" if day == due else "qua_han"]


def _rate_columns(dossier: Dossier, quarter: Quarter) -> list[str]:
    known = dossier.known
    ones = ["so_giai_quyet_trong_ky"]
    if _officially_on_time(dossier, quarter):
        ones.append("so_dung_han_chinh_thuc")
    end = dossier.end(quarter)
    if end is not None and known["status"] in {9, 10}:
        ones.append("so_da_giai_quyet")
        if (end - dossier.paused(quarter)) // DAY <= known["due"] // DAY:
            ones.append("so_dung_han_chat")
    if known["defect"] == "DS01":
        ones.append("so_thieu_hen_tra")
    if known["defect"] == "DS04" and known["end_told"] is not None and known["end_told"] <= quarter.freeze:
        ones.append("so_doi_hen")
    if known["apology"] is not None and known["apology"] <= quarter.end:
        ones.append("so_xin_loi")
    return ones


def _officially_on_time(dossier: Dossier, quarter: Quarter) -> bool:
    known = dossier.known
    ends = [known[f"event_{status}"] for status in (9, 10, 8, 3)]
    end = next((e for e in ends if e is not None and e <= quarter.end), None) or dossier.end(quarter)
    if end is None:
        asked = [a for a in (known["asked_1"], known["asked_2"]) if a is not None and a <= quarter.end]
        if len(asked) > 1:
            return False
        end = asked[0] if asked else quarter.end
    return bool((end - dossier.paused(quarter)) // DAY <= dossier.due(quarter) // DAY)


def _person(dossier: Dossier) -> str:
    return "" if dossier.known["placeholder"] else dossier.known["identity"] or ""
