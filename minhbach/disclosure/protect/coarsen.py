"""The ladder of coarser tables, fixed before the data are seen; knows rows and keys, no thresholds.

The rung follows from the grand total of the population alone, which is published anyway, so that the choice tells
nothing. Persons do not add up: a merged row counts the most that is certain (its largest part, or what is left of a
published total when every other row keeps all of its persons), which can only hide more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from .spec import Spec, Step

Row = dict[str, Any]


def coarsen(
    tables: Mapping[str, pa.Table], specs: Mapping[str, Spec], codes: Mapping[str, Sequence[Mapping[str, str]]]
) -> tuple[dict[str, pa.Table], list[str]]:
    """Climb the declared ladder; returns the tables and the steps that were taken, in words.

    `codes` (by list, rows with `code` and `vi`) gives merged rows their names; without it they carry the code.
    """
    import pyarrow as pa

    size = population_size(tables, specs)
    taken: list[str] = []
    coarse: dict[str, pa.Table] = {}
    for name, table in tables.items():
        spec = specs[name]
        rows: list[Row] = table.to_pylist()
        steps = [step for step in spec.ladder if size < step.below]
        for step in steps:
            named = {row["code"]: row.get("vi", row["code"]) for row in codes.get(spec.codes.get(step.to, ""), ())}
            rows = _climb(rows, spec, step, named)
            taken.append(f"{name}: {step.dimension} → {step.to}")
        coarse[name] = pa.Table.from_pylist(rows, schema=table.schema) if steps else table
    return coarse, taken


def population_size(tables: Mapping[str, pa.Table], specs: Mapping[str, Spec]) -> int:
    """Grand total of the population: of the dataset with the widest totals, or the sum of its finest rows."""
    name = max(tables, key=lambda one: (len(specs[one].totals) == len(specs[one].grain) - 1, len(specs[one].totals)))
    spec, table = specs[name], tables[name]
    if not spec.bases:
        return int(table.num_rows)
    totals = list(spec.totals.items())
    rows = table.select([*(dim for dim, _ in totals), spec.bases[0]]).to_pylist()
    grand = [row for row in rows if totals and all(row[dim] == code for dim, code in totals)]
    finest = [row for row in rows if all(row[dim] != code for dim, code in totals)]
    return sum(int(row[spec.bases[0]] or 0) for row in (grand or finest))


def _climb(rows: Sequence[Row], spec: Spec, step: Step, named: Mapping[str, str]) -> list[Row]:
    code = spec.totals.get(step.dimension)
    if step.to == code and any(row[step.dimension] == code for row in rows):
        return [row for row in rows if row[step.dimension] == code]
    is_column = bool(rows) and step.to in rows[0]
    moved = []
    for row in rows:
        new = dict(row)
        if row[step.dimension] != code:
            new[step.dimension] = row[step.to] if is_column else step.to
            if not is_column and step.dimension in spec.parents:
                new[spec.parents[step.dimension]] = step.to
        moved.append(new)
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in moved:
        groups[tuple(row[column] for column in spec.grain)].append(row)
    persons = _persons(groups, spec, step.dimension, code)
    return [_merge(parts, spec, step, code, named, persons[key]) for key, parts in groups.items()]


def _merge(parts: list[Row], spec: Spec, step: Step, code: str | None, named: Mapping[str, str], persons: Row) -> Row:
    first = parts[0]
    if first[step.dimension] == code:
        return first
    merged = {**first, **persons}
    for column in first:
        if column in spec.measures:
            merged[column] = sum(part[column] for part in parts)
        elif column in spec.rates:
            merged[column] = None
        elif column not in persons and any(part[column] != first[column] for part in parts):
            # The name of one row no longer fits all of them: the merged row carries the name of its code.
            merged[column] = named.get(first[step.dimension], first[step.dimension])
    return merged


def _persons(
    groups: Mapping[tuple[Any, ...], list[Row]], spec: Spec, dimension: str, code: str | None
) -> dict[tuple[Any, ...], Row]:
    at = spec.grain.index(dimension)
    columns = {m.persons for m in spec.measures.values() if m.persons}
    found: dict[tuple[Any, ...], Row] = {key: {} for key in groups}
    for column in columns:
        if any(column not in part for parts in groups.values() for part in parts):
            continue
        most = {key: sum(part[column] for part in parts) for key, parts in groups.items()}
        together: dict[tuple[Any, ...], int] = defaultdict(int)
        whole: dict[tuple[Any, ...], int] = {}
        for key, parts in groups.items():
            rest = (*key[:at], *key[at + 1 :])
            if key[at] == code:
                whole[rest] = parts[0][column]
            else:
                together[rest] += most[key]
        for key, parts in groups.items():
            rest = (*key[:at], *key[at + 1 :])
            largest = max(part[column] for part in parts)
            left = whole[rest] - (together[rest] - most[key]) if rest in whole and key[at] != code else 0
            found[key][column] = max(largest, left)
    return found
