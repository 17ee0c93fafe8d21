"""The tests that dbt runs: every formula on hand-made dossiers, every identity of the marts; each of them can fail."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from minhbach.core.errors import VerdictFailed
from minhbach.shape.runner import run_dbt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shape.conftest import Built


@pytest.fixture
def by_hand(built: Built) -> Iterator[Built]:
    """Put the newest run where dbt looks for it, as an engineer does; leave the models as they were."""
    shutil.copyfile(built.runs["2026-Q3"].file, built.work.database)
    built.work.database.chmod(0o600)
    models = built.work.project / "models"
    kept = {path: path.read_bytes() for path in models.rglob("*.sql")}
    yield built
    for path, content in kept.items():
        path.write_bytes(content)


def test_every_formula(by_hand: Built) -> None:
    results = run_dbt(by_hand.work, ["test", "--select", "test_type:unit"])
    assert len(results) >= 12
    assert {str(result.status) for result in results} == {"pass"}


MUTATIONS = {
    "due_dates_of_the_working_day_calendar": ("int_han_tra", "<= 15 * 3600 then 0", "< 15 * 3600 then 0"),
    "supplements_stop_the_clock": ("int_bo_sung", "order by luc, khoa", "order by luc desc, khoa"),
    "ends_actual_and_official": ("int_ket_thuc", "(su_kien.su_kien_8, su_kien.su_kien_7)", "(su_kien.su_kien_7)"),
    "the_event_log_goes_back": ("int_su_kien", "cuoi_khac_9 > su_kien_9 or", "su_kien_9 is null or"),
    "the_competent_agency": ("int_co_quan_cua_ho_so", "else ma_ke_thua end", "else ma_dinh_danh end"),
    "due_dates_moved_without_a_reason": ("int_doi_hen", "and co_can_cu.dossier_key is null", ""),
    "versions_of_a_dossier": ("int_ho_so", "moi.tu_cu = moi.so_phien_ban", "moi.tu_cu = 1"),
    "what_enters_a_book": ("int_so_ho_so", "ngay_han < den_ngay", "ngay_han <= den_ngay"),
    "form_06_from_the_book": ("giai_quyet_ho_so", "+ max(case when chu_ho_so", "+ sum(case when chu_ho_so"),
    "both_on_time_rates": ("dung_han_theo_thu_tuc", "sum(case when la_ds04", "sum(case when la_ds01"),
}


def test_a_changed_formula_is_seen(by_hand: Built) -> None:
    for model, formula, other in MUTATIONS.values():
        path = next(by_hand.work.project.glob(f"models/**/{model}.sql"))
        text = path.read_text(encoding="utf-8")
        assert formula in text, model
        path.write_text(text.replace(formula, other), encoding="utf-8")
    with pytest.raises(VerdictFailed) as raised:
        run_dbt(by_hand.work, ["test", "--select", "test_type:unit"])
    assert [name for name in MUTATIONS if name not in str(raised.value)] == []


DAMAGE = {
    "giai_quyet_ho_so: every row once": "insert into giai_quyet_ho_so select * from giai_quyet_ho_so where {tinh}",
    "the identity da_giai_quyet = ": "update giai_quyet_ho_so set qua_han = qua_han + 1 where {cell}",
    "ky_truoc_chuyen = dang_giai_quyet of the period before": (
        "update giai_quyet_ho_so set ky_truoc_chuyen = 9 where {cell}"
    ),
    "rows with ma_linh_vuc TONG are the sums of the others": "delete from giai_quyet_ho_so where {cell}",
    "rows with ma_dinh_danh TONG are the sums of the others": "update giai_quyet_ho_so set nhan_muon = 9 where {cell}",
    "its rows add up to those of giai_quyet_ho_so": (
        "update dung_han_theo_thu_tuc set so_giai_quyet_trong_ky = so_giai_quyet_trong_ky + 1 where {cell}"
    ),
}


def damaged(database: Path, statement: str) -> None:
    cell = "ky_bao_cao = '2026-Q3' and ma_linh_vuc = 'DAT_DAI' and ma_dinh_danh = (select min(ma_dinh_danh) from "
    cell += "giai_quyet_ho_so where ky_bao_cao = '2026-Q3' and ma_linh_vuc = 'DAT_DAI')"
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement.format(tinh="muc_tong_hop = 'tinh' limit 1", cell=cell))


@pytest.mark.parametrize("says", DAMAGE)
def test_every_kind_of_data_test_can_fail(by_hand: Built, says: str) -> None:
    damaged(by_hand.work.database, DAMAGE[says])
    with pytest.raises(VerdictFailed) as raised:
        run_dbt(by_hand.work, ["test", "--select", "test_type:data"])
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
