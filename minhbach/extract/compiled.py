"""Compiles the contract of a table from the catalog: code lists, keys, names, and the hash of all that judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core import jsonfile
from ..core.keys import secret
from .contract import Contract
from .derive import Sources, folded

if TYPE_CHECKING:
    from ..core.catalog import Agency, Catalog, Table
    from ..core.settings import Settings


@dataclass(frozen=True)
class Compiled:
    """A contract and its name."""

    contract: Contract
    hash: str
    """Of the declaration and the code lists it uses."""


def compile_contract(agency: Agency, table: Table, catalog: Catalog, settings: Settings) -> Compiled:
    """Make a table's contract ready to judge.

    Raises:
        UsageError: the pseudonym key is missing.
        KeyError: a code list or a function does not exist; `check` says so beforehand.

    """
    lists = {column.codes.list for column in table.columns.values() if column.codes}
    named = {f.partition(":")[2] for column in table.columns.values() for f in column.derive.values() if ":" in f}
    codes = {name: source_codes(catalog, name) for name in lists}
    names = {name: frozenset(folded(row["vi"]) for row in _rows(catalog, name)) for name in named}
    sources = Sources(secret("PSEUDONYM_KEY", settings), names)
    contract = Contract(table, codes=codes, sources=sources, decimal=agency.access.decimal)
    judged_by = {
        "table": table.model_dump(mode="json", by_alias=True),
        "codes": codes,
        "names": {name: sorted(known) for name, known in names.items()},
        "decimal": agency.access.decimal,
    }
    return Compiled(contract, jsonfile.digest(judged_by))


def source_codes(catalog: Catalog, name: str) -> list[str]:
    """Return the codes of a list that a source can send: not those that exist in published tables only."""
    return sorted({row["code"] for row in _rows(catalog, name)})


def _rows(catalog: Catalog, name: str) -> list[dict[str, str]]:
    return [row for row in catalog.codes[name] if row.get("tong_hop", "0") != "1"]
