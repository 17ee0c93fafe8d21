"""A build keeps its promises: once per input, the old untouched, nothing half, one sentence when it cannot."""

from __future__ import annotations

import fcntl
import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.errors import DeclarationError, OutsideFailed, UnreadableFile, UsageError, VerdictFailed
from minhbach.core.lake import Warehouse
from minhbach.core.settings import Settings
from minhbach.shape import build, runner
from tests.shape.landing import MOT_CUA, VAN_DON, Landing, dossier, event

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog
    from tests.shape.conftest import Built

KEPT = ("int_so_ho_so", "int_loi_ho_so", "int_dem_loi", "giai_quyet_ho_so", "dung_han_theo_thu_tuc")


def rows(file: Path, table: str, period: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(f"select * from {table} where ky_bao_cao = ? order by all", [period]).fetchall()


def house(catalog: Catalog, monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Settings, Landing]:
    monkeypatch.setenv("MINHBACH_LAKE", str(folder / "lake"))
    landing = Landing(catalog, folder / "lake")
    landing.land(
        MOT_CUA,
        "ho_so",
        [
            dossier("a", "2026-04-01T09:00:00", ngay_hen_tra="2026-04-03T17:00:00", trang_thai_ho_so="9"),
            dossier("b", "2026-06-10T09:00:00", ngay_hen_tra="2026-06-12T17:00:00"),
        ],
    )
    landing.land(MOT_CUA, "qua_trinh", [event("a", "2026-04-02T10:00:00", 9)])
    return Settings.read(catalog.root), landing


def test_same_inputs_same_run(built: Built, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "run_dbt", lambda *_: pytest.fail("dbt ran although nothing changed"))
    for period, first in built.runs.items():
        again = build(catalog, built.settings, period=period, frozen=built.frozen[period])
        assert again.reused
        assert (again.run_id, again.rows, again.defects) == (first.run_id, first.rows, first.defects)


def test_new_quarter_leaves_the_old_untouched(built: Built) -> None:
    before, after = built.runs["2026-Q2"].file, built.runs["2026-Q3"].file
    for table in KEPT:
        old = rows(before, table, "2026-Q2")
        assert old
        assert rows(after, table, "2026-Q2") == old
        assert rows(after, table, "2026-Q3")


def test_new_quarter_computes_only_what_the_book_needs(built: Built) -> None:
    """Dossiers that an earlier book closed and nobody told again are not read anew."""
    with duckdb.connect(str(built.work.scratch), read_only=True) as scratch:
        versions = {
            key for (key,) in scratch.execute("select distinct dossier_key from int_phien_ban_ho_so").fetchall()
        }
    book = rows(built.runs["2026-Q2"].file, "int_so_ho_so", "2026-Q2")
    assert len(book) > 500
    assert len({row[1] for row in book} & versions) < len(book) / 2


def test_warehouse_points_to_whole_files(built: Built) -> None:
    warehouse = Warehouse(built.settings.warehouse)
    assert warehouse.current() == built.runs["2026-Q3"].file
    for period, run in built.runs.items():
        assert warehouse.current_for(period) == run.file
        assert run.file.stat().st_mode & 0o777 == 0o400
    assert [path.suffix for path in built.runs["2026-Q3"].file.parent.iterdir() if path.suffix == ".wal"] == []
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{8}", built.runs["2026-Q2"].run_id)


def test_reader_neither_blocks_nor_is_blocked(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, landing = house(catalog, monkeypatch, tmp_path)
    first = build(catalog, settings, period="2026-Q2", frozen=landing.frozen)
    with duckdb.connect(str(first.file), read_only=True) as notebook:
        second = build(catalog, settings, period="2026-Q3", frozen=landing.frozen)
        assert notebook.execute("select count(*) from giai_quyet_ho_so").fetchone() == (4,)
    # Both CSV offices were waived: nothing of theirs landed, and the models ran on empty tables.
    assert second.rows["giai_quyet_ho_so"] == 4
    carried = rows(second.file, "int_so_ho_so", "2026-Q3")
    assert [row[3] for row in carried] == ["chuyen_sang"]


def test_main_system_waived(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agencies and procedures then come from the code lists."""
    monkeypatch.setenv("MINHBACH_LAKE", str(tmp_path / "lake"))
    landing = Landing(catalog, tmp_path / "lake")
    landing.land(VAN_DON, "ho_so", [dossier("c", "2026-05-04T09:00:00", la_ds01=True, don_vi_khoa="dac khu van don")])
    result = build(catalog, Settings.read(catalog.root), period="2026-Q2", frozen=landing.frozen)
    with duckdb.connect(str(result.file), read_only=True) as connection:
        due, receiving = connection.execute("select ngay_han, ma_dinh_danh from int_so_ho_so").fetchone() or ("", "")
    assert str(due) == "2026-05-06"
    assert receiving == "H49.101"


def test_frozen_extract_is_gone(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, landing = house(catalog, monkeypatch, tmp_path)
    landing.frozen[MOT_CUA]["ho_so"].append("20260617T000000-deadbeef")
    with pytest.raises(UnreadableFile, match="20260617T000000-deadbeef"):
        build(catalog, settings, period="2026-Q2", frozen=landing.frozen)
    assert Warehouse(settings.warehouse).current() is None


def test_quarters_are_built_in_order(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, landing = house(catalog, monkeypatch, tmp_path)
    with pytest.raises(UsageError, match="build 2026-Q2 first"):
        build(catalog, settings, period="2026-Q3", frozen=landing.frozen)
    with pytest.raises(UsageError, match="khong_co"):
        build(catalog, settings, period="2026-Q2", frozen=landing.frozen, datasets=["khong_co"])


def test_one_build_at_a_time(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, landing = house(catalog, monkeypatch, tmp_path)
    folder = tmp_path / "work" / "dbt"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OutsideFailed, match="another build"):
            build(catalog, settings, period="2026-Q2", frozen=landing.frozen)


def test_killed_between_file_and_pointer(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, landing = house(catalog, monkeypatch, tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(Warehouse, "point_to", _killed)
        with pytest.raises(KeyboardInterrupt):
            build(catalog, settings, period="2026-Q2", frozen=landing.frozen)
    warehouse = Warehouse(settings.warehouse)
    assert warehouse.current() is None
    orphan = next((warehouse.root / "runs").glob("*.duckdb"))
    orphan.with_suffix(".json").unlink()
    (warehouse.root / "runs" / ".half.duckdb.part").touch()
    result = build(catalog, settings, period="2026-Q2", frozen=landing.frozen, datasets=["giai_quyet_ho_so"])
    assert warehouse.current() == result.file
    assert sorted(path.name for path in result.file.parent.iterdir()) == [result.file.name, f"{result.run_id}.json"]
    assert result.rows == {"giai_quyet_ho_so": 4}


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


BROKEN = {
    "undeclared column": (
        "cast(dem.nhan_muon as integer) as nhan_muon,",
        "cast(dem.nhan_muon as integer) as nhan_muon, 1 as them_vao,",
        DeclarationError,
        r"giai_quyet_ho_so: found other columns than the dataset declares: them_vao \(.*\), expected",
    ),
    "other type": (
        "cast(dem.nhan_muon as integer) as nhan_muon,",
        "cast(dem.nhan_muon as varchar) as nhan_muon,",
        DeclarationError,
        r"other columns than the dataset declares: nhan_muon",
    ),
    "broken identity": (
        "cast(dem.dang_qua_han as integer) as dang_qua_han,",
        "cast(dem.dang_qua_han + 1 as integer) as dang_qua_han,",
        VerdictFailed,
        r"the identity dang_giai_quyet = dang_trong_han \+ dang_qua_han",
    ),
    "unknown column": (
        "dem.ky_bao_cao,\n  case",
        "dem.ky_khong_co,\n  case",
        DeclarationError,
        r"dbt_project/models/marts/giai_quyet_ho_so.sql: giai_quyet_ho_so: found binder error: .*ky_khong_co",
    ),
    "a value in the error": (
        "cast(dem.nhan_muon as integer) as nhan_muon,",
        "cast('Bí Mật ' || dem.nhan_muon as integer) as nhan_muon,",
        DeclarationError,
        r"giai_quyet_ho_so: found conversion error, expected",
    ),
    "no Jinja": ("{{ ref('int_so_ho_so') }}", "{{ ref('int_so_ho_so' }}", DeclarationError, "dbt_project"),
}


@pytest.mark.parametrize("breach", BROKEN)
def test_broken_mart_is_refused_in_one_sentence(
    breach: str, built: Built, project_copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good, bad, error, says = BROKEN[breach]
    mart = project_copy / "dbt_project" / "models" / "marts" / "giai_quyet_ho_so.sql"
    text = mart.read_text(encoding="utf-8")
    assert good in text
    mart.write_text(text.replace(good, bad), encoding="utf-8")
    catalog = load_catalog(project_copy)
    settings, landing = house(catalog, monkeypatch, tmp_path)
    with pytest.raises(error, match=says) as raised:
        build(catalog, settings, period="2026-Q2", frozen=landing.frozen)
    assert "\n" not in str(raised.value)
    assert "Bí Mật" not in str(raised.value)
    assert Warehouse(settings.warehouse).current() is None
    assert built.runs["2026-Q2"].file.exists()
