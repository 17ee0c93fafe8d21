"""Splits raw JSON records into declared columns; what is not as declared is named, never guessed. Knows no transport.

Pages whose records all have the declared columns with values of one kind a column are read by Arrow; the others
record by record, so that each can be judged by itself.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from .pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..core.catalog import Table

_SELECTION = 2
"""Steps of a path such as `Kind=1.Number`."""
LOOKED_AT = 200
"""Records that are looked at to learn the kind of a column's values."""
KINDS: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


class RecordReader:
    """Reads the records of one table."""

    def __init__(self, table: Table) -> None:
        self._paths = {name: (column.path or name).split(".") for name, column in table.columns.items()}
        self._heads = list(dict.fromkeys(path[0] for path in self._paths.values()))
        self._nested = {path[0] for path in self._paths.values() if len(path) > 1}
        simple: Any = str | int | float | bool | None
        fields = [(f"f{i}", Any if head in self._nested else simple, None) for i, head in enumerate(self._heads)]
        names = {f"f{i}": head for i, head in enumerate(self._heads)}
        shape = msgspec.defstruct("Record", fields, rename=names, forbid_unknown_fields=True, gc=False)
        self._one = msgspec.json.Decoder(shape)
        self._blank = shape()
        self._schema: pa.Schema | None = None

    def page(self, source: str, first_row: int, records: Sequence[bytes]) -> Page:
        """Make a page of raw records."""
        refused: dict[int, str] = {}
        heads = self._by_arrow(records)
        if heads is None:
            decoded = [self._single(index, record, refused) for index, record in enumerate(records)]
            columns = list(zip(*map(msgspec.structs.astuple, decoded), strict=True)) or [()] * len(self._heads)
            heads = dict(zip(self._heads, columns, strict=True))
        values = {
            name: heads[path[0]] if len(path) == 1 else _reached(heads[path[0]], path[1:])
            for name, path in self._paths.items()
        }
        return Page(source, first_row, len(records), values, records.__getitem__, refused)

    def _by_arrow(self, records: Sequence[bytes]) -> Mapping[str, Any] | None:
        """Read all records at once; nothing when any of them is not as the first ones."""
        if not records:
            return None
        self._schema = self._schema or self._learn(records)
        lines = b"\n".join(records)
        try:
            table = pj.read_json(
                io.BytesIO(lines),
                read_options=pj.ReadOptions(use_threads=True, block_size=len(lines) + 1),
                parse_options=pj.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error"),
            )
        except pa.ArrowInvalid:
            return None
        if len(table) != len(records):
            return None
        return {head: table[head].combine_chunks() for head in self._heads}

    def _learn(self, records: Sequence[bytes]) -> pa.Schema:
        """Look which kind of value each column holds."""
        kinds: dict[str, pa.DataType] = {}
        for record in records[:LOOKED_AT]:
            whole = msgspec.json.decode(record)
            for head, value in whole.items() if isinstance(whole, dict) else ():
                if value is not None and head not in kinds:
                    kinds[head] = _kind(value)
        return pa.schema([(head, kinds.get(head, pa.string())) for head in self._heads])

    def _single(self, index: int, record: bytes, refused: dict[int, str]) -> Any:
        try:
            return self._one.decode(record)
        except msgspec.ValidationError:
            whole = msgspec.json.decode(record)
            strange = isinstance(whole, dict) and not set(whole) <= set(self._heads)
            refused[index] = "undeclared_column" if strange else "not_as_declared"
        except msgspec.DecodeError:
            refused[index] = "not_as_declared"
        return self._blank


def _kind(value: object) -> pa.DataType:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return pa.list_(pa.struct([(name, _kind(inner)) for name, inner in value[0].items()]))
    if isinstance(value, list):
        return pa.list_(_kind(value[0]) if value else pa.null())
    if isinstance(value, dict):
        return pa.struct([(name, _kind(inner)) for name, inner in value.items()])
    return KINDS.get(type(value), pa.string())


def _reached(values: Any, path: Sequence[str]) -> Sequence[object] | pa.Array:
    """Follow a path in every value."""
    if isinstance(values, pa.ListArray) and pa.types.is_struct(values.type.value_type) and len(path) == _SELECTION:
        name, equals, wanted = path[0].partition("=")
        known = {field.name for field in values.type.value_type}
        if equals and {name, path[1]} <= known:
            return _selected(values, name, wanted, path[1])
    steps = [_step(part) for part in path]
    reached: list[object] = []
    for value in values.to_pylist() if isinstance(values, pa.Array) else values:
        for step in steps:
            if value is None:
                break
            value = step(value)  # noqa: PLW2901  walks down
        reached.append(value if isinstance(value, str | int | float) else None)
    return reached


def _selected(lists: pa.ListArray, name: str, wanted: str, leaf: str) -> pa.Array:
    """Return `leaf` of the first entry of every list whose `name` is `wanted`, all lists at once."""
    entries = pc.list_flatten(lists)
    fits = pc.fill_null(pc.equal(pc.struct_field(entries, name).cast(pa.string()), wanted), False)  # noqa: FBT003
    owners = pc.list_parent_indices(lists).filter(fits).to_numpy()
    owners, first = np.unique(owners, return_index=True)
    place = np.full(len(lists), -1, np.int64)
    place[owners] = first
    return pc.struct_field(entries, leaf).filter(fits).take(pa.array(place, mask=place < 0))


def _step(part: str) -> Callable[[Any], Any]:
    """Return one step down a path: a name, an index, or `name=value` for the first entry of a list that has it."""
    name, equals, wanted = part.partition("=")
    if equals:
        return lambda value: (
            next((e for e in value if isinstance(e, dict) and str(e.get(name)) == wanted), None)
            if isinstance(value, list)
            else None
        )
    if part.isdecimal():
        index = int(part)
        return lambda value: value[index] if isinstance(value, list) and index < len(value) else None
    return lambda value: value.get(name) if isinstance(value, dict) else None
