"""Rows on their way to a DataStore: record batches, read as often as needed, and their one text. Knows no portal.

The text of a row is the line that PostgreSQL's `COPY … TO STDOUT` writes for it, without its end: what was sent and
what is read back are then compared byte by byte, at the speed of the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import GateRefused, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from .spec import Field, PgType, TableSpec

BATCH = 1_024
"""Rows in memory at a time."""
NULL = "\\N"
ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\b", "\\b"), ("\f", "\\f"), ("\v", "\\v"))
MOST_DECIMALS = 6
"""From the seventh decimal on, Arrow may write a decimal with an exponent, PostgreSQL never does."""


@dataclass(frozen=True)
class Rows:
    """Record batches with the columns of a table, in order; reading begins anew each time."""

    open: Callable[[], Iterator[pa.RecordBatch]]
    where: str
    """Named in errors."""


def rows_of(parquet: Sequence[Path], spec: TableSpec) -> Rows:
    """Give the rows of several sealed releases, one after the other; a column that one of them lacks is null there."""
    return Rows(lambda: _read(parquet, spec), ", ".join(str(path) for path in parquet))


def rows_in(table: pa.Table, where: str = "the table") -> Rows:
    """Give the rows of a table in memory."""
    return Rows(lambda: iter(table.to_batches(max_chunksize=BATCH)), where)


def _read(parquet: Sequence[Path], spec: TableSpec) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in parquet:
        try:
            with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16) as file:
                there = set(file.schema_arrow.names)
                extra = sorted(there - set(spec.names))
                if extra:
                    raise GateRefused(
                        f"{path}: found {', '.join(extra)}, expected only columns that the dataset declares now."
                    )
                for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                    columns = [batch.column(name) if name in there else pa.nulls(batch.num_rows) for name in spec.names]
                    yield pa.RecordBatch.from_arrays(columns, names=list(spec.names))
        except (OSError, pa.ArrowException) as error:
            raise UnreadableFile(
                f"{path}: found no readable Parquet, expected the data of a sealed release."
            ) from error


def conformed(rows: Rows, spec: TableSpec) -> Iterator[pa.RecordBatch]:
    """Yield batches in the table's own Arrow types; an empty text becomes a missing value, as in every release.

    Raises:
        GateRefused: a column is missing, or a value does not fit its type.

    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what was freed: 40 MiB more for the same rows
    for batch in rows.open():
        missing = sorted(set(spec.names) - set(batch.schema.names))
        if missing:
            raise GateRefused(f"{rows.where}: found no {', '.join(missing)}, expected every column of the table.")
        arrays = [_typed(batch.column(field.id), field, rows.where) for field in spec.fields]
        _whole_keys(arrays, spec, rows.where)
        yield pa.RecordBatch.from_arrays(arrays, names=list(spec.names))


def _whole_keys(arrays: Sequence[pa.Array], spec: TableSpec, where: str) -> None:
    for name in spec.primary_key:
        if arrays[spec.names.index(name)].null_count:
            raise GateRefused(f"{where}: {name}: found a row without it, expected the whole key in every row.")


def _typed(column: pa.Array, field: Field, where: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = _arrow_type(field.type, column.type)
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), kind or pa.decimal128(1, 0))
    if kind is None:
        raise GateRefused(f"{where}: {field.id}: found values of type {column.type}, expected {field.type}.")
    try:
        typed = column.cast(kind)
    except pa.ArrowException as error:
        raise GateRefused(f"{where}: {field.id}: found a value that does not fit {field.type}, expected none.") from (
            error
        )
    if field.type == "text":
        if pc.any(pc.match_substring(typed, "\0")).as_py():
            raise GateRefused(f"{where}: {field.id}: found a text with a NUL, expected one that PostgreSQL can hold.")
        typed = pc.if_else(pc.equal(typed, _scalar("")), pa.nulls(1, pa.string())[0], typed)
    return typed


def _arrow_type(wanted: PgType, found: pa.DataType) -> pa.DataType | None:
    """Give the Arrow type to cast to; None where the cast would lose or invent something."""
    import pyarrow as pa

    is_ = pa.types
    fits: dict[PgType, tuple[bool, pa.DataType]] = {
        "int4": (is_.is_integer(found), pa.int32()),
        "int8": (is_.is_integer(found), pa.int64()),
        "text": (is_.is_string(found) or is_.is_large_string(found) or is_.is_dictionary(found), pa.string()),
        "numeric": (is_.is_decimal(found) or is_.is_integer(found), found),
        "date": (is_.is_date32(found), pa.date32()),
        "timestamp": (is_.is_timestamp(found) and found.tz is None, pa.timestamp("ms")),
        "bool": (is_.is_boolean(found), pa.bool_()),
    }
    allowed, kind = fits[wanted]
    if is_.is_null(found):
        return None if wanted == "numeric" else kind
    return kind if allowed else None


def texts(batch: pa.RecordBatch, spec: TableSpec) -> list[pa.Array]:
    """Give the cells of a conformed batch as PostgreSQL writes them, a missing value as null."""
    return [_text(batch.column(place), field) for place, field in enumerate(spec.fields)]


def _text(column: pa.Array, field: Field) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    match field.type:
        case "text":
            return column
        case "bool":
            return pc.if_else(column, _scalar("t"), _scalar("f"))
        case "numeric" if pa.types.is_decimal(column.type) and column.type.scale > MOST_DECIMALS:
            return pa.array(
                [None if value is None else format(value, "f") for value in column.to_pylist()], pa.string()
            )
        case "timestamp":
            return pc.replace_substring_regex(column.cast(pa.string()), r"\.?0*$", "")
        case _:
            return column.cast(pa.string())


def lines(cells: Sequence[pa.Array]) -> pa.Array:
    """Join cells to lines of PostgreSQL's text format, each without its end."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(
        *map(_escaped, cells), _scalar("\t"), null_handling="replace", null_replacement=NULL
    )


def _escaped(column: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(column, r"[\\\x08-\x0d]")).as_py():
        return column
    for raw, written in ESCAPES:
        column = pc.replace_substring(column, raw, written)
    return column


def _scalar(text: str) -> pa.Scalar:
    """Give a text to Arrow without `pyarrow.scalar`, which loads pandas: 35 MiB of a loader's 150."""
    import pyarrow as pa

    written = text.encode()
    ends = b"".join(end.to_bytes(4, "little") for end in (0, len(written)))
    return pa.StringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(written))[0]


def block(written: pa.Array) -> bytes:
    """Give lines as the bytes that are sent, each with its end."""
    import pyarrow.compute as pc

    ended = pc.binary_join_element_wise(written, _scalar(""), _scalar("\n"))
    _, offsets, data = ended.buffers()
    if data is None:
        return b""
    first, last = (int.from_bytes(offsets[at * 4 : at * 4 + 4].to_pybytes(), "little") for at in (0, len(ended)))
    return bytes(data[first:last])


def line_of(values: Sequence[Any], spec: TableSpec) -> bytes:
    """Give the line of one row whose cells were read as texts from a CSV, an empty cell being a missing value."""
    return "\t".join(_cell(value, field) for value, field in zip(values, spec.fields, strict=True)).encode()


def _cell(text: str, field: Field) -> str:
    if not text:
        return NULL
    if field.type == "text":
        return text.translate(_TABLE)
    if field.type == "timestamp":
        moment, _, fraction = text.replace("T", " ").partition(".")
        fraction = fraction.rstrip("0")
        return f"{moment}.{fraction}" if fraction else moment
    return text


_TABLE = str.maketrans(dict(ESCAPES))
