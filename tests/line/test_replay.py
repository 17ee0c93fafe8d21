"""A corrected record re-enters once, however often one replays; nothing is lost before or after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.extract.steward import balance
from minhbach.flow.building import build, read_mart
from minhbach.flow.freezing import freeze
from minhbach.sandbox.truth import ALL, form06, read_truth
from tests.line.rehearsal import PERIODS, Rehearsal, refused

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.extract.steward import Balance

pytestmark = pytest.mark.line

AGENCY, TABLE, COLUMN = "mot_cua_quang_ninh", "ho_so", "TrangThaiHoSo"


def kept(house: Rehearsal) -> Balance:
    with house.at(PERIODS[1]) as opened:
        return balance(AGENCY, TABLE, catalog=opened.catalog, settings=opened.settings)


def read(house: Rehearsal, *arguments: str) -> Any:
    ran = house.command("quarantine", *arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def waiting(house: Rehearsal) -> list[tuple[str, dict[str, Any]]]:
    """List what waits because its status is unknown, by extract."""
    extracts = [one["extract_id"] for one in read(house, "list", AGENCY, TABLE)]
    letters = [(name, letter) for name in extracts for letter in read(house, "show", AGENCY, TABLE, name)]
    return [(name, letter) for name, letter in letters if letter["column"] == COLUMN]


def test_what_is_corrected_lands_once(house: Rehearsal, tmp_path: Path) -> None:
    dead = waiting(house)
    assert dead, "the province plants unknown status codes in every quarter"
    extract_id, letter = dead[0]
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"_extract_id,_row_no,{COLUMN}\n{extract_id},{letter['row_no']},4\n", encoding="utf-8")
    before = kept(house)
    assert before.holds
    replay = ("replay", AGENCY, TABLE, "--corrections", str(corrections))
    manifests = read(house, *replay)
    assert [(one["origin"], one["landed"], one["replayed"]) for one in manifests] == [(extract_id, 1, 1)]
    after = kept(house)
    assert after.holds
    assert (after.received, after.landed, after.quarantined) == (
        before.received,
        before.landed + 1,
        before.quarantined - 1,
    )
    sentence = refused(house.command("quarantine", *replay), 2)
    assert "waiting" in sentence
    assert read(house, "replay", AGENCY, TABLE) == [], "by the contract as it is, nothing else may come in"
    assert kept(house) == after
    assert len(waiting(house)) == len(dead) - 1


def test_a_replayed_record_is_counted_in_the_next_quarter(first: Rehearsal, tmp_path: Path) -> None:
    """The books of the quarter are closed: its release stays as it is, and the next one counts the dossier as late."""
    house = first.copy(tmp_path / "house")
    sealed = house.logical(PERIODS[0])
    dead = waiting(house)
    assert dead
    rows = "".join(f"{extract_id},{letter['row_no']},4\n" for extract_id, letter in dead)
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"_extract_id,_row_no,{COLUMN}\n{rows}", encoding="utf-8")
    read(house, "replay", AGENCY, TABLE, "--corrections", str(corrections))
    house.extract(PERIODS[1])
    with house.at(PERIODS[1]) as opened:
        publication = opened.catalog.publication()
        period = opened.period(PERIODS[1], publication)
        freeze(opened, publication, period)
        build(opened, publication, period)
        found = read_mart(opened, "giai_quyet_ho_so", period)
    assert house.logical(PERIODS[0]) == sealed
    assert found is not None
    late = sum(row["nhan_muon"] for row in found.to_pylist() if row["muc_tong_hop"] == "tinh")
    without = form06(read_truth(house.truth), PERIODS[1])[ALL, ALL]["nhan_muon"]
    assert without < late <= without + len(dead)
