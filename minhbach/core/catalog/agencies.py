"""`catalog/agencies/<agency>.yml`: who supplies records, how they are reached, and the contract of each table."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ..errors import UsageError
from .base import Contact, Declared, Stem, Text
from .conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

ColumnClass = Literal["identifier", "quasi", "sensitive", "attribute", "free_text"]
ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]
Fate = Literal["quarantine", "flag", "exclude", "correct"]
DROPPED: tuple[ColumnClass, ...] = ("identifier", "free_text")
"""Classes whose values never land; only what a `derive:` function read from them does."""

Share = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d+)?%$")]
CodeValues = Annotated[list[str], Field(min_length=1)]
Derivation = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?$")]
"""Name of a function of `minhbach/extract/derive.py`, with a code list where it needs one: `known_name:co_quan`."""


class Defect(Declared):
    """A known defect of the source: its identifier, what it is, and what its fate means for the published figures."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\d{2}[a-z]?$")]
    about: Text
    effect: Text | None = None

    @property
    def flag(self) -> str:
        """Name of the landed boolean column that marks the records with this defect."""
        return f"la_{self.id.lower()}"


class Codes(Declared):
    """A code list that a column's values must stand in; a value outside it never lands."""

    list: Stem
    flag: Defect | None = None
    """A record with an unknown code lands without it and carries this defect's flag; without it, quarantine."""


class SourceColumn(Declared):
    """One column of a source: what it is, what it must look like, and what is derived from it before it is dropped.

    A text lands only if it is closed: by `pattern`, `values` or `codes`, or, with a reason, by `open_text`.
    """

    class_: Annotated[ColumnClass, Field(alias="class")]
    type: ColumnType = "string"
    format: str | None = None
    """Of dates and timestamps: yyyyMMddHHmmss, dd/MM/yyyy HH:mm:ss, MM/dd/yyyy hh:mm:ss a, …"""
    path: str | None = None
    """Where the value stands in a nested record: `Ids.0.Number`, or `Ids.Kind=1.Number`."""
    landed_as: Annotated[Stem | None, Field(alias="as")] = None
    required: bool = False
    """A record without this value is quarantined."""
    clean: Stem | None = None
    """Function of `minhbach/extract/derive.py` that unifies the spelling before anything else looks at the value."""
    pattern: str | None = None
    """Regular expression that the whole value must match."""
    values: Annotated[list[str], Field(min_length=1)] | None = None
    """All values there are; of a list that belongs to this source alone."""
    codes: Codes | None = None
    open_text: str | None = None
    """Why a free text may land; a record in which it holds a personal identifier is quarantined."""
    years: Annotated[list[int], Field(min_length=2, max_length=2)] = [1990, 2099]
    """First and last year that a date can plausibly have."""
    derive: dict[Stem, Derivation] = {}
    """Landed column → function that makes it from this value. Several columns may derive the same one: of truths any
    counts, of other values the first that is there."""

    @property
    def lands(self) -> bool:
        """Whether the value itself lands."""
        return self.class_ not in DROPPED

    @model_validator(mode="after")
    def _is_coherent(self) -> SourceColumn:
        timed = self.type in {"date", "timestamp"}
        if timed != bool(self.format):
            raise ValueError(f"found type {self.type} with format {self.format}, expected a format with every time")
        closings = [self.pattern, self.values, self.codes, self.open_text]
        if self.lands and self.type == "string" and not any(closings):
            raise ValueError("found a text that lands unchecked, expected pattern, values, codes or open_text")
        if self.type != "string" and any(closings):
            raise ValueError(f"found type {self.type} with a check of text, expected type string")
        if self.codes and not self.lands:
            raise ValueError(f"found codes on a column of class {self.class_}, expected a class that lands")
        return self


class Rule(Defect):
    """A rule over several columns of a record."""

    when: str
    """A condition over landed names, true where the defect is: `ngay_ket_thuc_xu_ly < ngay_tiep_nhan`."""
    fate: Literal["quarantine", "flag"]

    @model_validator(mode="after")
    def _can_be_read(self) -> Rule:
        Condition.parse(self.when)
        return self


class Conflict(Defect):
    """Duplicates that contradict each other: same key within an extract, but different values here; all quarantined."""

    same_as: Annotated[list[Stem], Field(min_length=1)]
    """Landed names that tell a re-sent record (all equal, both land) from a conflicting one."""


class Cursor(Declared):
    """How a table is read on from where the last extract stopped."""

    column: Stem
    """Landed name of a timestamp."""


class Table(Declared):
    """One table of a source and the contract about it."""

    title: Text
    service: str | None = None
    files: str | None = None
    """Of delimited files: the name pattern inside the inbox, `ho_so_*.csv`."""
    key: Annotated[list[Stem], Field(min_length=1)]
    """Landed names."""
    conflicts: Conflict | None = None
    cursor: Cursor | None = None
    quarantine_cap: Share = "5%"
    quarantine_floor: Annotated[int, Field(ge=0)] = 5
    """So many broken records never stop an extract in which others land: a share of a handful says nothing."""
    columns: Annotated[dict[str, SourceColumn], Field(min_length=1)]
    rules: list[Rule] = []

    def landed(self) -> dict[str, str]:
        """Return the landed columns in order, with their types; `derived` where a function decides it."""
        names: dict[str, str] = {}
        for source, column in self.columns.items():
            names.update(dict.fromkeys((name for name in column.derive if name not in names), "derived"))
            if column.lands:
                names[column.landed_as or landed_name(source)] = column.type
        return names | {defect.flag: "boolean" for defect, fate in self.defects() if fate == "flag"}

    def defects(self) -> Iterator[tuple[Defect, Fate]]:
        """Yield every defect the contract can see, with its fate."""
        for column in self.columns.values():
            if column.codes and column.codes.flag:
                yield column.codes.flag, "flag"
        for rule in self.rules:
            yield rule, rule.fate
        if self.conflicts:
            yield self.conflicts, "quarantine"

    @property
    def cap(self) -> float:
        """The share of broken records above which an extract stops."""
        return float(self.quarantine_cap.removesuffix("%")) / 100

    @model_validator(mode="after")
    def _names_agree(self) -> Table:
        landed = self.landed()
        sources = [c.landed_as or landed_name(s) for s, c in self.columns.items() if c.lands]
        flags = [defect.flag for defect, fate in self.defects() if fate == "flag"]
        derived = {name for column in self.columns.values() for name in column.derive}
        names = [*sources, *derived, *flags]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"found the landed name {', '.join(twice)} twice, expected every name once")
        known = set(landed) - set(flags)
        needed = {"key": set(self.key), "cursor": {self.cursor.column} if self.cursor else set()}
        needed["conflicts"] = set(self.conflicts.same_as) if self.conflicts else set()
        needed |= {f"rules {rule.id}": set(Condition.parse(rule.when).names) for rule in self.rules}
        for place, wanted in needed.items():
            if unknown := sorted(wanted - known):
                raise ValueError(f"found {', '.join(unknown)} in {place}, expected one of {', '.join(sorted(known))}")
        return self


class Access(Declared):
    """How a source is read; what is left out has the method's default."""

    page_size: Annotated[int, Field(gt=0)] = 1000
    timeout_seconds: Annotated[float, Field(gt=0)] = 30
    retries: Annotated[int, Field(ge=0)] = 6
    backoff_seconds: Annotated[float, Field(ge=0)] = 0.2
    """Wait before the first retry; doubled before each further one, at most 30 s."""
    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    encoding: str = "utf-8"
    encoding_errors: Literal["refuse", "in_dropped_columns"] = "refuse"
    """Whether bytes that are not in the encoding may stand in columns that are dropped anyway."""
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    compression: Literal["none", "gzip"] = "none"


class AnswersFor(Declared):
    """The competent agencies for whose published rows a supplier answers: those it is shown before publication."""

    list: Stem
    """The code list in which agencies stand; a dataset's column with these codes says whose row it is."""
    codes: CodeValues | Literal["all"]
    """`all`: every agency of the list for which no other supplier answers. Rows of totals are nobody's own."""


class Agency(Declared):
    """A supplier of records."""

    name: Stem
    title: Text
    about: Text | None = None
    steward: Contact
    method: Stem
    """A module of minhbach/extract: rest_paged, delimited."""
    connection: Stem
    """MINHBACH_CONN_<NAME>, or an Airflow connection of that name; never an address with a secret here."""
    like: Stem | None = None
    """Another agency whose tables and contracts hold here too."""
    access: Access = Access()
    schedule: str = "0 19 * * *"
    """When records are taken: a cron expression in the project's time zone."""
    answers_for: AnswersFor | None = None
    """Without it, there is no preview for this supplier."""
    tables: dict[Stem, Table] = {}

    def table(self, name: str) -> Table:
        """Return a table by name. Raises UsageError when it is not declared."""
        if name not in self.tables:
            raise UsageError(f'{self.name}: found no table "{name}", expected one of {", ".join(sorted(self.tables))}.')
        return self.tables[name]

    @model_validator(mode="after")
    def _has_tables(self) -> Agency:
        if bool(self.tables) == bool(self.like):
            raise ValueError("found both or neither of tables and like, expected exactly one of them")
        return self


def landed_name(source: str) -> str:
    """Fold a source's column name to the landed one: `NgayTiepNhan`, `Ngày tiếp nhận` → `ngay_tiep_nhan`."""
    plain = unicodedata.normalize("NFD", source.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parted = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
