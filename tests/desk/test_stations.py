"""A quarter is at every station once, each proven by what lies in the house, and the desk knows who acts next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from minhbach.core import jsonfile
from minhbach.flow.freezing import find_frozen
from minhbach.flow.stations import STATIONS
from tests.desk.conftest import CO_TO, NOW, REST, VAN_DON, Quarter, planned, standing
from tests.line.rehearsal import refused

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.flow.house import House

pytestmark = pytest.mark.line
WALKED = {
    "before": ("open", "time"),
    "cut off": ("cut off", "agencies"),
    "received": ("received", "line"),
    "frozen": ("frozen", "line"),
    "validated": ("validated", "line"),
    "protected": ("protected", "line"),
    "sealed": ("sealed", "preparer"),
    "planned": ("planned", "approver"),
}


@pytest.mark.parametrize("step", WALKED)
def test_every_step_reaches_its_station(quarter: Quarter, step: str) -> None:
    found = quarter.seen[step]
    state, who = WALKED[step]
    assert (found.state, found.next.who) == (state, who)
    reached = [station.name for station in found.stations if station.reached]
    assert reached == list(STATIONS[: STATIONS.index(state) + 1])
    assert all(station.proof for station in found.stations if station.reached)
    assert found.late == ()


def test_approved_published_and_who_did_it(quarter: Quarter, tmp_path: Path) -> None:
    copy = quarter.rehearsal.copy(tmp_path / "house")
    copy.approve(NOW)
    with copy.at(NOW) as house:
        found = standing(house)
        assert (found.state, found.next.who) == ("approved", "publisher")
        assert found.stations[STATIONS.index("approved")].proof.startswith("ledger ")
    copy.publish(NOW)
    with copy.at(NOW) as house:
        found = standing(house)
        assert (found.state, found.next.who, found.late) == ("published", "nobody", ())
        house.ledger.append("withdrawn", f"giai_quyet_ho_so/{NOW}/r1", {"portal": "site", "reason": "sai mẫu số"})
        assert [one["reason"] for one in standing(house).withdrawn] == ["sai mẫu số"]
        house.ledger.append("withdrawn", f"giai_quyet_ho_so/{NOW}/r1", {"portal": "other", "reason": "x"})
        assert len(standing(house).withdrawn) == 1, "another portal's is not this one's"
    said = copy.command("status", period=NOW)
    assert said.returncode == 0
    assert f"withdrawn: giai_quyet_ho_so/{NOW}/r1" in said.stdout


def test_an_entry_that_nobody_signed_is_no_approval(house: House) -> None:
    plan = planned(house)
    forged = {"publication": plan.publication, "period": NOW, "approver": "steward_demo", "how": "signature"}
    house.ledger.append("approved", plan.hash, {**forged, "approver_key": "x", "note": "", "signature": "x"})
    assert standing(house).state == "planned"


def test_a_refusal_stands_until_somebody_approves(house: House) -> None:
    house.ledger.append("rejected", planned(house).hash, {"approver": "steward_demo", "note": "sai kỳ"})
    assert [(one["station"], one["why"]) for one in standing(house).rejected] == [("approved", "sai kỳ")]


@pytest.mark.parametrize("gate", ["mart", "release"])
def test_a_gate_that_refused_is_told_with_its_check(house: House, gate: str) -> None:
    path = house.lake.verdict("giai_quyet_ho_so", NOW, gate)
    said = json.loads(path.read_text(encoding="utf-8"))
    said["passed"], said["checks"][0]["outcome"] = False, "failed"
    jsonfile.write_bytes(path, jsonfile.pretty(said))
    assert [one["why"] for one in standing(house).rejected] == [said["checks"][0]["id"]]


def test_what_is_overdue_is_said_for_deliveries_freeze_and_release(quarter: Quarter) -> None:
    found = quarter.seen["overdue"]
    assert found.late == ("delivery", "freeze", "release")
    assert set(found.missing) == {REST, VAN_DON, CO_TO}
    assert found.next.names == (CO_TO, VAN_DON, REST)


def test_status_says_the_same_as_the_stations(quarter: Quarter) -> None:
    ran = quarter.rehearsal.command("status", "--json", period=NOW)
    assert ran.returncode == 0, ran.stderr
    one = next(p for p in json.loads(ran.stdout)["publications"] if p["period"] == NOW)
    assert (one["state"], one["is_late"], one["missing"]) == ("planned", False, [])
    assert [s["name"] for s in one["stations"]] == list(STATIONS)
    assert one["next"]["names"] == ["steward_demo"]
    plain = quarter.rehearsal.command("status", period=NOW)
    assert "approver: steward_demo" in plain.stdout


def test_a_sealed_file_that_is_gone_takes_no_state_back(house: House) -> None:
    for path in (house.lake.root / "verdicts").rglob("*.json"):
        path.unlink()
    found = standing(house)
    assert found.state == "planned"
    assert found.stations[STATIONS.index("validated")].reached, "the plan proves it"


def test_a_plan_whose_file_was_changed_is_none(house: House) -> None:
    path = house.lake.plan(planned(house).publication, NOW, planned(house).hash)
    path.chmod(0o600)
    path.write_text(path.read_text(encoding="utf-8").replace("2026-09-23", "2026-09-24"), encoding="utf-8")
    assert standing(house).state == "sealed"


def test_a_correction_does_not_stand_for_a_delivery(quarter: Quarter) -> None:
    """What the agency hands in later is no word about the whole of its period."""
    with quarter.rehearsal.at(NOW) as house:
        publication = house.catalog.publication()
        closed = find_frozen(house, publication, house.period(NOW, publication))
        assert closed is not None
    refused(quarter.rehearsal.command("correct", REST, "--inbox", "ho_so"), 2)
