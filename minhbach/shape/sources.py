"""Which Parquet files the sources of the models are: exactly the frozen extracts, nothing newer. Knows no dbt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..core.catalog import Catalog, Table
    from ..core.lake import Lake

EVERY_TABLE = {"_extract_id": "string", "_row_no": "integer", "_source_file": "string", "_landed_at": "timestamp"}


def sources(
    catalog: Catalog, lake: Lake, frozen: Mapping[str, Mapping[str, Sequence[str]]], folder: Path, reference: list[str]
) -> dict[str, Any]:
    """Declare every table of every agency as a dbt source, and the reference tables beside them.

    Raises:
        UnreadableFile: a frozen extract is not in the lake.

    """
    declared = [
        {
            "name": agency,
            "schema": agency,
            "tables": [
                _table(
                    name,
                    _files(lake, agency, name, frozen.get(agency, {}).get(name, ()))
                    or [_empty(table, folder / agency / name)],
                )
                for name, table in catalog.tables(agency).items()
            ],
        }
        for agency in sorted(catalog.agencies)
    ]
    own = {
        "name": "minhbach",
        "schema": "minhbach",
        "tables": [_table(n, [folder / f"{n}.parquet"]) for n in reference],
    }
    return {"version": 2, "sources": [own, *declared]}


def _table(name: str, files: Sequence[Path]) -> dict[str, Any]:
    quoted = ", ".join("'" + str(file).replace("'", "''").replace("{", "{{").replace("}", "}}") + "'" for file in files)
    location = f"read_parquet([{quoted}], union_by_name = true)"
    return {"name": name, "config": {"meta": {"external_location": location}}}


def _files(lake: Lake, agency: str, table: str, extracts: Sequence[str]) -> list[Path]:
    files = [lake.landed(agency, table) / f"{extract}.parquet" for extract in sorted(extracts)]
    for file in files:
        if not file.exists():
            raise UnreadableFile(
                f"{file}: found no such file, expected a frozen extract; restore the lake and build again."
            )
    return files


def _empty(table: Table, stem: Path) -> Path:
    """Write a Parquet file without rows, so that an agency that was waived reads like any other."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "string": pa.string(),
        "integer": pa.int64(),
        "decimal": pa.decimal128(18, 4),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    columns = landed_types(table)
    path = stem.with_suffix(".parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.schema([(name, types[kind]) for name, kind in columns.items()]).empty_table(), path)
    return path


def landed_types(table: Table) -> dict[str, str]:
    """Return the landed columns of a table with their types; what a function derives is told by the function's name."""
    derived = {
        name: _derived(function) for column in table.columns.values() for name, function in column.derive.items()
    }
    return {name: derived.get(name, kind) for name, kind in table.landed().items()} | EVERY_TABLE


def _derived(function: str) -> str:
    if function.startswith(("is_", "has_")):
        return "boolean"
    return "integer" if function == "record_key" else "string"
