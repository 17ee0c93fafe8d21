"""Turn a dataset's declaration into its public model; knows the words of the dataset YAML, reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from minhbach.core.errors import DeclarationError, Problem

from .expressions import linear, relation
from .model import SCHEMA, PublicModel

Declaration = Mapping[str, Any]


def public_model(
    declaration: Declaration,
    period: str,
    previous: str | None = None,
    *,
    dataset: str | None = None,
    groups: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> dict[str, Any]:
    """Give the document `disclosure.json` for one dataset and period.

    `declaration` is the parsed dataset YAML (or the catalog's model of it, dumped by alias); `dataset` is its stem,
    unless the mapping holds it as `name`; `groups` says, by key column, which codes a code of a coarser table holds.

    Raises:
        DeclarationError: the declaration does not say what a reader must know to add up its cells.

    """
    name = dataset or str(declaration.get("name", ""))
    missing = [
        Problem(name, key, "nothing", "a declaration's list") for key in ("columns", "grain") if key not in declaration
    ]
    if missing:
        raise DeclarationError(missing)
    columns = {column["name"]: column for column in declaration["columns"]}
    disclosure: Declaration = declaration.get("disclosure") or {}
    grain = tuple(declaration["grain"])
    period_column = _period_column(declaration, grain)
    tables: Declaration = disclosure.get("tables") or {}
    document = {
        "schema": SCHEMA,
        "dataset": name,
        "period": period,
        "previous": previous,
        "population": disclosure.get("population", ""),
        "method": disclosure.get("method", "suppress"),
        "grain": grain,
        "period_column": period_column,
        "level_column": "muc_tong_hop" if "muc_tong_hop" in columns else None,
        "dimensions": _dimensions(declaration, grain, period_column, columns, groups or {}),
        "measures": {column: {"role": said["role"]} for column, said in columns.items() if said.get("role")},
        "rates": {column: _rate(said) for column, said in columns.items() if said.get("from")},
        "identities": tuple(declaration.get("identities") or ()),
        "carried": dict(declaration.get("carried") or {}),
        "sums_to": declaration.get("sums_to"),
        "protected": [
            {key: said[key] for key in ("name", "is", "role") if key in said}
            for said in disclosure.get("protected") or ()
        ],
        "waived": sorted({role for waiver in disclosure.get("waive") or () for role in waiver["roles"]}),
        "limits": {key: tables[key] for key in ("threshold", "zeros", "min_integers", "min_width") if key in tables},
        "ladder": [dict(step) for step in disclosure.get("coarsen") or ()],
    }
    return dump(parse(document, f"{name}: disclosure"))


def parse(document: Declaration, where: str) -> PublicModel:
    """Read a public model strictly.

    Raises:
        DeclarationError: a key is unknown or missing, or of another type; every one is named.

    """
    try:
        model = PublicModel.model_validate(document)
    except ValidationError as error:
        raise DeclarationError(
            [
                Problem(where, ".".join(str(part) for part in one["loc"]), one["type"], one["msg"].lower())
                for one in error.errors(include_url=False, include_input=False)
            ]
        ) from error
    strangers = [Problem(where, key, f'"{name}"', "a count of this table") for key, name in _strangers(model)]
    if strangers:
        raise DeclarationError(strangers)
    return model


def _strangers(model: PublicModel) -> Iterator[tuple[str, str]]:
    """Give every name that stands for a count and is none."""
    named: list[tuple[str, str]] = []
    for text in model.identities:
        named += [("identities", name) for name in relation(text).coefficients]
    for protected in model.protected:
        named += [("protected", name) for name in linear(protected.formula)[0] if "." not in name]
    for name, rate in model.rates.items():
        named += [(f"rates.{name}", rate.numerator), (f"rates.{name}", rate.denominator)]
    named += [("carried", name) for pair in model.carried.items() for name in pair]
    named += [("sums_to.measures", name) for name in (model.sums_to.measures if model.sums_to else ())]
    yield from (one for one in named if one[1] not in model.measures)


def dump(model: PublicModel) -> dict[str, Any]:
    """Give the document of a model, ready to be written as JSON."""
    return model.model_dump(mode="json", by_alias=True)


def _period_column(declaration: Declaration, grain: Sequence[str]) -> str | None:
    """Return the column of the period: the first of the grain of a dataset that goes out period by period."""
    said = declaration.get("period")
    return str(said.get("column") or grain[0]) if said else None


def _dimensions(
    declaration: Declaration,
    grain: Sequence[str],
    period_column: str | None,
    columns: Mapping[str, Declaration],
    groups: Mapping[str, Mapping[str, Sequence[str]]],
) -> dict[str, Any]:
    totals: Mapping[str, str] = declaration.get("totals") or {}
    return {
        column: {
            "total": totals.get(column),
            "parent": columns[column].get("parent"),
            "groups": {code: tuple(members) for code, members in groups.get(column, {}).items()},
        }
        for column in grain
        if column != period_column
    }


def _rate(said: Declaration) -> dict[str, Any]:
    numerator, denominator = said["from"]
    decimals = re.fullmatch(r"decimal\(\d+, ?(\d+)\)", str(said.get("type", "")))
    return {
        "numerator": numerator,
        "denominator": denominator,
        "scale": 100 if said.get("unit") == "percent" else 1,
        "decimals": int(decimals[1]) if decimals else 2,
    }
