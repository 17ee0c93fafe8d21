"""Protected tables out of marts and a pattern: declared columns only, one code for all that is hidden."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from ..treatments import treat
from .spec import NOTE_COLUMN, Rate, Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from .pattern import Mask

HIDDEN = "c"
NO_DENOMINATOR = "z"


def write(
    table: pa.Table, spec: Spec, hidden: Mapping[str, Mask], parents: Mapping[str, Mapping[str, str]]
) -> pa.Table:
    """Give the public table: counts with their hidden cells empty, rates from what is left, and the note column."""
    import pyarrow as pa

    counts: dict[str, list[int | None]] = {}
    for name in spec.measures:
        values = table[name].to_pylist()
        counts[name] = [None if gone else value for value, gone in zip(values, hidden[name], strict=True)]
    columns: dict[str, Any] = {}
    rows = table.num_rows
    any_hidden = np.any(list(hidden.values()), axis=0) if hidden else np.zeros(rows, dtype=bool)
    empty = np.zeros(rows, dtype=bool)
    for name in spec.columns:
        if name in spec.dropped:
            continue
        if name in spec.rates:
            rate = spec.rates[name]
            columns[name] = _rates(rate, counts, spec.types[name])
            empty |= np.array([counts[rate.denominator][row] == 0 for row in range(rows)], dtype=bool)
        elif name in spec.measures:
            columns[name] = pa.array(counts[name], type=pa.int64())
        else:
            columns[name] = treat(table[name].combine_chunks(), name, spec.treatments[name], parents)
    notes = [HIDDEN if gone else NO_DENOMINATOR if zero else None for gone, zero in zip(any_hidden, empty, strict=True)]
    columns[NOTE_COLUMN] = pa.array(notes, type=pa.string())
    return pa.table(columns)


def _rates(rate: Rate, counts: Mapping[str, list[int | None]], declared: str) -> pa.Array:
    import pyarrow as pa

    digits = int(declared.removeprefix("decimal(").split(",")[0]) if declared.startswith("decimal(") else 18
    pairs = zip(counts[rate.numerator], counts[rate.denominator], strict=True)
    values = [_ratio(part, whole, rate) for part, whole in pairs]
    return pa.array(values, type=pa.decimal128(digits, rate.decimals))


def _ratio(part: int | None, whole: int | None, rate: Rate) -> Decimal | None:
    """Half up at the declared decimals, in whole numbers: no binary fraction decides a published digit."""
    if part is None or not whole:
        return None
    scaled = part * rate.scale * 10**rate.decimals
    return Decimal((2 * scaled + whole) // (2 * whole)).scaleb(-rate.decimals)
