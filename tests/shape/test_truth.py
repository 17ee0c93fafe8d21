"""Both marts, both quarters and every defect count are what plain Python computes from the pretend province's truth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import duckdb
import pytest

from minhbach.sandbox.truth import form06, rates, read_truth
from tests.shape.conftest import Built, built_province

if TYPE_CHECKING:
    from minhbach.core.catalog import Catalog

MARTS = {"giai_quyet_ho_so": ("ma_linh_vuc", form06), "dung_han_theo_thu_tuc": ("ma_tthc", rates)}
DEFECTS = {
    "DS01": "DS01",
    "DS02A": "DS02a",
    "DS03_BEFORE": "DS03",
    "DS03_FUTURE": "DS03",
    "DS04": "DS04",
    "DS05": "DS05",
    "DS06A": "DS06a",
    "DS06B_EVENTS": "DS06b",
    "DS06B_EXTRACTS": "DS06b",
    "DS07": "DS07",
    "OLD_NAME": "DS07b",
    "DS08": "DS08",
    "DS09": "DS09",
    "DS10": "DS10",
    "DS12": "DS12",
    "DS13": "DS13",
}
"""Name of a planted defect → identifier of its fate. DS11 and DS14 are natural and counted apart."""


@pytest.fixture(scope="module", params=[600, 6000])
def province(
    request: pytest.FixtureRequest, built: Built, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    if request.param == 600:
        return built
    return built_province(catalog, tmp_path_factory, dossiers=request.param)


@pytest.mark.parametrize("period", ["2026-Q2", "2026-Q3"])
@pytest.mark.parametrize("mart", MARTS)
def test_mart_is_the_truth(province: Built, mart: str, period: str) -> None:
    dimension, computed = MARTS[mart]
    truth = computed(read_truth(province.sandbox / "truth"), period)
    measures = list(next(iter(truth.values())))
    with duckdb.connect(str(province.runs[period].file), read_only=True) as connection:
        columns = ", ".join(["ma_dinh_danh", dimension, *measures])
        rows = connection.execute(f"select {columns} from {mart} where ky_bao_cao = ?", [period]).fetchall()
    found = {(row[0], row[1]): dict(zip(measures, row[2:], strict=True)) for row in rows}
    assert len(found) > 100
    assert len(found) == len(rows)
    assert found == truth, f"seed {province.seed}"


def test_defects_are_the_planted_ones(province: Built) -> None:
    """A defect is counted once a dossier, over both quarters: some show only when a later extract is compared."""
    truth = read_truth(province.sandbox / "truth").columns
    last = read_truth(province.sandbox / "truth").quarters[-1]
    planted: Counter[tuple[str, str]] = Counter()
    for defect, supplier, told in zip(truth["defect"], truth["supplier"], truth["first_told"], strict=True):
        if defect in DEFECTS and told <= last.freeze:
            planted[DEFECTS[defect], supplier] += 1
    found: Counter[tuple[str, str]] = Counter()
    for run in province.runs.values():
        for counted in run.defects:
            if counted.defect in set(DEFECTS.values()):
                found[counted.defect, counted.supplier] += counted.count
    assert len({defect for defect, _ in planted}) > 10
    assert found == planted, f"seed {province.seed}"


def test_fates_of_the_counts_are_the_declared_ones(province: Built, catalog: Catalog) -> None:
    from minhbach.shape.fates import fates

    declared = {(fate.id, fate.fate) for fate in fates(catalog)}
    counted = {(count.defect, count.fate) for run in province.runs.values() for count in run.defects}
    assert counted
    assert counted <= declared
