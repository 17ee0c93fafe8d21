"""A revision goes out only when its difference from an earlier release tells of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from minhbach.core.catalog import Dataset, load_catalog
from minhbach.core.errors import Unprotectable
from minhbach.flow.revising import hold_revision

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def dataset(project: Path) -> Dataset:
    return load_catalog(project).dataset("giai_quyet_ho_so")


def table(*counts: int | None) -> pa.Table:
    rows = [
        {"ky_bao_cao": "2026-Q3", "ma_dinh_danh": f"H49.{place}", "ma_linh_vuc": "TONG", "tiep_nhan": count}
        for place, count in enumerate(counts)
    ]
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize(
    ("before", "now"),
    [((100, 50), (100, 50)), ((100, 50), (110, 30)), ((100, None), (100, None)), ((100,), (100, 10))],
    ids=["same", "moved by the threshold or more", "hidden in both", "a new row at the threshold"],
)
def test_a_difference_that_tells_of_nobody_passes(
    dataset: Dataset, before: tuple[int | None, ...], now: tuple[int | None, ...]
) -> None:
    hold_revision(dataset, "2026-Q3", table(*before), table(*now))


@pytest.mark.parametrize(
    ("before", "now", "row"),
    [
        ((100, 50), (100, 51), "H49.1"),
        ((100, 50), (91, 50), "H49.0"),
        ((100, None), (100, 12), "H49.1"),
        ((100, 12), (100, None), "H49.1"),
        ((100,), (100, 3), "H49.1"),
    ],
    ids=["one more", "nine fewer", "told what was hidden", "hid what was told", "a small new row"],
)
def test_a_difference_that_tells_of_a_few_waits(
    dataset: Dataset, before: tuple[int | None, ...], now: tuple[int | None, ...], row: str
) -> None:
    with pytest.raises(Unprotectable, match=row):
        hold_revision(dataset, "2026-Q3", table(*before), table(*now))
