"""Every declaration there is, every reason code, every flag."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from minhbach.core.catalog import Catalog, load_catalog
from minhbach.core.catalog.agencies import DROPPED, Table, landed_name
from minhbach.core.errors import DeclarationError
from minhbach.core.settings import Settings
from minhbach.extract.check import problems
from minhbach.extract.compiled import compile_contract
from minhbach.extract.contract import REASONS, Contract, Judged
from minhbach.extract.record_reader import RecordReader
from tests.extract.conftest import REST
from tests.extract.sample import IDENTITY, PERSON, PHONE, dossier

PROJECT = Path(__file__).resolve().parents[2]
CATALOG = load_catalog(PROJECT)
TABLES = [(agency, table) for agency in CATALOG.agencies for table in CATALOG.tables(agency)]
assert TABLES


@dataclass
class Judge:
    table: Table
    contract: Contract

    def __call__(self, *records: dict[str, Any]) -> Judged:
        raw = [json.dumps(record, ensure_ascii=False).encode() for record in records]
        return self.contract.judge(RecordReader(self.table).page("nguon", 1, raw))

    def row(self, **changes: object) -> dict[str, Any]:
        judged = self(dossier(1, **changes))
        assert not judged.broken, judged.broken
        return judged.kept.to_pylist()[0]


def judge_of(agency: str, table: str, catalog: Catalog) -> Judge:
    declared = catalog.agency(agency)
    compiled = compile_contract(declared, declared.table(table), catalog, Settings.read(PROJECT))
    return Judge(declared.table(table), compiled.contract)


@pytest.fixture
def judge(house: Path) -> Judge:
    assert house.exists()
    return judge_of(REST, "ho_so", CATALOG)


def test_no_contract_has_a_problem() -> None:
    assert problems(CATALOG) == []


@pytest.mark.parametrize(("agency", "table"), TABLES)
def test_every_contract_compiles_and_lands_only_closed_columns(house: Path, agency: str, table: str) -> None:
    assert house.exists()
    judge = judge_of(agency, table, CATALOG)
    assert judge.contract.schema.names == list(judge.table.landed())
    landed = set(judge.contract.schema.names)
    derived = {name for column in judge.table.columns.values() for name in column.derive}
    for name, column in judge.table.columns.items():
        if column.class_ in DROPPED:
            assert landed_name(name) not in landed - derived
        elif column.type == "string":
            assert column.pattern or column.values or column.codes or column.open_text
    assert set(judge.table.key) <= landed


@pytest.mark.parametrize(("agency", "table"), TABLES)
def test_every_landed_column_is_told_to_staging(agency: str, table: str) -> None:
    page = (PROJECT / "docs" / "landed.md").read_text(encoding="utf-8")
    for name in CATALOG.tables(agency)[table].landed():
        assert f"`{name}`" in page, f"{agency}/{table}: docs/landed.md does not know {name}"


@pytest.mark.parametrize(("agency", "table"), TABLES)
def test_every_defect_says_what_it_does_to_the_figures(agency: str, table: str) -> None:
    for defect, _fate in CATALOG.tables(agency)[table].defects():
        assert defect.effect, defect.id


BROKEN: list[tuple[str, str, dict[str, object]]] = [
    ("missing_value", "MaHoSo", {"MaHoSo": "  "}),
    ("missing_value", "NgayCapNhat", {"NgayCapNhat": None}),
    ("pattern_mismatch", "MaHoSo", {"MaHoSo": "H49.153-260702-1"}),
    ("bad_date", "NgayTiepNhan", {"NgayTiepNhan": "20260231080000"}),
    ("bad_date", "NgayTiepNhan", {"NgayTiepNhan": "02/07/2026"}),
    ("implausible_date", "NgayTiepNhan", {"NgayTiepNhan": "02020702080000"}),
    ("bad_number", "LePhi", {"LePhi": "45.000 đ"}),
    ("bad_truth", "HoSoCoThanhPhanSoHoa", {"HoSoCoThanhPhanSoHoa": "có"}),
    ("unknown_code", "TrangThaiHoSo", {"TrangThaiHoSo": "99"}),
    ("unknown_code", "MaLinhVuc", {"MaLinhVuc": IDENTITY}),
    ("unknown_code", "MaLinhVuc", {"MaLinhVuc": "TONG"}),
    ("unknown_code", "LoaiDoiTuong", {"LoaiDoiTuong": PHONE}),
    ("undeclared_column", "", {"HoTenMe": PERSON}),
    ("not_as_declared", "", {"ChuHoSo": {"Ten": PERSON}}),
]


@pytest.mark.parametrize(("reason", "column", "changes"), BROKEN)
def test_every_break_of_the_contract_has_its_reason(
    judge: Judge, reason: str, column: str, changes: dict[str, object]
) -> None:
    judged = judge(dossier(1), dossier(2, **changes), dossier(3))
    (broken,) = judged.broken
    assert (broken.fault.reason, broken.fault.column, broken.row_no) == (reason, column, 2)
    assert json.loads(broken.record) == dossier(2, **changes)
    assert judged.kept["_row_no"].to_pylist() == [1, 3]


def test_a_public_text_with_an_identifier_is_quarantined(house: Path) -> None:
    assert house.exists()
    judge = judge_of(REST, "co_quan", CATALOG)
    good = {
        "MaDonVi": "H49.1",
        "TenDonVi": "UBND phường Lê Chân",
        "HieuLucTu": "20250701000000",
        "NgayCapNhat": "20260104060000",
    }
    bad = good | {"TenDonVi": f"Bộ phận một cửa, ông {PERSON} {PHONE}"}
    judged = judge(good, bad)
    assert [b.fault.reason for b in judged.broken] == ["personal_data"]
    assert judged.kept["don_vi_khoa"].to_pylist() == ["ubnd phuong le chan"]


def test_every_reason_code_is_tried() -> None:
    set_wide = {"conflicting_duplicate", "rule"}  # test_run.py and below
    assert {reason for reason, *_ in BROKEN} | {"personal_data"} | set_wide == set(REASONS)


FLAGS: list[tuple[str, dict[str, object]]] = [
    ("la_ds01", {"NgayHenTra": ""}),
    ("la_ds03", {"NgayKetThucXuLy": "20260701080000"}),
    ("la_ds05", {"NgayKetThucXuLy": "20260703170000"}),
    ("la_ds08", {"MaTTHC": "9.000001"}),
    ("la_ds13", {"ChuHoSo": "Dinhkem"}),
    ("la_ds13", {"TrichYeuHoSo": "Đính kèm"}),
    ("la_ds13", {"SoDienThoai": "0123456789"}),
    ("la_ds13", {"DinhDanhCHS": [{"LoaiDinhDanh": "2", "SoDinhDanh": "000000001"}]}),
    ("la_ds14", {"TrichYeuHoSo": f"Cấp GCN cho ông {PERSON}, thửa đất số 12, tờ bản đồ số 5"}),
    ("la_chuyen_doi", {"ViTriDeHoSo": "Convert"}),
]


@pytest.mark.parametrize(("flag", "changes"), FLAGS)
def test_every_flag_marks_its_defect_alone(judge: Judge, flag: str, changes: dict[str, object]) -> None:
    flags = {name for name, value in judge.row(**changes).items() if value is True and name.startswith("la_")}
    assert flags - {"la_dinh_danh_gia"} == {flag}
    plain = {name for name, value in judge.row().items() if value is True and name.startswith("la_")}
    assert plain == set()


def test_an_unknown_procedure_lands_without_its_code(judge: Judge) -> None:
    assert judge.row(MaTTHC=IDENTITY)["ma_tthc"] is None


def test_an_unknown_unit_lands_without_its_name(judge: Judge) -> None:
    assert judge.row(DonViXuLy=PERSON)["don_vi_khoa"] is None
    assert judge.row(DonViXuLy="ubnd  TỈNH Quảng-Ninh")["don_vi_khoa"] == "ubnd tinh quang ninh"


def test_a_placeholder_is_nobody(judge: Judge) -> None:
    assert judge.row()["chu_ho_so"] is not None
    for identities in ([], None, [{"LoaiDinhDanh": "1", "SoDinhDanh": "000000000000"}]):
        assert judge.row(DinhDanhCHS=identities)["chu_ho_so"] is None


def test_the_personal_id_counts_before_the_old_card(judge: Judge) -> None:
    card, personal = (
        {"LoaiDinhDanh": 2, "SoDinhDanh": "022905000"},
        {"LoaiDinhDanh": 1, "SoDinhDanh": "022 905 000 123"},
    )
    alone = judge.row(DinhDanhCHS=[{"LoaiDinhDanh": "1", "SoDinhDanh": "022905000123"}])["chu_ho_so"]
    assert judge.row(DinhDanhCHS=[card, personal])["chu_ho_so"] == alone
    assert judge.row(DinhDanhCHS=[card])["chu_ho_so"] not in {None, alone}


@pytest.mark.parametrize("written", ["h49.153-260702-0001", "H49.153 - 260702 – 0001", " H49.153-260702—0001\u00a0"])
def test_one_dossier_has_one_key_however_it_is_written(judge: Judge, written: str) -> None:
    assert judge.row(MaHoSo=written)["dossier_key"] == judge.row()["dossier_key"]


def test_a_page_of_mixed_kinds_is_read_record_by_record(judge: Judge) -> None:
    judged = judge(dossier(1), dossier(2, LePhi="1000", KenhThucHien=2), dossier(3, LePhi=None, KenhThucHien=1.0))
    assert [str(value) for value in judged.kept["le_phi"].to_pylist()] == ["45000.0000", "1000.0000", "None"]
    assert judged.kept["kenh_thuc_hien"].to_pylist() == ["2", "2", "1"]


def _declared(tmp_path: Path, change: dict[str, Any]) -> Catalog:
    """Copy the project's declarations with a changed column KenhThucHien."""
    import shutil

    shutil.copytree(PROJECT / "catalog", tmp_path / "catalog")
    path = tmp_path / "catalog" / "agencies" / f"{REST}.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    table = document["tables"]["ho_so"]
    table.get("columns")["KenhThucHien"] = change.pop("column", table["columns"]["KenhThucHien"])
    table.update(change)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_catalog(tmp_path)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"class": "attribute"}, "lands unchecked"),
        ({"class": "attribute", "type": "timestamp"}, "format"),
        ({"class": "identifier", "codes": {"list": "kenh_thuc_hien"}}, "class that lands"),
        ({"class": "attribute", "values": ["1"], "as": "ma_tthc"}, "twice"),
        ({"class": "attribute", "values": ["1"], "secret": True}, "unknown key"),
    ],
)
def test_a_wrong_column_is_refused_when_it_is_read(tmp_path: Path, column: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        _declared(tmp_path, {"column": column})


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ({"class": "attribute", "codes": {"list": "nowhere"}}, "codes.list"),
        ({"class": "identifier", "derive": {"x": "nowhere"}}, "derive.x"),
        ({"class": "identifier", "derive": {"x": "known_name"}}, "derive.x"),
        ({"class": "identifier", "clean": "nowhere"}, "clean"),
        ({"class": "attribute", "pattern": "(?=x)"}, "pattern"),
        ({"class": "attribute", "type": "date", "format": "dd/MM"}, "format"),
    ],
)
def test_check_finds_what_only_the_extractor_knows(tmp_path: Path, column: dict[str, Any], key: str) -> None:
    found = problems(_declared(tmp_path, {"column": column}))
    assert [p.key for p in found] == [f"tables.ho_so.columns.KenhThucHien.{key}"]


def test_check_finds_a_rule_that_cannot_compare(tmp_path: Path) -> None:
    rule = {"id": "XX01", "when": "ngay_tra < ma_tthc", "fate": "flag", "about": {"vi": "x", "en": "x"}}
    (found,) = problems(_declared(tmp_path, {"rules": [rule]}))
    assert found.key == "tables.ho_so.rules.XX01.when"


def test_a_rule_may_quarantine(tmp_path: Path, house: Path) -> None:
    assert house.exists()
    rule = {"id": "XX01", "when": "day(ngay_tra) < '2026-01-01' or le_phi > 99000", "fate": "quarantine"}
    rule["about"] = {"vi": "x", "en": "x"}
    judge = judge_of(REST, "ho_so", _declared(tmp_path, {"rules": [rule]}))
    judged = judge(dossier(1), dossier(2, NgayTra="20251231080000"), dossier(3, LePhi=99001))
    assert [(b.row_no, b.fault.reason) for b in judged.broken] == [(2, "XX01"), (3, "XX01")]


@pytest.mark.parametrize(
    "when", ["__import__('os')", "ma_tthc.x == 'a'", "ngay_tra <", "ngay_tra + 1 > 2", "true", "nobody == '1'"]
)
def test_a_rule_outside_the_language_is_refused(tmp_path: Path, when: str) -> None:
    rule = {"id": "XX01", "when": when, "fate": "flag", "about": {"vi": "x", "en": "x"}}
    with pytest.raises(DeclarationError):
        _declared(tmp_path, {"rules": [rule]})
