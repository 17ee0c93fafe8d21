"""Proves a table through the portal's own API, as any reader gets it: types, dictionary, key, and every row."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from publishers.ckan.errors import ActionRefused, OutcomeUnknown

from .digest import Adding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publishers.ckan.client import Portal

    from .digest import Digest
    from .spec import Field, TableSpec

NUMBER = "_id"


def check(portal: Portal, resource_id: str, spec: TableSpec, expected: Digest) -> list[str]:
    """Hold a table against what it must be; return what differs, one sentence each.

    Raises:
        PortalFailed: the portal gave no usable answer.

    """
    where = f"DataStore table {resource_id}"
    try:
        info = portal.read("datastore_info", id=resource_id)
        problems = [f"{where}: {problem}" for problem in structure_problems(info, spec)]
        if problems:
            return problems
        found = read_digest(portal, resource_id, spec)
    except ActionRefused as refused:
        return [f"{where}: found the answer {refused.status}, expected a table."]
    problem = _difference(found, expected)
    return [f"{where}: {problem}"] if problem else []


def _difference(found: Digest | None, expected: Digest) -> str:
    if found is None:
        return "found other columns in its dump, expected those of its dictionary."
    if found.rows != expected.rows:
        return f"found {found.rows} rows, expected {expected.rows}."
    if found.keys != expected.keys:
        return "found other keys, expected those of the releases."
    if found.values != expected.values:
        return "found other values under the same keys, expected those of the releases."
    return ""


def structure_problems(info: dict[str, Any], spec: TableSpec) -> list[str]:
    """Say what differs in columns, types, dictionary and key."""
    live = {field["id"]: field for field in info["fields"]}
    if list(live) != list(spec.names):
        return [f"found the columns {', '.join(live)}, expected {', '.join(spec.names)}."]
    problems = [problem for field in spec.fields for problem in _field_problems(live[field.id], field)]
    problems += [
        f"{name}: found no index, expected the key's."
        for name in spec.primary_key
        if not live[name].get("schema", {}).get("is_index")
    ]
    return problems


def _field_problems(live: dict[str, Any], field: Field) -> Iterator[str]:
    if live["type"] != field.type:
        yield f"{field.id}: found the type {live['type']}, expected {field.type}."
    info = live.get("info") or {}
    for key, text in field.info.items():
        if info.get(key) != text:
            yield f"{field.id}: found another {key} in the dictionary, expected the declared one."


def read_digest(portal: Portal, resource_id: str, spec: TableSpec) -> Digest | None:
    """Read every row of a table; None when the columns are others.

    Raises:
        PortalFailed: the portal gave no usable answer, or it broke off.

    """
    adding = Adding(spec)
    with portal.stream(f"/datastore/dump/{resource_id}", {"format": "csv"}) as chunks:
        rows = csv.reader(_lines(chunks), strict=True)
        try:
            if next(rows, None) != [NUMBER, *spec.names]:
                return None
            for row in rows:
                adding.row(row[1:])
        except (csv.Error, ValueError) as error:
            raise OutcomeUnknown(
                f"/datastore/dump/{resource_id}: found no whole CSV, expected the table's rows; run again."
            ) from error
    return adding.digest()


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Cut a stream into lines with their ends; a line end inside quotes is put together again by the reader of CSV."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode() + "\n"
    if rest:
        yield rest.decode()
