"""The loopback server and the proof by reading: types, 404, 410, no listing; flipped bytes and dead links are found."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from minhbach.core.errors import PortalFailed
from publishers.site.server import served
from tests.publishers.conftest import both
from tests.publishers.sealed import FORM, RATES, House

if TYPE_CHECKING:
    from http.client import HTTPResponse

REASON = "Số liệu của một cơ quan bị gửi nhầm kỳ."


def ask(address: str, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        (f"/dataset/{FORM}/latest/data.csv", "text/csv; charset=utf-8"),
        (f"/dataset/{FORM}/latest/data.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (f"/dataset/{FORM}/latest/data.parquet", "application/vnd.apache.parquet"),
        (f"/dataset/{FORM}/2026-Q3/r1/SHA256SUMS", "text/plain; charset=utf-8"),
        (f"/dataset/{FORM}/2026-Q3/r1/chart.vi.svg", "image/svg+xml"),
        ("/feed.atom", "application/atom+xml"),
        ("/calendar.ics", "text/calendar; charset=utf-8"),
        ("/catalog.jsonld", "application/ld+json"),
        ("/assets/site.js", "text/javascript; charset=utf-8"),
    ],
)
def test_every_type_is_told(address: str, path: str, kind: str) -> None:
    answer, body = ask(address, path)
    assert (answer.status, answer.getheader("Content-Type")) == (200, kind)
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert "default-src 'self'" in (answer.getheader("Content-Security-Policy") or "")
    head, nothing = ask(address, path, "HEAD")
    assert (head.status, nothing) == (200, b"")
    assert head.getheader("Content-Length") == str(len(body))


def test_what_is_not_there_is_404_in_the_readers_language(address: str) -> None:
    for path, words in (("/khong-co", "Không có trang này"), ("/en/nothing/here", "There is no such page")):
        answer, body = ask(address, path)
        assert answer.status == 404
        assert words in body.decode()


@pytest.mark.parametrize(
    "path", ["/assets/", "/dataset/", "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.lock"]
)
def test_nothing_is_listed_and_nothing_above_is_read(address: str, path: str) -> None:
    answer, body = ask(address, path)
    assert answer.status == 404
    assert b"root:" not in body


def test_a_folder_without_slash_leads_to_its_page(address: str) -> None:
    answer, _ = ask(address, "/calendar")
    assert (answer.status, answer.getheader("Location")) == (301, "/calendar/")


def test_a_withdrawn_release_is_a_tombstone_and_answers_410(small: House) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    small.publish(publisher, first)
    small.publish(publisher, second)
    plan = small.publish(publisher, [], period="2026-Q3", withdraw=[(second[0], REASON)])
    live = publisher.observe()
    assert live.datasets[FORM].releases.keys() == {"2026-Q2/r1"}
    assert live.datasets[FORM].withdrawn == ("2026-Q3/r1",)
    with served(publisher.store.root) as address:
        for path in ("", "data.csv", "manifest.json", "agency/H49.02/"):
            for prefix in ("", "/en"):
                answer, body = ask(address, f"{prefix}/dataset/{FORM}/2026-Q3/r1/{path}")
                assert answer.status == 410
                assert REASON in body.decode()
        answer, body = ask(address, f"/dataset/{FORM}/")
        assert answer.status == 200
        assert f"đã rút lại: {REASON}" in body.decode()
        assert "quý II/2026" in body.decode()
        answer, body = ask(address, f"/dataset/{FORM}/latest/data.csv")
        assert b"2026-Q2" in body
        assert b"2026-Q3" not in body
        _, listed = ask(address, "/410.txt")
        assert f"/dataset/{FORM}/2026-Q3/r1/" in listed.decode().splitlines()
    assert publisher.read_back(plan, second).problems == ()
    gone = [
        path for path in publisher.store.current().rglob("*") if "2026-Q3/r1" in str(path) and path.name == "data.csv"
    ]
    assert [path.parts[-4] for path in gone] == [RATES]


def test_all_withdrawn_leaves_a_page_that_says_so(small: House) -> None:
    publisher = small.publisher()
    first = both(small, "2026-Q2")
    small.publish(publisher, first)
    plan = small.publish(publisher, [], period="2026-Q2", withdraw=[(one, REASON) for one in first])
    assert publisher.read_back(plan, []).problems == ()
    page = publisher.store.current() / "dataset" / FORM / "index.html"
    assert "Hiện không có bản công bố nào" in page.read_text(encoding="utf-8")
    assert set(publisher.observe().datasets[FORM].withdrawn) == {"2026-Q2/r1"}


def test_reading_back_proves_every_data_file(small: House) -> None:
    publisher = small.publisher(address="http://127.0.0.1:9")
    releases = both(small, "2026-Q3")
    plan = small.publish(publisher, releases)
    proof = publisher.read_back(plan, releases)
    assert proof.problems == ()
    for release in releases:
        for name, entry in release.manifest["files"].items():
            assert proof.read[f"/dataset/{release.dataset}/2026-Q3/r1/{name}"] == entry["sha256"]
    assert proof.urls == {name: f"http://127.0.0.1:9/dataset/{name}/" for name in (FORM, RATES)}
    live = publisher.store.current()
    data = live / "dataset" / FORM / "2026-Q3" / "r1" / "data.csv"
    data.write_bytes(data.read_bytes() + b"\n")
    page = live / "calendar" / "index.html"
    page.write_text(page.read_text().replace("/calendar.ics", "/lich.ics"))
    (live / "method" / "index.html").unlink()
    problems = "\n".join(publisher.read_back(plan, releases).problems)
    assert f"/dataset/{FORM}/2026-Q3/r1/data.csv: found sha256" in problems
    assert "the link /lich.ics leads nowhere" in problems
    assert "/method/: found status 404, expected 200" in problems


def test_a_portal_elsewhere_must_answer(small: House) -> None:
    publisher = small.publisher(address="http://portal.invalid")
    releases = both(small, "2026-Q3")
    plan = small.plan(publisher, releases)
    with pytest.raises(PortalFailed, match="found nothing live"):
        publisher.read_back(plan, releases)
    publisher.apply(plan, releases, lambda _: None)
    with pytest.raises(PortalFailed, match="found no site that answers"):
        publisher.read_back(plan, releases)


def test_the_portals_own_server_is_read_when_it_answers(small: House) -> None:
    first = small.publisher()
    releases = both(small, "2026-Q3")
    with served(first.store.root) as address:
        publisher = small.publisher(address=address)
        plan = small.publish(publisher, releases)
        assert publisher.read_back(plan, releases).problems == ()
        _, state = ask(address, "/site-state.json")
        assert json.loads(state)["plan"] == plan.hash


def test_what_is_told_is_the_declared_address_wherever_the_site_is_asked(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared, inner = "https://du-lieu.example.vn", "http://127.0.0.1:9/ben-trong"
    monkeypatch.setenv("MINHBACH_PORTAL_SITE_URL", inner)
    publisher = small.publisher(address=declared)
    releases = both(small, "2026-Q3")
    plan = small.publish(publisher, releases)
    proof = publisher.read_back(plan, releases)
    assert proof.problems == ()
    assert proof.urls == {name: f"{declared}/dataset/{name}/" for name in (FORM, RATES)}
    pages = [path.read_bytes() for path in publisher.store.current().rglob("*") if path.suffix in {".html", ".atom"}]
    assert any(declared.encode() in page for page in pages)
    assert not any(b"ben-trong" in page for page in pages)
    assert publisher.address == inner
