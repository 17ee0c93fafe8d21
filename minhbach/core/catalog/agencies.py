"""`catalog/agencies/<agency>.yml`: who supplies records, how they are reached, and the contract of each table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from .base import Contact, Declared, Stem, Text

ColumnClass = Literal["identifier", "quasi", "sensitive", "attribute", "free_text"]
ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]
Fate = Literal["quarantine", "flag", "exclude", "correct"]
DROPPED: tuple[ColumnClass, ...] = ("identifier", "free_text")
"""Classes whose values never land; only what a `derive:` function read from them does."""

Share = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d+)?%$")]


class Codes(Declared):
    """A code list that a column's values must stand in."""

    list: Stem
    unknown: Literal["quarantine", "flag"] = "quarantine"
    defect: str | None = None


class Missing(Declared):
    """What happens to a record in which this value is missing."""

    fate: Literal["quarantine", "flag"]
    defect: str | None = None


class SourceColumn(Declared):
    """One column of a source: what it is, what it must look like, and what is derived from it before it is dropped."""

    class_: Annotated[ColumnClass, Field(alias="class")]
    type: ColumnType = "string"
    format: str | None = None
    """Of dates and timestamps: yyyyMMddHHmmss, dd/MM/yyyy HH:mm:ss, MM/dd/yyyy hh:mm:ss a, …"""
    path: str | None = None
    """Where the value stands in a nested record: DinhDanhCHS.0.SoDinhDanh."""
    landed_as: Annotated[str | None, Field(alias="as")] = None
    missing: Missing | None = None
    pattern: str | None = None
    """Regular expression that the whole value must match."""
    codes: Codes | None = None
    derive: dict[Stem, Stem] = {}
    """Landed column → name of the function that makes it from this value."""


class Rule(Declared):
    """A rule over several columns of a record."""

    id: str
    when: str
    """A condition over landed names, true where the defect is: `ngay_ket_thuc_xu_ly < ngay_tiep_nhan`."""
    fate: Literal["quarantine", "flag"]
    about: Text


class Cursor(Declared):
    """How a table is read on from where the last extract stopped."""

    column: str
    look_back: Annotated[str, StringConstraints(pattern=r"^\d+d$")] = "0d"


class Table(Declared):
    """One table of a source and the contract about it."""

    title: Text
    service: str | None = None
    files: str | None = None
    """Of delimited files: the name pattern inside the inbox, `ho_so_*.csv`."""
    key: Annotated[list[str], Field(min_length=1)]
    """Landed names."""
    same_as: list[str] = []
    """Landed names that tell a re-sent record (all equal) from a conflicting duplicate of the key."""
    cursor: Cursor | None = None
    quarantine_cap: Share = "5%"
    history: bool = False
    """Whether versions of a record are compared across extracts."""
    columns: Annotated[dict[str, SourceColumn], Field(min_length=1)]
    rules: list[Rule] = []


class Access(Declared):
    """How a source is read; what is left out has the method's default."""

    page_size: int = 1000
    timeout_seconds: float = 30
    retries: int = 6
    requests_per_second: float | None = None
    encoding: str = "utf-8"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    compression: Literal["none", "gzip"] = "none"


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
    tables: dict[Stem, Table] = {}

    @model_validator(mode="after")
    def _has_tables(self) -> Agency:
        if bool(self.tables) == bool(self.like):
            raise ValueError("found both or neither of tables and like, expected exactly one of them")
        return self
