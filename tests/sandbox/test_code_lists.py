"""The code lists of the pretend province hold together."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pytest

CODES = Path(__file__).resolve().parents[2] / "catalog" / "codes"
LISTS = sorted(CODES.glob("*.csv"))


def rows(name: str) -> list[dict[str, str]]:
    with (CODES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    assert found
    return found


def test_there_are_lists():
    assert {path.stem for path in LISTS} >= {
        "trang_thai",
        "kenh_thuc_hien",
        "muc_tong_hop",
        "cap",
        "linh_vuc",
        "thu_tuc",
        "co_quan",
    }


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_every_list_is_nfc_and_its_codes_are_unique(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
    key = "date" if path.stem == "lich_ngoai_le" else "code"
    codes = [row[key] for row in rows(path.stem)]
    assert len(codes) == len(set(codes))
    if key == "code":
        assert all(row["vi"].strip() and row["en"].strip() for row in rows(path.stem))


def test_procedures_point_to_fields_and_have_the_national_shape():
    fields = {row["code"]: row for row in rows("linh_vuc")}
    real = [row for row in rows("thu_tuc") if row["tong_hop"] == "0"]
    assert 180 <= len(real) <= 250
    for row in real:
        assert re.fullmatch(r"\d\.\d{6}", row["code"])
        assert row["ma_linh_vuc"] in fields
        assert row["don_vi_tinh"] in {"Ngày làm việc", "Giờ", "Ngày"}
        if row["hang_rieng"]:  # a procedure's own row needs its field's own row
            assert set(row["hang_rieng"].split()) <= set(fields[row["ma_linh_vuc"]]["hang_rieng"].split())


def test_every_field_has_a_roll_up_row():
    procedures = {row["code"] for row in rows("thu_tuc")}
    fields = [row["code"] for row in rows("linh_vuc") if row["code"] != "TONG"]
    assert {f"{code}.KHAC" for code in fields} <= procedures


def test_abolished_units_have_living_successors():
    units = {row["code"]: row for row in rows("co_quan")}
    gone = [row for row in units.values() if row["hieu_luc_den"]]
    assert len([row for row in gone if row["cap"] == "huyen"]) == 13
    for row in gone:
        assert not units[row["thay_the_boi"]]["hieu_luc_den"]
    assert len({row["vi"] for row in units.values()}) == len(units)
