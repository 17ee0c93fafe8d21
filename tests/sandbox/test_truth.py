"""Form 06 and both rates of the truth: worked dossiers one by one, and the identities over whole provinces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from minhbach.sandbox.truth import ALL, DAY, FORM_06, PERSONS, RATES, Quarter, Truth, form06, rates

if TYPE_CHECKING:
    from .conftest import Sandbox

FIRST, LAST = 100 * DAY, 190 * DAY - 1
QUARTERS = [Quarter("T1", FIRST, LAST, LAST + 2 * DAY), Quarter("T2", LAST + 1, LAST + 90 * DAY, LAST + 92 * DAY)]
DUE = 130 * DAY + 61_200
ABSENT = (
    *("due_moved", "asked_1", "asked_2", "given_1", "given_2", "given_1_told", "given_2_told", "due_after_1"),
    *("due_after_2", "apology", "apology_told", "due_apology", "end", "end_told"),
    *("event_9", "event_10", "event_8", "event_3", "defect"),
)
NOTHING: dict[str, Any] = dict.fromkeys(ABSENT)


def at(day: int, hour: int = 10) -> int:
    return day * DAY + hour * 3_600


def dossier(**known: Any) -> dict[str, Any]:
    plain = NOTHING | {
        "received": at(120),
        "due": DUE,
        "first_told": at(121),
        "agency": "H1.101",
        "field": "A",
        "procedure": "1.000001",
        "channel": 1,
        "status": 10,
        "identity": "022",
        "placeholder": False,
        "counted": True,
    }
    if "end" in known:
        plain |= {"end_told": known["end"] + 60, "event_9": known["end"]}
    return plain | known


def truth(*dossiers: dict[str, Any]) -> Truth:
    return Truth(
        quarters=QUARTERS,
        levels={"H1.101": "xa", "H1.02": "so"},
        fields={"A": ["xa"], "B": []},
        procedures={"1.000001": ["xa"], "1.000002": []},
        columns={name: [d[name] for d in dossiers] for name in dossiers[0]},
    )


def one(period: str = "T1", **known: Any) -> dict[str, int]:
    found = truth(dossier(**known))
    return form06(found, period).get((ALL, ALL), {}) | rates(found, period).get(("H1.101", "1.000001"), {})


def ones(counts: dict[str, int]) -> set[str]:
    return {
        name for name, count in counts.items() if count and name not in {"tiep_nhan", "so_giai_quyet_trong_ky", PERSONS}
    }


ASKED_TWICE = {
    "asked_1": at(122),
    "given_1": at(123),
    "given_1_told": at(123),
    "due_after_1": at(131),
    "asked_2": at(125),
}
HANDLED = {"tiep_nhan_truc_tiep", "da_giai_quyet", "so_da_giai_quyet"}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"end": at(129)}, HANDLED | {"truoc_han", "so_dung_han_chinh_thuc", "so_dung_han_chat"}),
        ({"end": at(130, 20)}, HANDLED | {"dung_han", "so_dung_han_chinh_thuc", "so_dung_han_chat"}),
        ({"end": at(131)}, HANDLED | {"qua_han"}),
        ({}, {"tiep_nhan_truc_tiep", "dang_giai_quyet", "dang_qua_han"}),
        ({"due": at(189)}, {"tiep_nhan_truc_tiep", "dang_giai_quyet", "dang_trong_han", "so_dung_han_chinh_thuc"}),
        # waited for ten days: both rates forgive them, form 06 does not
        (
            {"end": at(135), "asked_1": at(122), "given_1": at(132), "given_1_told": at(132), "due_after_1": at(140)},
            HANDLED | {"truoc_han", "so_dung_han_chinh_thuc", "so_dung_han_chat"},
        ),
        # an apology moves the due date for the form and the official rate, not for the strict one
        (
            {"end": at(133), "apology": at(129), "apology_told": at(129), "due_apology": at(134)},
            HANDLED | {"truoc_han", "so_dung_han_chinh_thuc", "so_xin_loi"},
        ),
        # a due date moved without a letter likewise
        (
            {"end": at(133), "due_moved": at(134), "defect": "DS04"},
            HANDLED | {"truoc_han", "so_dung_han_chinh_thuc", "so_doi_hen"},
        ),
        # one unanswered request ends the official clock, two make it late
        ({"asked_1": at(125)}, {"tiep_nhan_truc_tiep", "dang_giai_quyet", "dang_qua_han", "so_dung_han_chinh_thuc"}),
        (
            ASKED_TWICE,
            {"tiep_nhan_truc_tiep", "dang_giai_quyet", "dang_qua_han"},
        ),
        # refused after receipt: handled, without a result
        (
            {"end": at(125), "event_9": None, "event_3": at(125), "status": 3},
            {"tiep_nhan_truc_tiep", "da_giai_quyet", "truoc_han", "so_dung_han_chinh_thuc"},
        ),
        # ended in the future as told, done by its log
        (
            {"end": at(600), "event_9": at(125), "end_told": at(125)},
            {"tiep_nhan_truc_tiep", "dang_giai_quyet", "dang_qua_han", "so_dung_han_chinh_thuc"},
        ),
        ({"end": at(131), "channel": 2}, HANDLED - {"tiep_nhan_truc_tiep"} | {"tiep_nhan_truc_tuyen", "qua_han"}),
    ],
)
def test_worked_dossiers(known: dict[str, Any], expected: set[str]):
    assert ones(one(**known)) == expected


@pytest.mark.parametrize(
    ("known", "first", "second"),
    [
        ({}, True, True),  # open, and carried over
        ({"end": at(129)}, True, False),
        ({"end": at(189, 23)}, True, False),
        ({"end": at(190)}, True, True),  # ended on the first day of the next quarter
        ({"received": at(90), "due": at(95), "end": at(99)}, False, False),  # over before the first book
        ({"received": at(90), "due": at(95), "end": at(100)}, True, False),
        (
            {"received": at(190), "due": at(199), "first_told": at(190)},
            False,
            True,
        ),  # seen at the freeze, of the next quarter
        ({"received": None, "due": at(199), "status": 1}, False, False),
        ({"counted": False}, False, False),
        ({"first_told": at(200), "end": at(129), "end_told": at(200)}, False, True),  # late, and over
    ],
)
def test_books(known: dict[str, Any], first: bool, second: bool):
    assert (bool(one("T1", **known)), bool(one("T2", **known))) == (first, second)


def test_late_and_carried_are_told_apart():
    late = one("T2", first_told=at(200))
    assert late["nhan_muon"] == late["tiep_nhan_truc_tiep"] == 1
    carried = one("T2")
    assert carried["ky_truoc_chuyen"] == 1
    assert carried["nhan_muon"] == carried["tiep_nhan_truc_tiep"] == 0
    next_quarter = one("T2", received=at(190), first_told=at(190))
    assert next_quarter["nhan_muon"] == 0


def test_rare_codes_are_rolled_up():
    known = truth(
        dossier(),
        dossier(procedure="1.000002"),
        dossier(procedure=None),
        dossier(field="B", procedure="1.000002"),
        dossier(agency="H1.02"),
    )
    assert set(form06(known, "T1")) == {
        *((a, f) for a in ("H1.101", ALL) for f in ("A", "KHAC", ALL)),
        ("H1.02", "KHAC"),
        ("H1.02", ALL),
    }
    procedures = {
        code: cell["so_giai_quyet_trong_ky"] for (agency, code), cell in rates(known, "T1").items() if agency == ALL
    }
    assert procedures == {"1.000001": 1, "A.KHAC": 2, "KHAC.KHAC": 2}


def test_nobody_is_one_person():
    known = truth(
        dossier(identity="1"), dossier(identity="1"), dossier(identity=None), dossier(identity="2", placeholder=True)
    )
    assert form06(known, "T1")[ALL, ALL][PERSONS] == 2


def test_identities_of_whole_provinces(sandbox: Sandbox):
    before: dict[tuple[str, str], dict[str, int]] = {}
    assert len(sandbox.truth.quarters) == 2
    for quarter in sandbox.truth.quarters:
        cells = form06(sandbox.truth, quarter.name)
        assert cells[ALL, ALL]["tiep_nhan"] > sandbox.size
        for key, cell in cells.items():
            assert set(cell) == {*FORM_06, PERSONS}
            assert (
                cell["tiep_nhan"]
                == cell["tiep_nhan_truc_tuyen"] + cell["tiep_nhan_truc_tiep"] + cell["ky_truoc_chuyen"]
            )
            assert cell["tiep_nhan"] == cell["da_giai_quyet"] + cell["dang_giai_quyet"]
            assert cell["da_giai_quyet"] == cell["truoc_han"] + cell["dung_han"] + cell["qua_han"]
            assert cell["dang_giai_quyet"] == cell["dang_trong_han"] + cell["dang_qua_han"]
            assert 0 < cell[PERSONS] <= cell["tiep_nhan"]
            if before:
                assert cell["ky_truoc_chuyen"] == before.get(key, {}).get("dang_giai_quyet", 0)
        by_procedure = rates(sandbox.truth, quarter.name)
        for column in RATES:
            own = sum(cell[column] for (agency, _), cell in by_procedure.items() if agency != ALL)
            assert own == sum(cell[column] for (agency, _), cell in by_procedure.items() if agency == ALL)
        total = sum(cell["so_giai_quyet_trong_ky"] for (agency, _), cell in by_procedure.items() if agency == ALL)
        assert total == cells[ALL, ALL]["tiep_nhan"]
        before = cells


def test_the_province_looks_like_one(sandbox: Sandbox):
    last = sandbox.truth.quarters[-1].name
    total = form06(sandbox.truth, last)[ALL, ALL]
    by_field = {
        code: cell["tiep_nhan"] for (agency, code), cell in form06(sandbox.truth, last).items() if agency == ALL
    }
    assert max((n, code) for code, n in by_field.items() if code != ALL)[1] == "CHUNG_THUC"
    assert 0.005 < total["qua_han"] / total["da_giai_quyet"] < 0.06
    assert 0.3 < total["tiep_nhan_truc_tuyen"] / total["tiep_nhan"] < 0.55
    assert 0 < total["nhan_muon"] < 0.03 * total["tiep_nhan"]
    assert total[PERSONS] < total["tiep_nhan"]
