"""A table's contract, compiled: judges pages column by column. Knows records and their fate; no transport, no file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..core.catalog.agencies import landed_name
from ..core.catalog.conditions import Condition
from . import personal, rules
from .derive import CLEANERS, Derivation, derivation
from .values import TYPES, TimeForm, composed, mask_of, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.catalog.agencies import SourceColumn, Table
    from .derive import Sources
    from .pages import Page
    from .values import Mask

REASONS = {
    "missing_value": "a value that must be there is missing",
    "bad_number": "no number, or one with other signs than declared",
    "bad_truth": "neither 0 nor 1",
    "bad_date": "no date of the calendar in the declared form",
    "implausible_date": "a year outside the plausible ones",
    "pattern_mismatch": "a text that does not match the declared pattern",
    "unknown_code": "a code that stands in no list",
    "personal_data": "a public text that holds a personal identifier",
    "undeclared_column": "a column that the contract does not name",
    "not_as_declared": "a record of another shape than declared",
    "conflicting_duplicate": "two records of one key that contradict each other",
    "rule": "a rule over several columns",
}
"""Reason codes. A defect with an identifier of its own (DS02b) is its own reason."""
OWN = ("_extract_id", "_row_no", "_source_file", "_landed_at")


@dataclass(frozen=True)
class Fault:
    """Why a record is quarantined: where, and by which rule."""

    reason: str
    column: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Broken:
    """A record that broke the contract, as received."""

    row_no: int
    source: str
    fault: Fault
    record: bytes


@dataclass
class Judged:
    """A page after judgement."""

    kept: pa.Table
    """Landed columns with `_row_no` and `_source_file`."""
    broken: list[Broken]
    cursors: pa.Array | None = None
    """The cursor column of all records, kept and broken."""


@dataclass
class _Faults:
    """The first fault of every record of a page."""

    count: int
    known: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.of = np.zeros(self.count, np.int32)

    def mark(self, where: Mask, reason: str, column: str = "", rule: str = "") -> None:
        """Give the records of a mask this fault, unless they have one already."""
        fresh = where & (self.of == 0)
        if fresh.any():
            self.known.append(Fault(reason, column, rule))
            self.of[fresh] = len(self.known)


class Contract:
    """The promise about one table, ready to judge."""

    def __init__(self, table: Table, *, codes: Mapping[str, Sequence[str]], sources: Sources, decimal: str) -> None:
        self.table = table
        self._decimal = decimal
        self._codes = {
            name: pa.array(sorted(codes[column.codes.list]), pa.string())
            for name, column in table.columns.items()
            if column.codes
        }
        self._forms = {n: TimeForm.of(c.format) for n, c in table.columns.items() if c.format}
        self._derivations = {
            name: {landed: derivation(function, sources) for landed, function in column.derive.items()}
            for name, column in table.columns.items()
        }
        self._rules = [(rule, Condition.parse(rule.when)) for rule in table.rules]
        self.schema = self._schema()
        blank = {name: pa.array([], self.schema.field(name).type) for name in self.schema.names}
        for _rule, condition in self._rules:
            rules.holds(condition, blank)  # a rule that compares what cannot be compared fails here, not on data

    def _schema(self) -> pa.Schema:
        made = {name: d.type for derived in self._derivations.values() for name, d in derived.items()}
        fields = [(name, made.get(name) or TYPES[kind]) for name, kind in self.table.landed().items()]
        return pa.schema(fields)

    def judge(self, page: Page) -> Judged:
        """Judge every record of a page: kept, typed and without identifiers, or broken, with the first reason."""
        faults = _Faults(page.count)
        for index, reason in page.refused.items():
            faults.mark(np.arange(page.count) == index, reason)
        columns: dict[str, pa.Array] = {}
        flags: dict[str, pa.Array] = {}
        for name, column in self.table.columns.items():
            if column.lands or column.derive or column.required or column.pattern:
                self._read(name, column, page.values[name], columns, flags, faults)
        cursor = columns[self.table.cursor.column] if self.table.cursor else None
        for rule, condition in self._rules:
            found = rules.holds(condition, columns)
            if rule.fate == "quarantine":
                faults.mark(found, rule.id, rule=rule.id)
            else:
                flags[rule.flag] = pa.array(found)
        return self._parted(page, columns | flags, faults, cursor)

    def _read(
        self,
        name: str,
        column: SourceColumn,
        values: Sequence[object],
        columns: dict[str, pa.Array],
        flags: dict[str, pa.Array],
        faults: _Faults,
    ) -> None:
        text = text_of(values)
        if column.lands or column.derive:
            text = composed(text)
        if column.clean:
            text = CLEANERS[column.clean](text)
        if column.required:
            faults.mark(mask_of(pc.is_null(text)), "missing_value", name)
        if column.type == "string":
            checked = self._checked(name, column, text, flags, faults)
        else:
            parsed = parse(text, column.type, form=self._forms.get(name), years=column.years, decimal=self._decimal)
            faults.mark(parsed.bad, _BAD[column.type], name)
            if parsed.implausible is not None:
                faults.mark(parsed.implausible, "implausible_date", name)
            checked = parsed.column
        if column.lands:
            columns[column.landed_as or landed_name(name)] = checked
        for landed, derived in self._derivations[name].items():
            columns[landed] = _joined(columns.get(landed), _derived(derived, text), derived)

    def _checked(
        self, name: str, column: SourceColumn, text: pa.Array, flags: dict[str, pa.Array], faults: _Faults
    ) -> pa.Array:
        if column.pattern:
            fits = pc.match_substring_regex(text, f"^(?:{column.pattern})$")
            faults.mark(_fails(fits), "pattern_mismatch", name)
        if column.values:
            faults.mark(_outside(text, pa.array(column.values)), "unknown_code", name)
        if column.open_text:
            faults.mark(mask_of(pc.match_substring_regex(text, personal.IDENTIFIER)), "personal_data", name)
        if not column.codes:
            return text
        unknown = _outside(text, self._codes[name])
        if column.codes.flag is None:
            faults.mark(unknown, "unknown_code", name)
            return text
        flags[column.codes.flag.flag] = pa.array(unknown)
        return pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), text)

    def _parted(self, page: Page, columns: dict[str, pa.Array], faults: _Faults, cursor: pa.Array | None) -> Judged:
        good = faults.of == 0
        arrays = [columns[name].cast(self.schema.field(name).type) for name in self.schema.names]
        names = list(self.schema.names)
        arrays.append(pa.array(np.arange(page.first_row, page.first_row + page.count, dtype=np.int64)))
        arrays.append(pa.array([page.source] * page.count, pa.string()))
        kept = pa.table(arrays, names=[*names, "_row_no", "_source_file"])
        if not good.all():
            kept = kept.filter(pa.array(good))
        broken = [
            Broken(page.first_row + int(i), page.source, faults.known[faults.of[i] - 1], page.record(int(i)))
            for i in np.flatnonzero(~good)
        ]
        return Judged(kept, broken, cursor)


_BAD = {
    "integer": "bad_number",
    "decimal": "bad_number",
    "boolean": "bad_truth",
    "date": "bad_date",
    "timestamp": "bad_date",
}


def _fails(fits: pa.Array) -> Mask:
    return mask_of(pc.invert(fits))


def _outside(text: pa.Array, known: pa.Array) -> Mask:
    return mask_of(pc.and_(pc.is_valid(text), pc.invert(pc.is_in(text, value_set=known))))


def _derived(derived: Derivation, text: pa.Array) -> pa.Array:
    column: Any = derived.column(text).cast(derived.type)
    return column if derived.absent is None else pc.fill_null(column, derived.absent)


def _joined(before: pa.Array | None, column: pa.Array, derived: Derivation) -> pa.Array:
    """Join what several columns derive under one name: any truth, else the first value that is there."""
    if before is None:
        return column
    return pc.or_(before, column) if pa.types.is_boolean(derived.type) else pc.coalesce(before, column)
