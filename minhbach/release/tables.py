"""Brings a protected table into the one form that is written: declared columns, types and order. Knows no file."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minhbach.core.catalog.base import LANGUAGES
from minhbach.core.errors import GateRefused
from minhbach.core.rows import rows_sha256

from .words import NOTE_LABELS, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from minhbach.core.catalog import Column, Dataset

NOTE = "ghi_chu_an_so"
TEXT_LIMIT = 32_767
"""Characters that a spreadsheet's cell can hold."""
ROW_LIMIT = 1_048_575
"""Rows that a spreadsheet can hold beside its head."""


def conform(table: pa.Table, dataset: Dataset, languages: Sequence[str] = LANGUAGES) -> pa.Table:
    """Give the table with exactly the published columns and the note, typed as declared, sorted by its grain.

    An empty text becomes a missing value: a CSV cannot tell them apart, so no format does.

    Raises:
        GateRefused: a column is undeclared or missing, a value is not of its type, a key is missing or appears twice.

    """
    import pyarrow as pa

    names = [column.name for column in dataset.published] + [NOTE]
    _same_columns(table, dataset, names)
    if table.num_rows > ROW_LIMIT:
        raise GateRefused(
            f"{dataset.name}: found {table.num_rows} rows, expected at most {ROW_LIMIT}: data.xlsx ends there."
        )
    types = {column.name: arrow_type(column.type) for column in dataset.published} | {NOTE: pa.string()}
    arrays = [_typed(table.column(name), types[name], f"{dataset.name}.{name}") for name in names]
    typed = pa.table(arrays, schema=pa.schema([_field(dataset, name, types[name], languages) for name in names]))
    return _sorted(typed, dataset)


def arrow_type(declared: str) -> pa.DataType:
    """Give the Arrow type of a declared one."""
    import pyarrow as pa

    if declared.startswith("decimal"):
        precision, scale = declared.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    simple = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
    return simple[declared]


def texts(table: pa.Table) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a conformed table as canonical texts (`core.rows`)."""
    columns = [[text_of(value) for value in column.to_pylist()] for column in table.columns]
    yield from zip(*columns, strict=True)


def text_of(value: Any) -> str:
    """Give the canonical text of one value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, str) else str(value)  # a date's text is ISO


def logical_sha256(table: pa.Table) -> str:
    """Return the hash of a table's rows: the same for CSV, Parquet and XLSX of one release."""
    return rows_sha256(table.column_names, texts(table))


def _field(dataset: Dataset, name: str, kind: pa.DataType, languages: Sequence[str]) -> pa.Field:
    import pyarrow as pa

    labels = spoken(NOTE_LABELS, languages) if name == NOTE else _labels(dataset.column(name), languages)
    return pa.field(name, kind, nullable=name not in dataset.grain, metadata=labels)


def _labels(column: Column, languages: Sequence[str]) -> dict[str, str]:
    return {language: column.in_(language) for language in languages} | ({"unit": column.unit} if column.unit else {})


def _same_columns(table: pa.Table, dataset: Dataset, names: Sequence[str]) -> None:
    where = f"catalog/datasets/{dataset.name}.yml: columns"
    undeclared = sorted(set(table.column_names) - set(names))
    if undeclared:
        raise GateRefused(
            f"{where}: found {', '.join(undeclared)} in the table to publish, expected no undeclared column."
        )
    missing = sorted(set(names) - set(table.column_names))
    if missing:
        raise GateRefused(
            f"{where}: found no {', '.join(missing)} in the table to publish, expected every declared column."
        )
    if len(table.column_names) != len(names):
        raise GateRefused(f"{where}: found a column twice in the table to publish, expected each once.")


def _typed(column: pa.ChunkedArray, kind: pa.DataType, where: str) -> pa.Array:
    import pyarrow as pa

    try:
        if pa.types.is_floating(column.type) and pa.types.is_decimal(kind):
            values: list[Any] = [None if value is None else Decimal(repr(value)) for value in column.to_pylist()]
            return pa.array(values, kind)
        if pa.types.is_string(kind):
            return pa.array([_text(value, where) for value in column.cast(kind).to_pylist()], kind)
        return (
            pa.chunked_array(column).cast(kind).combine_chunks()
            if isinstance(column, list)
            else _one(column.cast(kind))
        )
    except (pa.ArrowException, ArithmeticError) as error:
        raise GateRefused(
            f"{where}: found {column.type} values that do not fit, expected {kind} without rounding."
        ) from error


def _one(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _text(value: str | None, where: str) -> str | None:
    if not value:
        return None
    if "\0" in value or len(value) > TEXT_LIMIT:
        raise GateRefused(
            f"{where}: found a text with a NUL or above {TEXT_LIMIT} characters, expected one a cell can hold."
        )
    return value


def _sorted(table: pa.Table, dataset: Dataset) -> pa.Table:
    """Sort by grain, by the bytes of the texts; the order so tells nothing that the key does not."""
    keys = list(zip(*([text_of(v) for v in table.column(name).to_pylist()] for name in dataset.grain), strict=True))
    if any("" in key for key in keys):
        raise GateRefused(f"{dataset.name}: found a row without {' or '.join(dataset.grain)}, expected the whole key.")
    if len(set(keys)) != len(keys):
        raise GateRefused(f"{dataset.name}: found a key of {', '.join(dataset.grain)} twice, expected one row per key.")
    order = sorted(range(len(keys)), key=lambda place: [part.encode() for part in keys[place]])
    return table.take(order).combine_chunks()
