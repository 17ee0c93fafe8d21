"""The desk answers this machine alone, reads only, leaves nothing behind, and shows no personal value."""

from __future__ import annotations

import os
import re
import subprocess
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from minhbach.cli.desk_source import DeskSource, site_names
from minhbach.core.errors import UsageError
from minhbach.core.loopback import LOOPBACK
from minhbach.desk.server import serve, served
from tests.desk.asking import ask
from tests.desk.conftest import NOW, Away, Desk, Quarter
from tests.line.rehearsal import COMMAND, PERIODS, refused
from tests.needles import search_needles

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.flow.house import House

NAME = "minh_bach_hang_quy"
PAGES = ["/desk/", "/desk/en/", f"/desk/{NAME}/{NOW}/", f"/desk/en/{NAME}/{NOW}/", "/desk/calendar.ics"]
LOCAL = ["127.0.0.1", "127.0.0.1:8090", "localhost", "LOCALHOST:1", "[::1]:8090"]
FOREIGN = [
    "example.com",
    "example.com:8090",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "127.0.0.2",
    "",
    "evil@127.0.0.1",
    "127.0.0.1:x",
]


@pytest.mark.parametrize("host", LOCAL)
def test_it_answers_to_loopback_s_own_names(desk: Desk, host: str) -> None:
    assert ask(desk.address, "/desk/", Host=host).status == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/desk/", "/desk/site.css", "/preview/x/"])
def test_a_foreign_name_that_resolves_here_finds_nothing(desk: Desk, host: str, path: str) -> None:
    answer = ask(desk.address, path, Host=host)
    assert (answer.status, answer.body) == (421, b"not here")


@pytest.mark.parametrize("origin", ["http://example.com", "null", "https://127.0.0.1.example.com", "file://", "data:"])
def test_a_foreign_page_reads_nothing(desk: Desk, origin: str) -> None:
    answer = ask(desk.address, "/desk/", Origin=origin)
    assert answer.status == 421
    assert "access-control-allow-origin" not in answer.headers
    assert ask(desk.address, "/desk/", Origin="http://127.0.0.1:8090").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_nothing_but_reading(desk: Desk, method: str) -> None:
    head = desk.house.ledger.head()
    answer = ask(desk.address, "/desk/", method=method)
    assert answer.status == 501
    assert answer.headers["cache-control"] == "no-store"
    assert desk.house.ledger.head() == head


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_strict_and_not_stored(desk: Desk, path: str) -> None:
    answer, head = ask(desk.address, path), ask(desk.address, path, method="HEAD")
    assert answer.status == head.status == 200
    assert head.body == b""
    assert head.headers["content-length"] == str(len(answer.body))
    for one in (answer, head):
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in one.headers
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert not re.findall(r'(?:src|href)="https?://', answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/x/",
        "/desk/x/",
        f"/desk/{NAME}/2020-Q1/",
        f"/desk/x/{NOW}/",
        "/desk/../../etc/passwd/",
        "/preview/",
        "/site.css",
        "/desk/x.css",
    ],
)
def test_there_is_nothing_else(desk: Desk, path: str) -> None:
    assert ask(desk.address, path).status == 404


def test_an_address_without_its_slash_is_led_on_and_never_elsewhere(desk: Desk) -> None:
    assert ask(desk.address, "/desk").headers["location"] == "/desk/"
    assert ask(desk.address, "//example.com/x").headers["location"] == "/example.com/x/"


def test_it_reads_its_own_machine_only() -> None:
    server = serve(Away(), 0)
    try:
        assert server.server_address[0] == LOOPBACK
    finally:
        server.server_close()


def test_a_house_that_is_away_is_one_sentence() -> None:
    with served(Away()) as address:
        answer = ask(address, "/desk/")
        preview = ask(address, "/preview/bi-mat/")
    assert (answer.status, answer.text) == (503, "the ledger is away; run again when it is back.")
    assert preview.status == 503
    assert "bi-mat" not in preview.text, "an agency is told nothing of the house"


def test_a_fault_of_ours_is_named_by_its_kind_alone(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(Away()) as address:
        with pytest.raises(RemoteDisconnected):
            ask(address, "/desk/bi-mat/2026-Q3/")
        assert ask(address, "/desk/desk.css").status == 200, "it goes on"
    said = caplog.text + "".join(capfd.readouterr())
    assert "unexpected KeyError" in said
    assert "bi-mat" not in said


def test_a_proxy_s_name_is_a_host_name() -> None:
    assert site_names(("Desk.example.gov.vn",)) == {"desk.example.gov.vn"}
    for wrong in ("", "a b", "*", "x/y", "a..b"):
        with pytest.raises(UsageError):
            site_names((wrong,))


def test_the_calendar_is_one_that_programs_read(desk: Desk) -> None:
    answer = ask(desk.address, "/desk/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    lines = answer.body.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    text = answer.body.replace(b"\r\n ", b"").decode()
    events = [
        dict(line.split(":", 1) for line in event.split("\r\n") if ":" in line)
        for event in text.split("BEGIN:VEVENT")[1:]
    ]
    assert len({event["UID"] for event in events}) == len(events) >= 12
    third = {event["UID"].split("-")[0]: event for event in events if NOW in event["UID"]}
    assert third["cut_off"]["DTSTART;VALUE=DATE"] == "20260914"
    assert third["release"]["DTSTART;VALUE=DATE"] == "20260923"
    assert third["freeze"]["DTSTART"] == "20260916T100000Z", "17:00 in Hà Nội"
    assert {event["DTSTAMP"] for event in events} == {"20260918T020000Z"}
    assert "Khóa sổ: Công bố minh bạch hằng quý\\, 2026-Q3" in third["freeze"]["SUMMARY"]


@pytest.mark.line
def test_the_pages_say_where_everything_stands_and_name_nobody(quarter: Quarter, house: House, tmp_path: Path) -> None:
    kept = tmp_path / "pages"
    kept.mkdir()
    said = {}
    with served(DeskSource(house.settings.project)) as address:
        for number, path in enumerate([*PAGES, f"/desk/{NAME}/{PERIODS[0]}/"]):
            answer = ask(address, path)
            assert answer.status == 200, path
            said[path] = answer.text
            (kept / f"{number}.html").write_bytes(answer.body)
    assert search_needles(kept, quarter.rehearsal.needles()) == []
    page = said[f"/desk/{NAME}/{NOW}/"]
    for words in (
        "Đã lập phương án",
        "người duyệt: steward_demo",
        "mã không có trong danh mục",
        "ma_dinh_danh = TONG",
        "16/09/2026 17:05",
        "đạt",
    ):
        assert words in page, words
    assert "an approver: steward_demo" in said[f"/desk/en/{NAME}/{NOW}/"]
    assert "their own signature" not in said[f"/desk/en/{NAME}/{NOW}/"]
    assert "chữ ký số của người đó" in said[f"/desk/{NAME}/{PERIODS[0]}/"]


@pytest.mark.line
def test_the_command_serves_the_desk_of_this_house_and_no_folder(quarter: Quarter) -> None:
    refused(quarter.rehearsal.command("serve", "--desk", str(quarter.rehearsal.site)), 2)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
    environment |= {**quarter.rehearsal.variables(NOW), "PYTHONUNBUFFERED": "1"}
    command = [str(COMMAND), "serve", "--desk", "--port", "0", "--name", "desk.example"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment | {"PYTHONUNBUFFERED": "1"}
    ) as desk:
        assert desk.stdout is not None
        try:
            address = desk.stdout.readline().split("/desk/")[0]
            assert address.startswith("http://127.0.0.1:")
            assert "Đã lập phương án" in ask(address, "/desk/").text
            assert ask(address, "/desk/", Host="desk.example").status == 200
            assert ask(address, "/desk/", Host="other.example").status == 421
        finally:
            desk.terminate()


@pytest.mark.line
def test_the_public_site_knows_no_desk(quarter: Quarter) -> None:
    found = [
        path
        for path in quarter.rehearsal.site.resolve().rglob("*.html")
        if "/desk/" in path.read_text(encoding="utf-8")
    ]
    assert found == []
    assert not (quarter.rehearsal.site / "desk").exists()
