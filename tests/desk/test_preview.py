"""An agency sees its own protected rows and its own quarantine, for some days; nobody else does, and no more."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import UsageError
from minhbach.flow.own_rows import own_codes
from minhbach.flow.previewing import find, hand_out, look, previews, revoke
from tests.desk.asking import ask
from tests.desk.conftest import CO_TO, NOW, REST, VAN_DON, Desk, Quarter, planned
from tests.needles import search_needles
from tests.publishers.sealed import FORM, RATES

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.flow.house import House

OFFICE = "Văn phòng"
CODES = {VAN_DON: "H49.139", CO_TO: "H49.154"}


def given(desk: Desk, agency: str, days: int = 7) -> str:
    return hand_out(desk.house, desk.plan, agency, days=days, by=OFFICE)[1]


def public(desk: Desk, dataset: str) -> list[dict[str, str]]:
    path = desk.house.lake.release(dataset, NOW, "r1") / "data.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("agency", [VAN_DON, CO_TO])
@pytest.mark.parametrize("dataset", [FORM, RATES])
def test_an_agency_sees_its_own_rows_as_everybody_will(desk: Desk, agency: str, dataset: str) -> None:
    answer = ask(desk.address, f"/preview/{given(desk, agency)}/{dataset}.csv")
    assert answer.status == 200
    seen = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    own = [row for row in public(desk, dataset) if row["ma_dinh_danh"] == CODES[agency]]
    assert own
    assert seen == own
    assert any(row["ghi_chu_an_so"] for row in public(desk, dataset)), "the release hides something"


@pytest.mark.parametrize("path", ["", "en/"])
def test_no_row_of_another_agency_is_on_the_page(desk: Desk, path: str) -> None:
    page = ask(desk.address, f"/preview/{given(desk, VAN_DON)}/{path}").text
    others = {row["ten_co_quan"] for row in public(desk, FORM) if row["ma_dinh_danh"] not in {CODES[VAN_DON], "TONG"}}
    assert len(others) > 5
    assert CODES[VAN_DON] in page
    assert not [name for name in others if f">{name}<" in page]


def test_the_province_s_system_answers_for_all_that_no_other_does(desk: Desk) -> None:
    codes = own_codes(desk.house.catalog, REST)
    assert "H49.02" in codes
    assert not codes & {*CODES.values(), "TONG"}
    shown = look(desk.house, hand_out(desk.house, desk.plan, REST, days=1, by=OFFICE)[0])
    seen = {row["ma_dinh_danh"] for one in shown["datasets"] for row in one["rows"]}
    assert len(seen) > 5
    assert not seen & {*CODES.values(), "TONG"}


def test_a_link_that_was_touched_leads_nowhere(desk: Desk) -> None:
    token = given(desk, VAN_DON)
    other = given(desk, CO_TO)
    assert ask(desk.address, f"/preview/{token}/").status == 200
    forged = [
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        "0" * len(token),
        token[:32],
        token + "0",
        token[:32] + other[32:],
        token.upper() if token.upper() != token else token[::-1],
        "%E1%BA%BF" * 10,
        "..",
    ]
    missing = ask(desk.address, "/preview/x/").body
    for one in forged:
        answer = ask(desk.address, f"/preview/{one}/")
        assert (answer.status, answer.body) == (404, missing), "all refusals look alike"


def test_the_ledger_gives_no_link(desk: Desk) -> None:
    token = given(desk, VAN_DON)
    entries = json.dumps([entry.content for entry in desk.house.ledger.entries()])
    assert token[:32] in entries
    assert token[32:] not in entries
    assert token not in entries


def test_it_ends_when_it_was_said_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    token = given(desk, VAN_DON, days=2)
    monkeypatch.setenv("MINHBACH_NOW", "2026-09-20T08:59:59+07:00")
    assert ask(desk.address, f"/preview/{token}/").status == 200
    monkeypatch.setenv("MINHBACH_NOW", "2026-09-20T09:00:00+07:00")
    assert ask(desk.address, f"/preview/{token}/").status == 404
    assert ask(desk.address, f"/preview/{token}/{FORM}.csv").status == 404


def test_it_ends_when_it_is_revoked_and_only_that_one(desk: Desk) -> None:
    token, other = given(desk, VAN_DON), given(desk, VAN_DON)
    ended = revoke(desk.house, token[:32], by=OFFICE)
    assert ended.revoked
    assert revoke(desk.house, token[:32], by="nơi khác") == ended
    assert ask(desk.address, f"/preview/{token}/").status == 404
    assert ask(desk.address, f"/preview/{other}/").status == 200
    with pytest.raises(UsageError):
        revoke(desk.house, "0" * 32, by=OFFICE)
    assert desk.house.ledger.verify()


def test_every_look_is_logged_without_saying_who(desk: Desk) -> None:
    token = given(desk, CO_TO)
    for path in ("", "", f"{FORM}.csv"):
        assert (
            ask(desk.address, f"/preview/{token}/{path}", User_Agent="Trình duyệt".encode().decode("latin-1")).status
            == 200
        )
    log = desk.house.settings.lake / "previews" / "looks.jsonl"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    mine = [line for line in lines if line["preview"] == token[:32]]
    assert [line["file"] for line in mine] == ["page", "page", f"{FORM}.csv"]
    assert {key for line in lines for key in line} == {"at", "preview", "file"}
    assert log.stat().st_mode & 0o077 == 0
    assert token[32:] not in log.read_text(encoding="utf-8")
    found = next(one for one in previews(desk.house) if one.preview == token[:32])
    assert found.opened == 1, "the ledger counts days, so that nobody can flood it"


@pytest.mark.parametrize(
    ("agency", "days", "by"),
    [
        ("khong_co", 7, OFFICE),
        (VAN_DON, 0, OFFICE),
        (VAN_DON, 32, OFFICE),
        (VAN_DON, 7, ""),
        (VAN_DON, 7, "ông Trần Văn Mẫu"),
    ],
)
def test_what_cannot_be_handed_out(desk: Desk, agency: str, days: int, by: str) -> None:
    before = desk.house.ledger.head()
    with pytest.raises(UsageError):
        hand_out(desk.house, desk.plan, agency, days=days, by=by)
    assert desk.house.ledger.head() == before


def test_a_release_that_was_taken_back_is_shown_no_more(desk: Desk) -> None:
    granted, token = hand_out(desk.house, desk.plan, VAN_DON, days=7, by=OFFICE)
    desk.house.ledger.append("withdrawn", f"{RATES}/{NOW}/r1", {"portal": "site", "reason": "thử"})
    shown = {one["dataset"]: one for one in look(desk.house, granted)["datasets"]}
    assert shown[RATES]["rows"] == []
    assert shown[FORM]["rows"]
    assert ask(desk.address, f"/preview/{token}/{RATES}.csv").status == 404


@pytest.mark.line
def test_its_quarantine_names_records_by_place_and_holds_no_identifier(
    quarter: Quarter, house: House, tmp_path: Path
) -> None:
    granted, token = hand_out(house, planned(house), REST, days=7, by=OFFICE)
    assert find(house, token) == granted
    shown = look(house, granted)
    records = [record for table in shown["tables"] for record in table["records"]]
    assert len(records) > 10
    assert {record["column"] for record in records} & {"MaHoSo", "TrangThaiHoSo"}
    kept = tmp_path / "preview.json"
    kept.write_text(json.dumps(shown, ensure_ascii=False), encoding="utf-8")
    assert search_needles(kept, quarter.rehearsal.needles()) == []
    other = look(house, hand_out(house, planned(house), VAN_DON, days=7, by=OFFICE)[0])
    assert other["agency"]["name"] == VAN_DON
    mine = {(record["extract_id"], record["row_no"]) for record in records}
    theirs = {(r["extract_id"], r["row_no"]) for table in other["tables"] for r in table["records"]}
    assert not mine & theirs, "nobody sees another one's quarantine"
    assert all(one["rows"] == [] for one in other["datasets"]), "told with others only, as of so small a province"


@pytest.mark.line
def test_the_command_makes_a_link_lists_and_ends_it(quarter: Quarter, tmp_path: Path) -> None:
    copy = quarter.rehearsal.copy(tmp_path / "house")
    plan = next((copy.folder / "lake" / "plans").rglob(f"{NOW}/*.json"))
    made = copy.command("preview", VAN_DON, "--plan", str(plan), "--days", "3", "--json", period=NOW)
    assert made.returncode == 0, made.stderr
    link = json.loads(made.stdout)
    assert link["link"].startswith("http://127.0.0.1:8090/preview/")
    listed = json.loads(copy.command("preview", "--list", "--json", period=NOW).stdout)
    assert [(one["preview"], one["is_open"]) for one in listed] == [(link["preview"], True)]
    ended = copy.command("preview", "--revoke", link["preview"], period=NOW)
    assert ended.returncode == 0
    assert "shut" in copy.command("preview", "--list", period=NOW).stdout
