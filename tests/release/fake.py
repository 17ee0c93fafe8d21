"""A table of any dataset with made-up values, for tests that ask only that it can be written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from minhbach.release.tables import NOTE, arrow_type

if TYPE_CHECKING:
    from minhbach.core.catalog import Column, Dataset


def a_fake_table(dataset: Dataset, rows: int = 20) -> pa.Table:
    columns = {
        c.name: pa.array([_value(c, place) for place in range(rows)], arrow_type(c.type)) for c in dataset.published
    }
    return pa.table({**columns, NOTE: pa.nulls(rows, pa.string())})


def _value(column: Column, place: int) -> Any:
    kind = column.type.partition("(")[0]
    made: dict[str, Any] = {
        "string": f"{column.name}-{place:03}",
        "integer": place,
        "decimal": Decimal(place % 100),
        "boolean": place % 2 == 0,
        "date": dt.date(2026, 6, 15) + dt.timedelta(days=place),
    }
    return made[kind]
