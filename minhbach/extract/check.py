"""Says what is wrong with the contracts of a catalog without any data: unknown functions, lists, forms, patterns."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ..core.catalog.conditions import Condition
from ..core.errors import Problem
from ..core.keys import Secret
from . import rules
from .compiled import source_codes
from .contract import Contract
from .derive import CLEANERS, FUNCTIONS, LISTED, Sources
from .values import TimeForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.catalog import Agency, Catalog, Table
    from ..core.catalog.agencies import SourceColumn

SEE = "docs/add-an-agency.md"
NOTHING = Secret("PSEUDONYM_KEY", bytes(32))
"""Judging nothing needs no real key."""


def problems(catalog: Catalog) -> list[Problem]:
    """List everything wrong with every contract, in order; nothing when all can judge."""
    return sorted(problem for agency in catalog.agencies.values() for problem in _of_agency(agency, catalog))


def _of_agency(agency: Agency, catalog: Catalog) -> Iterator[Problem]:
    file = f"catalog/agencies/{agency.name}.yml"
    if find_spec(f"{__package__}.{agency.method}") is None:
        yield Problem(file, "method", f'"{agency.method}"', "rest_paged or delimited", SEE)
    if agency.like:
        return  # its tables are those of another file, where their problems are told
    for name, table in agency.tables.items():
        where = f"tables.{name}"
        if bool(table.service) == bool(table.files):
            yield Problem(file, where, "both or neither of service and files", "one, as the method needs it", SEE)
        found = [p for column, of in table.columns.items() for p in _of_column(file, where, column, of, catalog)]
        yield from found or _of_rules(file, where, table, catalog)


def _of_column(file: str, where: str, name: str, column: SourceColumn, catalog: Catalog) -> Iterator[Problem]:
    key = f"{where}.columns.{name}"
    if column.format:
        try:
            TimeForm.of(column.format)
        except ValueError as error:
            yield Problem(file, f"{key}.format", *_told(error), SEE)
    if column.pattern:
        try:
            pc.match_substring_regex(pa.array([""]), column.pattern)
        except pa.ArrowInvalid:
            yield Problem(file, f"{key}.pattern", f'"{column.pattern}"', "a regular expression in RE2's language", SEE)
    if column.clean and column.clean not in CLEANERS:
        yield Problem(file, f"{key}.clean", f'"{column.clean}"', f"one of {', '.join(sorted(CLEANERS))}", SEE)
    if column.codes and column.codes.list not in catalog.codes:
        yield Problem(file, f"{key}.codes.list", f'"{column.codes.list}"', _lists(catalog), SEE)
    for landed, declared in column.derive.items():
        yield from _of_derivation(file, f"{key}.derive.{landed}", declared, catalog)


def _of_derivation(file: str, place: str, declared: str, catalog: Catalog) -> Iterator[Problem]:
    function, _, code_list = declared.partition(":")
    if function not in FUNCTIONS:
        yield Problem(file, place, f'"{function}"', f"one of {', '.join(sorted(FUNCTIONS))}", SEE)
    elif (function in LISTED) != bool(code_list):
        yield Problem(file, place, f'"{declared}"', f"a code list after {', '.join(sorted(LISTED))} only", SEE)
    elif code_list and code_list not in catalog.codes:
        yield Problem(file, place, f'"{code_list}"', _lists(catalog), SEE)


def _of_rules(file: str, where: str, table: Table, catalog: Catalog) -> Iterator[Problem]:
    """Let every rule judge an empty page: what cannot be compared shows without data."""
    lists = {column.codes.list for column in table.columns.values() if column.codes}
    named = {f.partition(":")[2] for column in table.columns.values() for f in column.derive.values()} - {""}
    sources = Sources(NOTHING, dict.fromkeys(named, frozenset()))
    bare = table.model_copy(update={"rules": []})
    contract = Contract(bare, codes={n: source_codes(catalog, n) for n in lists}, sources=sources, decimal=".")
    blank = {name: pa.array([], contract.schema.field(name).type) for name in contract.schema.names}
    for rule in table.rules:
        try:
            rules.holds(Condition.parse(rule.when), blank)
        except (pa.ArrowException, ValueError):
            yield Problem(file, f"{where}.rules.{rule.id}.when", f'"{rule.when}"', "values that can be compared", SEE)


def _told(error: ValueError) -> tuple[str, str]:
    found, _, expected = str(error).removeprefix("found ").partition(", expected ")
    return found, expected


def _lists(catalog: Catalog) -> str:
    return f"a code list of catalog/codes: {', '.join(sorted(catalog.codes))}"
