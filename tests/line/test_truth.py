"""What the line counts is what happened: form 06, both rates and every defect, against the province's own truth."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from minhbach.flow.account import account_of
from minhbach.flow.building import read_mart
from minhbach.sandbox.truth import FORM_06, PERSONS, RATES, form06, rates, read_truth
from tests.line.rehearsal import PERIODS

if TYPE_CHECKING:
    from tests.line.rehearsal import Rehearsal

pytestmark = pytest.mark.line

FATES = {
    "DS01": ("DS01", "flag"),
    "DS02A": ("DS02a", "correct"),
    "DS03_BEFORE": ("DS03", "flag"),
    "DS03_FUTURE": ("DS03", "flag"),
    "DS04": ("DS04", "flag"),
    "DS05": ("DS05", "flag"),
    "DS06A": ("DS06a", "correct"),
    "DS06B_EVENTS": ("DS06b", "flag"),
    "DS06B_EXTRACTS": ("DS06b", "flag"),
    "DS07": ("DS07", "flag"),
    "DS08": ("DS08", "flag"),
    "DS09": ("DS09", "correct"),
    "OLD_NAME": ("DS07b", "correct"),
    "DS10": ("DS10", "exclude"),
    "DS12": ("DS12", "flag"),
    "DS13": ("DS13", "flag"),
    "DS02B": ("DS02b", "quarantine"),
    "BAD_STATUS": ("unknown_code", "quarantine"),
    "BAD_FIELD": ("unknown_code", "quarantine"),
    "BAD_CODE": ("pattern_mismatch", "quarantine"),
    "NO_CODE": ("missing_value", "quarantine"),
    "BAD_DATE": ("date", "quarantine"),
    "EVENT_BAD_DATE": ("date", "quarantine"),
    "EVENT_BAD_STATUS": ("unknown_code", "quarantine"),
    "EVENT_NO_CODE": ("missing_value", "quarantine"),
}
"""What was planted → what the account calls it, and its fate."""
BY_DELIVERY = {"DS02A", "DS04", "DS06B_EXTRACTS"}
DATES = {"bad_date", "implausible_date"}


@pytest.fixture(params=["small", "line"])
def rehearsal(request: pytest.FixtureRequest) -> Rehearsal:
    """Give each size in turn; every size has a seed of its own, chosen anew."""
    found: Rehearsal = request.getfixturevalue(request.param)
    return found


def mart(rehearsal: Rehearsal, dataset: str, period: str) -> list[dict[str, Any]]:
    with rehearsal.at(period) as house:
        table = read_mart(house, dataset, house.period(period, house.catalog.publication()))
    assert table is not None
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


@pytest.mark.parametrize("period", PERIODS)
def test_form_06_is_what_happened(rehearsal: Rehearsal, period: str) -> None:
    true = form06(read_truth(rehearsal.truth), period)
    found = {
        (row["ma_dinh_danh"], row["ma_linh_vuc"]): {name: row[name] for name in (*FORM_06, PERSONS)}
        for row in mart(rehearsal, "giai_quyet_ho_so", period)
    }
    assert len(true) > 50
    assert found == true


@pytest.mark.parametrize("period", PERIODS)
def test_both_rates_are_what_happened(rehearsal: Rehearsal, period: str) -> None:
    true = rates(read_truth(rehearsal.truth), period)
    rows = mart(rehearsal, "dung_han_theo_thu_tuc", period)
    found = {(row["ma_dinh_danh"], row["ma_tthc"]): {name: row[name] for name in (*RATES, PERSONS)} for row in rows}
    assert len(true) > 50
    assert found == true
    for row in rows:
        for rate, part, whole in (
            ("ty_le_dung_han_chinh_thuc", "so_dung_han_chinh_thuc", "so_giai_quyet_trong_ky"),
            ("ty_le_dung_han_chat", "so_dung_han_chat", "so_da_giai_quyet"),
        ):
            if row[whole]:
                assert abs(float(row[rate]) - 100 * row[part] / row[whole]) <= 0.005 + 1e-9, row
            else:
                assert row[rate] is None, row


@pytest.mark.parametrize("period", PERIODS)
def test_every_defect_has_its_declared_fate(rehearsal: Rehearsal, period: str) -> None:
    expected = planted(rehearsal, period)
    assert len(expected) > 14
    with rehearsal.at(period) as house:
        publication = house.catalog.publication()
        account = account_of(house, publication, house.period(period, publication))
    found: Counter[tuple[str, str]] = Counter()
    for one in account["defects"]:
        found["date" if one["defect"] in DATES else one["defect"], one["fate"]] += one["count"]
    assert found == expected


def planted(rehearsal: Rehearsal, period: str) -> Counter[tuple[str, str]]:
    """Count what the province says is wrong, by what the account calls it.

    What breaks the contract, or is left out before anything is counted, counts in the quarter of its delivery; so does
    what only the later of two extracts shows. All else is a property of a dossier, and counts where it is first booked.
    """
    counts: Counter[tuple[str, str]] = Counter()
    everywhere: Counter[str] = Counter()
    for one in json.loads((rehearsal.truth / "defects.json").read_text(encoding="utf-8"))["counts"]:
        defect = one["defect"]
        if defect in FATES and one["period"] in PERIODS and is_property(defect):
            everywhere[defect] += one["count"]
        elif defect in FATES and one["period"] == period:
            counts[FATES[defect]] += one["count"]
    truth = read_truth(rehearsal.truth)
    new: dict[str, list[dict[str, Any]]] = {}
    seen: set[int] = set()
    for name in PERIODS:
        known = [booked.dossier.known for booked in truth.book(name)]
        new[name] = [one for one in known if one["dossier"] not in seen]
        seen |= {one["dossier"] for one in known}
    defects = {
        name: Counter(one["defect"] for one in known if is_property(one["defect"])) for name, known in new.items()
    }
    assert sum(defects.values(), Counter()) == everywhere, "every one of them is booked once"
    for defect, count in defects[period].items():
        counts[FATES[defect]] += count
    records = pq.read_table(rehearsal.truth / "records.parquet", columns=["dossier", "ds14"]).to_pydict()
    personal = {dossier for dossier, is_so in zip(records["dossier"], records["ds14"], strict=True) if is_so}
    counts["DS11", "flag"] = sum(one["field"] == "CHUNG_THUC" for one in new[period])
    counts["DS14", "flag"] = sum(one["dossier"] in personal for one in new[period])
    return counts


def is_property(defect: str | None) -> bool:
    """Tell whether a defect is flagged or corrected on the dossier that is counted."""
    return defect in FATES and FATES[defect][1] in {"flag", "correct"} and defect not in BY_DELIVERY
