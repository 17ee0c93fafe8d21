"""Holds a revision back where its difference from an earlier one would tell of a few: that difference is a table too.

Every changed base is 0 or at least the threshold away from what was told before, and no base that was hidden is told
now, or the other way round. What does not pass waits for the yearly revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import Unprotectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ..core.catalog import Dataset

Key = tuple[str, ...]
SHOWN = 3


def hold_revision(dataset: Dataset, period: str, before: pa.Table, now: pa.Table) -> None:
    """Let a revision through only when nobody learns a small number by comparing it with an earlier one.

    Raises:
        Unprotectable: a base moved by less than the threshold, or was hidden in one of the two; rows are named.

    """
    if dataset.disclosure.tables is None:
        return
    threshold = dataset.disclosure.tables.threshold
    bases = [column.name for column in dataset.columns if column.role == "base"]
    told = [" ".join(key) for base in bases for key in _telling(dataset, base, before, now, threshold)]
    if told:
        raise Unprotectable(
            f"{dataset.name} {period}: the difference from the release before tells of fewer than {threshold} in "
            f"{len(told)} rows: {'; '.join(told[:SHOWN])}; the revision waits for the yearly one."
        )


def _telling(dataset: Dataset, base: str, before: pa.Table, now: pa.Table, threshold: int) -> Iterator[Key]:
    old, new = _counts(dataset, base, before), _counts(dataset, base, now)
    for key in sorted(old.keys() | new.keys()):
        was, is_now = old.get(key, 0), new.get(key, 0)
        if (was is None) != (is_now is None) or (
            was is not None and is_now is not None and 0 < abs(is_now - was) < threshold
        ):
            yield key


def _counts(dataset: Dataset, base: str, table: pa.Table) -> dict[Key, int | None]:
    rows = table.select([*dataset.grain, base]).to_pylist()
    return {tuple(row[name] for name in dataset.grain): row[base] for row in rows}
