"""The scan finds every kind of identifier in every kind of file, and leaves places, codes and money alone."""

from __future__ import annotations

import csv
import json
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from minhbach.core.errors import UnreadableFile
from minhbach.disclosure.pii import Scanner, scan
from minhbach.disclosure.pii.cells import Cell

if TYPE_CHECKING:
    from pathlib import Path


def kinds(text: str, column: str = "ghi_chu", *, allowed: tuple[str, ...] = (), numeric: bool = False) -> set[str]:
    return {kind for kind, _ in Scanner(allowed).look(Cell("", text, column, numeric))}


FOUND = [
    ("022905000123", "personal_id"),
    ("046899000456", "personal_id"),
    ("105188000000", "personal_id"),
    ("022188004321", "personal_id"),
    ("số 022 188 004 321 nhé", "personal_id"),
    ("０２２１８８００４３２１", "personal_id"),
    ("022188\u200b004321", "personal_id"),
    ("CMND số 151234567", "personal_id"),
    ("9900000016", "tax_code"),
    ("9900000023", "tax_code"),
    ("9900000030", "tax_code"),
    ("9900000048", "tax_code"),
    ("9900000016-001", "tax_code"),
    ("9900000016001", "tax_code"),
    ("0912000000", "phone"),
    ("+84912000000", "phone"),
    ("0592000000", "phone"),
    ("0912.345.678", "phone"),
    ("gọi 0912 345 678 trước 5 giờ", "phone"),
    ("01620000000", "phone"),
    ("02033000000", "phone"),
    ("02438000000", "phone"),
    ("(024) 38000000", "phone"),
    ("14A-123.45", "plate"),
    ("14-B1 123.45", "plate"),
    ("75C-1234", "plate"),
    ("B1234567", "passport"),
    ("P00000001", "passport"),
    ("DN4222900000001", "health_insurance"),
    ("Cấp GCN cho ông Trần Văn Mẫu, thửa đất số 12, tờ bản đồ số 5", "person_name"),
    ("Cấp GCN cho ông Trần Văn Mẫu, thửa đất số 12, tờ bản đồ số 5", "parcel"),
    ("thua dat so 12, to ban do so 5", "parcel"),
    ("H49.1.2-260615-0012", "dossier_code"),
    ("000.12.10.H49-20260615-00123", "dossier_code"),
    ("mau@example.com", "email"),
    ("STK 0123456789012", "bank_account"),
    ("số nhà 12 ngõ 5", "address"),
    ("thôn Đông, xã A", "address"),
    ("Nguyễn Thị Mẫu", "person_name"),
    ("Nguye\u0302\u0303n Thi\u0323 Ma\u0302\u0303u", "person_name"),
    ("NGUYEN VAN THU", "person_name"),
    ("NGUYỄN VĂN THỬ", "person_name"),
    ("Nguyen Van Thu", "person_name"),
    ("Giàng A Páo", "person_name"),
]

CLEAN = [
    "02290500012",
    "so 003199000001",
    "so 097188000000",
    "so 0229050001234",
    "20260615170000",
    "000000001",
    "111111111",
    "9900000016-000",
    "9900000017",
    "0951234567",
    "UBND phường Lê Chân, Hồ Chí Minh, Sơn La, Cao Bằng",
    "1.004132",
    "1.004132.000.00.00.H49",
    "H49.12.3",
    "000.12.10.H49",
    "766/QĐ-TTg",
    "Quyết định 06/2026/TT-VPCP ngày 15/06/2026",
    "2026-Q3",
    "2026-06-15 09:12:26",
    "9f2c0123456789012345678901234567890123456789abcdef9900000016abcd",
    "20260616T101500-9f2c1a2b",
    "Cấp bản sao trích lục hộ tịch",
    "Đăng ký biến động quyền sử dụng đất",
    "thủ tục khác của lĩnh vực",
    "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG",
    "Văn phòng UBND tỉnh (mô phỏng)",
    "c",
    "",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_identifiers_are_found(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize("text", CLEAN)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize("text", ["003199000001", "097188000000", "0229050001234", "8988866449839", "364758675"])
def test_a_lone_long_number_is_not_explained_away(text: str) -> None:
    assert kinds(text) == {"long_number"}
    assert kinds(text, allowed=(text,)) == set()


@pytest.mark.parametrize("body", ["990000007", "990000019", "990000020"])
def test_no_last_digit_makes_an_impossible_tax_code(body: str) -> None:
    assert all("tax_code" not in kinds(f"{body}{last}") for last in range(10))


@pytest.mark.parametrize("amount", ["150000000", "1500000000", "150000000000", "150.000.000.000"])
def test_amounts_of_money_are_no_numbers_of_persons(amount: str) -> None:
    assert kinds(amount, "le_phi_vnd") == set()
    assert kinds(amount, "tong", numeric=True) == set()


def test_a_number_column_that_holds_something_else_is_searched() -> None:
    assert kinds("022905000123", "le_phi", numeric=True) == {"personal_id"}
    assert kinds("0912000000", "tong", numeric=True) == {"phone"}
    assert "email" in kinds("mau@example.com", "tong", numeric=True)


def test_a_placeholder_is_nobody() -> None:
    assert kinds("000000001", "so_dinh_danh") == set()
    assert "personal_id" in kinds("151234567", "so_dinh_danh")
    assert kinds("mã 151234567", "tong_so") == set()


def test_telephone_numbers_are_those_of_the_place() -> None:
    numbers = ("call 617-635-4500", "(617) 635-4500", "+1 617 635 4500")
    assert numbers
    for text in numbers:
        assert ("phone", "phone_of_country") in Scanner((), "US").look(Cell("note", text)), text
    for text in ("26788", "2015-03-31", "2015-Q2", "on time 12144 of 18143"):
        assert Scanner((), "US").look(Cell("note", text)) == frozenset(), text


def test_names_of_the_code_lists_may_stand() -> None:
    names = ("Phường Hà Lầm", "Đặc khu Vân Đồn", "Trường Mai Văn Mẫu", "vanthu@example.com")
    for text in (*names, "Hà Lầm", "UBND phường Hà Lầm", "UBND Phường Cao Xanh", "mailto:vanthu@example.com"):
        assert kinds(text, allowed=names) == set(), text
    assert kinds("Mai Văn Mẫu", allowed=names[:2]) == {"person_name"}


@pytest.mark.shared_data
def test_names_of_communes_are_no_persons(shared_data: Path) -> None:
    units = shared_data / "vn_admin_units" / "full_json_generated_data_vn_units_2026-07-25.json"
    if not units.exists():
        pytest.skip("the public data folder is not here")
    names = []
    for province in json.loads(units.read_text(encoding="utf-8")):
        names += [province["FullName"], *(ward["FullName"] for ward in province["Wards"])]
    assert len(names) > 3000
    bare, listed = Scanner(), Scanner(names)
    assert [name for name in names if listed.look(Cell("", name))] == []
    assert len([name for name in names if bare.look(Cell("", name))]) < 10


@pytest.mark.shared_data
def test_naughty_strings_do_no_harm(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "naughty_strings" / "blns.json"
    if not source.exists():
        pytest.skip("the public data folder is not here")
    strings = json.loads(source.read_text(encoding="utf-8"))
    assert len(strings) > 500
    with (tmp_path / "data.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([["a"], *([text] for text in strings)])
    (tmp_path / "x.json").write_text(json.dumps(dict.fromkeys(strings, strings[:40])), encoding="utf-8")
    pq.write_table(pa.table({"a": strings}), tmp_path / "data.parquet")
    found = scan(tmp_path)
    assert found.cells > 20_000
    assert {one.kind for one in found.findings} <= {
        "address",
        "email",
        "passport",
        "phone",
        "plate",
        "tax_code",
        "person_name",
    }


SECRET = "022905000123"


def test_every_kind_of_file_is_searched(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(f"\ufeffa,b\nx,y\nx,{SECRET}\n", encoding="utf-8")
    (tmp_path / "package.json").write_text(json.dumps({"a": [{"b": SECRET}], "n": 22905000123}), encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text(f"{'a' * 64}  {SECRET}.csv\n", encoding="utf-8")
    pq.write_table(pa.table({"a": ["x", SECRET], "n": [105188000000, 2]}), tmp_path / "data.parquet")
    found = scan(tmp_path)
    assert {(one.file, one.place) for one in found.findings} == {
        ("data.csv", "row 3, column 2"),
        ("package.json", "value.1.1.1"),
        ("SHA256SUMS", "line 1"),
        ("data.parquet", "row 2, column 1"),
    }
    assert SECRET not in json.dumps(found.to_json())
    assert not found.passed


def test_no_corner_of_a_workbook_is_left(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "data.xlsx"))
    book.set_properties({"author": "Nguyễn Văn Mẫu", "comments": "0912000000"})
    sheet = book.add_worksheet("14A-123.45")
    sheet.write_string("A1", "tong")
    sheet.write_number("A2", 105188000000)
    sheet.write_string("A3", SECRET)
    sheet.write_comment("B2", "B1234567")
    sheet.set_header("&CDN4222900000001")
    hidden = book.add_worksheet("an")
    hidden.hide()
    hidden.write_string("C7", "mau@example.com")
    book.close()
    found = scan(tmp_path)
    places = {(one.kind, one.place) for one in found.findings}
    assert ("personal_id", "sheet 1, cell A3") in places
    assert ("email", "sheet 2, cell C7") in places
    expected = {"person_name", "phone", "plate", "passport", "health_insurance", "personal_id", "email"}
    assert {kind for kind, _ in places} == expected
    assert ("personal_id", "sheet 1, cell A2") not in places


def test_parquet_metadata_and_nested_values_are_searched(tmp_path: Path) -> None:
    table = pa.table(
        {"a": [["x", SECRET]], "d": pa.array(["mau@example.com"]).dictionary_encode(), "e": [{"z": "B1234567"}]}
    )
    pq.write_table(table.replace_schema_metadata({"writer": "0912000000"}), tmp_path / "x.parquet")
    assert {one.kind for one in scan(tmp_path).findings} == {"personal_id", "email", "passport", "phone"}


def test_declared_number_columns_come_from_the_release(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("tong\n105188000000\n", encoding="utf-8")
    assert {one.kind for one in scan(tmp_path).findings} == {"personal_id"}
    assert scan(tmp_path, numeric=["tong"]).passed
    package = {"resources": [{"schema": {"fields": [{"name": "tong", "type": "integer"}]}}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert scan(tmp_path).passed


def test_a_file_name_is_searched_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.csv").write_text("a\n", encoding="utf-8")
    found = scan(tmp_path)
    assert [one.kind for one in found.findings] == ["personal_id"]


@pytest.mark.parametrize("name", ["x.xlsx", "x.parquet", "x.json", "x.bin"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff not what it says")
    with pytest.raises(UnreadableFile):
        scan(tmp_path)
    with pytest.raises(UnreadableFile):
        scan(_zip(tmp_path / "z" / "y.xlsx").parent)


def _zip(path: Path) -> Path:
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", "<broken")
    return path


def test_an_empty_folder_is_not_a_clean_release(tmp_path: Path) -> None:
    assert not scan(tmp_path).passed
