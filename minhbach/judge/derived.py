"""Derives the rules of a dataset's suites from its declaration: types, keys, codes, identities, sums, volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..core.linear import parse_statement
from .rules import Rule, violating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.catalog import Catalog, Column, Dataset

Gate = Literal["mart", "release"]
NOTE = "ghi_chu_an_so"
SUPPRESSED, NOT_APPLICABLE = "c", "z"
HALF_UP = 0.005
"""Half of the last published digit of a rate."""
FIRST_ROW = "where rowid = (select min(rowid) from {table})"


def derived_rules(catalog: Catalog, dataset: Dataset, gate: Gate) -> list[Rule]:
    """Return every rule that the declaration implies at a gate, in a stable order."""
    rules = [*_shape(dataset, gate), *_columns(catalog, dataset, gate), *_identities(dataset)]
    if gate == "mart":
        rules += [*_persons(dataset), *_carried(dataset), *_totals(dataset), *_volume(dataset)]
    else:
        rules += list(_notes(dataset))
    return rules


def columns_at(dataset: Dataset, gate: Gate) -> list[str]:
    """Name the columns that a table has at a gate."""
    if gate == "mart":
        return [column.name for column in dataset.columns]
    return [*(column.name for column in dataset.published), NOTE]


def known_codes(catalog: Catalog, dataset: Dataset, column: Column) -> set[str]:
    """Return every code that a column may hold: its list, its total, and what rare or coarser rows roll up into."""
    known = catalog.code_values(column.codes or "")
    for step in dataset.disclosure.coarsen:
        if step.dimension == column.name and step.to in {other.name for other in dataset.columns}:
            known = known | known_codes(catalog, dataset, dataset.column(step.to))
    if column.name in dataset.totals:
        known = known | {dataset.totals[column.name]}
    if column.rest and column.parent:
        parents = known_codes(catalog, dataset, dataset.column(column.parent))
        return known | {f"{parent}.{column.rest}" for parent in parents}
    return known | ({column.rest} if column.rest else set())


def _shape(dataset: Dataset, gate: Gate) -> Iterator[Rule]:
    name, first = dataset.name, dataset.columns[0].name
    yield Rule(
        f"{name}.table.columns",
        "the declared columns, in order",
        "ExpectTableColumnsToMatchOrderedList",
        {"column_list": columns_at(dataset, gate)},
        "alter table {table} add column nobody_declared integer",
        expected=f"{len(columns_at(dataset, gate))} columns",
    )
    yield Rule(
        f"{name}.table.rows",
        "at least one row",
        "ExpectTableRowCountToBeBetween",
        {"min_value": 1},
        "delete from {table}",
        expected="1 row or more",
    )
    yield Rule(
        f"{name}.table.grain",
        f"one row for each {', '.join(dataset.grain)}",
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": dataset.grain},
        "insert into {table} select * from {table} limit 1",
        expected="0 repeated",
    )
    yield violating(
        name,
        "table",
        "period",
        f"{first} is distinct from '$period'",
        about="rows of the judged period alone",
        counterexample=f"update {{table}} set {first} = 'another' {FIRST_ROW}",
        expected="0 rows",
    )


def _columns(catalog: Catalog, dataset: Dataset, gate: Gate) -> Iterator[Rule]:
    for column in dataset.columns if gate == "mart" else dataset.published:
        is_count = column.treatment is not None and column.treatment.kind == "count_of"
        is_person = column.unit == "person" and not column.is_published
        if column.derived_from:
            yield from _rate(dataset, column)
            continue
        if gate == "mart" or not is_count:
            yield _one(
                dataset, column, "present", "no missing value", "ExpectColumnValuesToNotBeNull", {}, "null", "0 missing"
            )
        if is_count or is_person:
            arguments: dict[str, Any] = {"min_value": 0}
            yield _one(
                dataset,
                column,
                "not_negative",
                "no negative count",
                "ExpectColumnValuesToBeBetween",
                arguments,
                "-1",
                "0 or more",
            )
        if column.codes:
            arguments = {"value_set": sorted(known_codes(catalog, dataset, column))}
            yield _one(
                dataset,
                column,
                "codes",
                f"codes of {column.codes}",
                "ExpectColumnValuesToBeInSet",
                arguments,
                "'?'",
                "0 unknown",
            )


def _one(
    dataset: Dataset,
    column: Column,
    rule: str,
    about: str,
    expectation: str,
    arguments: dict[str, Any],
    broken: str,
    expected: str,
) -> Rule:
    return Rule(
        f"{dataset.name}.{column.name}.{rule}",
        f"{column.name}: {about}",
        expectation,
        {"column": column.name, **arguments},
        f"update {{table}} set {column.name} = {broken} {FIRST_ROW}",
        expected=expected,
    )


def _rate(dataset: Dataset, column: Column) -> Iterator[Rule]:
    part, whole = column.derived_from or ["", ""]
    off = f"{column.name} is null or abs({column.name} - 100.0 * {part} / {whole}) > {HALF_UP} + 1e-9"
    condition = (
        f"({whole} > 0 and {part} is not null and ({off})) or ({whole} = 0 and {column.name} is not null)"
        f" or ({column.name} is not null and ({part} is null or {whole} is null))"
    )
    yield violating(
        dataset.name,
        column.name,
        "from_parts",
        condition,
        about=f"{column.name} is {part} of {whole}, and empty where that is 0 or hidden",
        counterexample=f"update {{table}} set {column.name} = 0.42, {part} = 1, {whole} = 1 {FIRST_ROW}",
        expected="0 rows",
    )


def _identities(dataset: Dataset) -> Iterator[Rule]:
    for index, text in enumerate(dataset.identities):
        statement = parse_statement(text)
        shown = " and ".join(f"{name} is not null" for name in statement.names)
        zero = ", ".join(f"{name} = 0" for _, name in statement.right)
        left = statement.left[0][1]
        counterexample = f"update {{table}} set {left} = 1, {zero} {FIRST_ROW}"
        yield violating(
            dataset.name,
            "table",
            f"identity_{index + 1}",
            f"{shown} and not ({statement.sql()})",
            about=text,
            counterexample=counterexample,
            expected="0 rows",
        )


def _persons(dataset: Dataset) -> Iterator[Rule]:
    for column in dataset.columns:
        persons = column.treatment.persons if column.treatment else None
        if persons:
            yield violating(
                dataset.name,
                persons,
                "of_count",
                f"{persons} > {column.name} or ({column.name} > 0 and {persons} < 1)",
                about=f"{persons} is at least 1 where {column.name} is, and never more than it",
                counterexample=f"update {{table}} set {persons} = {column.name} + 1 {FIRST_ROW}",
                expected="0 rows",
            )


def _carried(dataset: Dataset) -> Iterator[Rule]:
    keys = [name for name in dataset.grain if name != dataset.columns[0].name]
    for now, before in dataset.carried.items():
        on = " and ".join(f"a.{key} = b.{key}" for key in keys)
        query = (
            f"select 1 as violation from {{batch}} a full join $previous b on {on}"
            f" where coalesce(a.{now}, 0) <> coalesce(b.{before}, 0)"
        )
        yield Rule(
            f"{dataset.name}.{now}.carried",
            f"{now} equals {before} of the previous period, row by row",
            "UnexpectedRowsExpectation",
            {"unexpected_rows_query": query},
            f"update {{table}} set {now} = {now} + 1 {FIRST_ROW}",
            expected="0 rows",
            needs=("previous",),
        )


def _totals(dataset: Dataset) -> Iterator[Rule]:
    """A total row equals the sum of the rows it stands over, in every measure."""
    counts = [c.name for c in dataset.columns if c.treatment and c.treatment.kind == "count_of"]
    for dimension, code in dataset.totals.items():
        others = [name for name in dataset.grain if name != dimension]
        keys = ", ".join(others)
        sums = ", ".join(f"sum({name}) as {name}" for name in counts)
        on = " and ".join(f"t.{key} = s.{key}" for key in others)
        differs = " or ".join(f"t.{name} is distinct from s.{name}" for name in counts)
        query = (
            f"select 1 as violation from (select * from {{batch}} where {dimension} = '{code}') t"
            f" full join (select {keys}, {sums} from {{batch}} where {dimension} <> '{code}' group by {keys}) s on {on}"
            f" where {differs}"
        )
        yield Rule(
            f"{dataset.name}.{dimension}.totals",
            f"rows with {dimension} = {code} are the sums of the others",
            "UnexpectedRowsExpectation",
            {"unexpected_rows_query": query},
            f"update {{table}} set {counts[0]} = {counts[0]} + 1 where rowid = "
            f"(select min(rowid) from {{table}} where {dimension} = '{code}')",
            expected="0 rows",
        )


def _volume(dataset: Dataset) -> Iterator[Rule]:
    volume = dataset.quality.volume
    if volume is None:
        return
    share = float(volume.within.rstrip("%")) / 100
    query = (
        f"select 1 as violation from (select sum({volume.column}) as n from {{batch}}) a,"
        f" (select sum({volume.column}) as n from $previous) b where abs(a.n - b.n) > {share} * b.n"
    )
    yield Rule(
        f"{dataset.name}.{volume.column}.volume",
        f"the sum of {volume.column} moves by at most {volume.within} against the previous period",
        "UnexpectedRowsExpectation",
        {"unexpected_rows_query": query},
        f"update {{table}} set {volume.column} = 1000 * ({volume.column} + 1)",
        expected=f"within {volume.within}",
        needs=("previous",),
    )


def _notes(dataset: Dataset) -> Iterator[Rule]:
    hidden = [c.name for c in dataset.published if c.treatment and c.treatment.kind == "count_of"]
    any_hidden = " or ".join(f"{name} is null" for name in hidden)
    yield Rule(
        f"{dataset.name}.{NOTE}.codes",
        "the note is empty, c (confidential) or z (no denominator)",
        "ExpectColumnValuesToBeInSet",
        {"column": NOTE, "value_set": [SUPPRESSED, NOT_APPLICABLE]},
        f"update {{table}} set {NOTE} = '?' {FIRST_ROW}",
        expected="0 unknown",
    )
    if hidden:
        yield violating(
            dataset.name,
            NOTE,
            "suppressed",
            f"({any_hidden}) <> coalesce({NOTE} = '{SUPPRESSED}', false)",
            about="a count is empty exactly in rows with the note c",
            counterexample=f"update {{table}} set {hidden[0]} = null, {NOTE} = null {FIRST_ROW}",
            expected="0 rows",
        )
