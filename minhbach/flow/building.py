"""Builds the marts of a period from exactly the extracts that its freeze names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .freezing import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..core.catalog import Publication
    from ..core.periods import Period
    from ..shape.result import BuildResult
    from .house import House


def build(house: House, publication: Publication, period: Period, datasets: Sequence[str] | None = None) -> BuildResult:
    """Run dbt for a frozen period; the same inputs find the run that is there.

    Raises:
        NotFrozen: the books of the period are open.

    """
    from ..shape.build import build as run

    closed = frozen(house, publication, period)
    return run(house.catalog, house.settings, period=period, frozen=closed.extracts, datasets=datasets)


def read_mart(house: House, dataset: str, period: Period) -> pa.Table | None:
    """Read a mart's rows of one period, or nothing when the period was never built."""
    import duckdb

    file = house.warehouse.current_for(period)
    if file is None:
        return None
    declared = house.catalog.dataset(dataset)
    column = declared.columns[0].name
    with duckdb.connect(file, read_only=True, config={"threads": 2}) as connection:
        grain = ", ".join(declared.grain)
        query = f"select * from {dataset} where {column} = ? order by {grain}"  # noqa: S608  names that check proved
        return connection.execute(query, [str(period)]).to_arrow_table()
