"""Writes the dbt contract and the data tests of a mart from its declaration, so that neither is written by hand.

Columns and types, the grain, the identities, what is carried over, what adds up. Knows no dbt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.catalog import Catalog, Dataset

TYPES = {"string": "varchar", "integer": "integer", "boolean": "boolean", "date": "date"}


def contracts(catalog: Catalog, names: Iterable[str]) -> dict[str, Any]:
    """Declare the marts of these datasets as dbt models with an enforced contract."""
    return {"version": 2, "models": [contract(catalog, catalog.datasets[name]) for name in names]}


def contract(catalog: Catalog, dataset: Dataset) -> dict[str, Any]:
    """Declare one mart."""
    return {
        "name": dataset.name,
        "config": {"contract": {"enforced": True}},
        "columns": [
            {"name": column.name, "data_type": TYPES.get(column.type, column.type)} for column in dataset.columns
        ],
        "data_tests": [*_own_tests(dataset), *_carried(dataset), *_totals(dataset), *_sums(catalog, dataset)],
    }


def _own_tests(dataset: Dataset) -> list[dict[str, Any]]:
    grain = _test("unique_grain", f"{dataset.name}__grain", columns=dataset.grain)
    identities = [
        _test("identity", f"{dataset.name}__identity_{number}", f"the identity {identity}", holds=identity)
        for number, identity in enumerate(dataset.identities, start=1)
    ]
    return [grain, *identities]


def _carried(dataset: Dataset) -> list[dict[str, Any]]:
    period, *keys = dataset.grain
    return [
        _test(
            "carried",
            f"{dataset.name}__carried_{measure}",
            f"{measure} = {was} of the period before",
            period=period,
            keys=keys,
            measure=measure,
            was=was,
        )
        for measure, was in dataset.carried.items()
    ]


def _totals(dataset: Dataset) -> list[dict[str, Any]]:
    measures = [column.name for column in dataset.columns if column.treatment and column.treatment.kind == "count_of"]
    return [
        _test(
            "totals",
            f"{dataset.name}__totals_{dimension}",
            f"rows with {dimension} {code} are the sums of the others",
            dimension=dimension,
            code=code,
            keys=[key for key in dataset.grain if key != dimension],
            measures=measures,
        )
        for dimension, code in dataset.totals.items()
    ]


def _sums(catalog: Catalog, dataset: Dataset) -> list[dict[str, Any]]:
    sums = dataset.sums_to
    if sums is None or sums.dataset not in catalog.datasets:
        return []
    other = catalog.datasets[sums.dataset]
    keys = [sums.over.get(key, key) for key in dataset.grain]
    leave_out = {column: other.totals[column] for column in sums.over.values() if column in other.totals}
    return [
        _test(
            "sums_to",
            f"{dataset.name}__sums_to_{sums.dataset}",
            f"its rows add up to those of {sums.dataset}",
            to=f"ref('{sums.dataset}')",
            keys=keys,
            measures=sums.measures,
            leave_out=leave_out,
        )
    ]


def _test(kind: str, name: str, says: str = "every row once", /, **arguments: Any) -> dict[str, Any]:
    return {f"minhbach.{kind}": {"name": name, "description": says, "arguments": arguments}}
