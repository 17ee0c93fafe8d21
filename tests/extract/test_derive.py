"""The functions of `derive:` over the test vectors of the domain."""

from __future__ import annotations

import pyarrow as pa
import pytest

from minhbach.core.keys import Secret, pseudonym
from minhbach.extract import derive, personal
from minhbach.extract.derive import FUNCTIONS, Sources, derivation

KEY = Secret("PSEUDONYM_KEY", bytes(range(32)))
SOURCES = Sources(KEY, {"co_quan": frozenset({"ubnd phuong le chan"})})


def made(function: str, *values: str | None) -> list[object]:
    return derivation(function, SOURCES).column(pa.array(values, pa.string())).to_pylist()


@pytest.mark.parametrize(("function", "domain"), [("dossier_pseudonym", "dossier"), ("person_pseudonym", "person")])
def test_pseudonyms_are_those_of_the_house(function: str, domain: str) -> None:
    assert made(function, "H49-1", "X2", None, "X2") == [
        *(
            pseudonym(KEY, domain, value)
            if function.startswith("dossier")
            else pseudonym(KEY, domain, value.replace("-", ""))
            for value in ("H49-1", "X2")
        ),
        None,
        pseudonym(KEY, domain, "X2"),
    ]


def test_another_key_gives_another_pseudonym() -> None:
    other = Sources(Secret("PSEUDONYM_KEY", bytes(32)), {})
    text = pa.array(["H49-1"])
    names = {derivation("dossier_pseudonym", s).column(text)[0].as_py() for s in (SOURCES, other)}
    names |= {derivation(f, SOURCES).column(text)[0].as_py() for f in ("supplement_pseudonym", "apology_pseudonym")}
    assert len(names) == 4


def test_record_keys_fill_a_byte() -> None:
    keys = made("record_key", *(f"H49-{i}" for i in range(5_000)))
    assert set(keys) == set(range(256))


@pytest.mark.parametrize(
    "text",
    ["000000001", "0000000000", "0123456789", "111111111111", "Dinhkem", "ĐÍNH KÈM", "xem đính kèm", "000 000 001"],
)
def test_placeholders(text: str) -> None:
    assert made("is_placeholder", text) == [True]


@pytest.mark.parametrize(
    "text",
    ["022905000123", "0912000000", "Trần Văn Mẫu", "100000000", "Chứng thực kèm bản dịch dài hơn bốn mươi byte", None],
)
def test_not_placeholders(text: str | None) -> None:
    assert made("is_placeholder", text) == [False]


@pytest.mark.parametrize(
    "code", ["9900000016", "9900000023", "9900000030", "9900000048", "9900000016-001", "9900000016001"]
)
def test_valid_tax_codes(code: str) -> None:
    assert made("has_valid_tax_code", code) == [True]


@pytest.mark.parametrize(
    "code", ["9900000017", "9900000016-000", "990000007", "990000019", "990000020", "99000000160", "x"]
)
def test_invalid_tax_codes(code: str) -> None:
    assert made("has_valid_tax_code", code) == [False]


def test_no_number_has_a_check_digit_where_the_sum_leaves_nothing() -> None:
    for body in ("990000007", "990000019", "990000020"):
        assert not any(derive.has_valid_tax_code(f"{body}{digit}") for digit in range(10))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Cấp GCN cho ông Trần Văn Mẫu, thửa đất số 12, tờ bản đồ số 5", True),
        ("Hộ ông TRẦN VĂN MẪU xin tách thửa", True),
        ("thửa số 3 tờ bản đồ 7", True),
        ("UBND phường Lê Chân, Hồ Chí Minh, Sơn La, Cao Bằng", False),
        ("Chứng thực bản sao từ bản chính", False),
        ("không anh hưởng Tới Quy Hoạch", False),
    ],
)
def test_names_and_parcels_in_text(text: str, holds: bool) -> None:
    assert made("has_personal_text", text)[0] is holds


@pytest.mark.parametrize(
    "text", ["022905000123", "+84912000000", "mau@example.com", "H49.1-260702-0001", "bà Trần Thị Mẫu"]
)
def test_open_text_may_hold_no_identifier(text: str) -> None:
    assert personal.holds_identifier(f"Ghi chú: {text}.")


def test_open_text_may_hold_law() -> None:
    assert not personal.holds_identifier("Thủ tục theo Nghị định 61/2018/NĐ-CP, mã 1.005641, 150.000 đồng")


def test_names_are_folded() -> None:
    for text in ("UBND Phường Lê Chân", "ubnd  phường Lê-Chân", "UBND phường Lê Chân"):
        assert made("folded_name", text) == ["ubnd phuong le chan"]
        assert made("known_name:co_quan", text) == ["ubnd phuong le chan"]
    assert made("folded_name", "Đặc khu Vân Đồn", "Ðặc khu") == ["dac khu van don", "dac khu"]
    assert made("known_name:co_quan", "Trần Văn Mẫu") == [None]


def test_every_function_survives_nothing() -> None:
    assert FUNCTIONS
    for name in FUNCTIONS:
        declared = f"{name}:co_quan" if name == "known_name" else name
        made_of_nothing = made(declared, None, None)
        assert made_of_nothing in ([None, None], [False, False]), name
        assert made(declared) == []
