"""The service on loopback: pages, moments, sessions, faults, refusals."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minhbach.sandbox.faults import Fault
from minhbach.sandbox.making import SERVICES
from minhbach.sandbox.server import LARGEST_PAGE, Server

from .conftest import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Sandbox

HO_SO = SERVICES["ho_so"]


@pytest.fixture
def server(small: Sandbox) -> Iterator[Server]:
    with Server(small.out, faults=False) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def test_every_service_is_complete_whatever_the_page_size(client: Client):
    assert len(SERVICES) == 6
    for service in SERVICES.values():
        one = client.all(service, page_size=LARGEST_PAGE)
        assert one
        assert client.all(service, page_size=97) == one


def test_records_come_in_the_order_of_the_cursor(client: Client):
    for service in SERVICES.values():
        stamps = [record["NgayCapNhat"] for record in client.all(service)]
        assert stamps == sorted(stamps)


def test_since_is_open_and_as_of_is_closed(server: Server, client: Client, small: Sandbox):
    server.as_of = small.freezes[0]
    everything = client.all(HO_SO)
    middle = everything[len(everything) // 2]["NgayCapNhat"]
    new = client.all(HO_SO, since=middle)
    assert new == [record for record in everything if record["NgayCapNhat"] > middle]
    assert 0 < len(new) < len(everything)
    assert max(record["NgayCapNhat"] for record in everything) <= f"{small.freezes[0]:%Y%m%d%H%M%S}"


def test_a_dossier_open_at_one_freeze_is_told_closed_at_the_next(small: Sandbox):
    first = {r["SoBienNhan"]: r for r in small.told("ho_so", 0)}
    second = {r["SoBienNhan"]: r for r in small.told("ho_so", 1)}
    changed = [n for n, r in first.items() if r["TrangThaiHoSo"] == "4" and second[n]["TrangThaiHoSo"] in {"9", "10"}]
    assert len(changed) > 10
    assert set(first) <= set(second)
    assert all(second[n]["NgayCapNhat"] > first[n]["NgayCapNhat"] for n in changed)


def test_late_dossiers_come_after_the_freeze(small: Sandbox):
    end = small.periods[0]["end"].replace("-", "")
    seen = {r["SoBienNhan"] for r in small.told("ho_so", 0)}
    late = [
        r for r in small.told("ho_so", 1) if r["SoBienNhan"] not in seen and "2026" < (r["NgayTiepNhan"] or "") < end
    ]
    assert len(late) >= 5


def test_the_day_is_moved_with_the_admin_secret_only(server: Server, client: Client):
    secret = server.credentials["admin_secret"]
    assert client.post("/admin/as_of", {"secret": "x", "as_of": "20260401000000"}).json()["error_code"] == "01"
    assert client.post("/admin/as_of", {"secret": secret, "as_of": "April"}).json()["error_code"] == "03"
    before = client.ask(HO_SO).json()["total"]
    assert client.post("/admin/as_of", {"secret": secret, "as_of": "20260401000000"}).json()["error_code"] == "00"
    assert 0 < client.ask(HO_SO).json()["total"] < before
    assert httpx.get(f"{server.url}/health").json()["as_of"] == "20260401000000"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"session": "nobody"}, "01"),
        ({"session": None}, "01"),
        ({"service": "XoaHoSo"}, "02"),
        ({"service": ["DongBoHoSoMC"]}, "02"),
        ({"madonvi": "H01"}, "03"),
        ({"page": 0}, "03"),
        ({"page": "1"}, "03"),
        ({"page_size": LARGEST_PAGE + 1}, "03"),
        ({"since": "2026-04-01"}, "03"),
        ({"since": "20260431000000"}, "03"),
        ({"since": None}, "03"),
    ],
)
def test_wrong_questions_get_the_services_own_codes(client: Client, changes: dict[str, Any], code: str):
    question = {"service": HO_SO} | changes
    answer = client.ask(**question)
    assert answer.status_code == 200
    assert answer.json()["error_code"] == code
    assert answer.json()["data"] == []


def test_what_is_no_question(server: Server):
    assert httpx.post(f"{server.url}/api", content=b"{").json()["error_code"] == "03"
    assert httpx.post(f"{server.url}/api", content=b"[]").json()["error_code"] == "03"
    assert httpx.post(f"{server.url}/nowhere", json={}).json()["error_code"] == "02"
    assert httpx.get(f"{server.url}/").status_code == 404
    wrong = httpx.post(f"{server.url}/token", json={"client_id": "mot_cua_sandbox", "client_secret": "x"}).json()
    assert wrong["error_code"] == "01"
    assert "session" not in wrong


def test_a_page_after_the_last_is_empty(client: Client):
    answer = client.ask(HO_SO, page=10_000).json()
    assert answer["error_code"] == "00"
    assert answer["data"] == []


def test_sessions_expire_by_time_and_by_use(small: Sandbox):
    with Server(small.out, faults=False, token_requests=3) as server:
        client = Client(server)
        codes = [client.ask(HO_SO).json()["error_code"] for _ in range(5)]
        assert codes == ["00", "00", "00", "01", "01"]
        client.session = client.token()
        assert client.ask(HO_SO).json()["error_code"] == "00"
    with Server(small.out, faults=False, token_seconds=0.05) as server:
        client = Client(server)
        time.sleep(0.1)
        assert client.ask(HO_SO).json()["error_code"] == "01"


def test_too_many_questions_are_asked_to_wait(small: Sandbox):
    with Server(small.out, faults=False, per_second=5) as server:
        client = Client(server)
        answers = [client.ask(HO_SO) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert all(answer.headers["Retry-After"] == "1" for answer in refused)


def patient(client: Client, server: Server, page_size: int) -> tuple[list[dict[str, Any]], int]:
    """Ask again until every page came whole; return the records and how often that was needed."""
    records, page, pages, again = [], 1, 1, 0
    while page <= pages:
        try:
            answer = client.ask(HO_SO, page=page, page_size=page_size)
            content = answer.json() if answer.status_code == 200 else None
        except (httpx.RemoteProtocolError, ValueError):
            content = None
        if content is None:
            again += 1
            assert again < 200
            continue
        records += content["data"]
        pages, page = content["pages"], page + 1
    assert server.faults.shown.total() == again
    return records, again


def test_faults_are_met_once_and_hide_nothing(small: Sandbox):
    with Server(small.out, faults=False) as server:
        whole = Client(server).all(HO_SO)
    seen = []
    for _ in range(2):
        with Server(small.out, faults=True) as server:
            records, again = patient(Client(server), server, page_size=5)
            seen.append(server.faults.shown)
        assert records == whole
        assert again > 3
    assert seen[0] == seen[1], "faults come by seed"
    assert set(seen[0]) == set(Fault)


def test_faults_can_be_switched_off(small: Sandbox):
    with Server(small.out, faults=True) as server:
        server.faults.on = False
        assert len(Client(server).all(HO_SO, page_size=50)) > 600


def test_only_loopback_and_closed_is_closed(small: Sandbox):
    with Server(small.out) as server:
        url = server.url
        assert url.startswith("http://127.0.0.1:")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_drops_wait_for_their_freeze(small: Sandbox, project: Any, tmp_path: Any):
    from minhbach.sandbox import drop, generate

    generate(project, seed=small.seed, dossiers=small.size, out=tmp_path)
    assert drop(tmp_path, small.freezes[0] - timedelta(seconds=1)) == []
    first = drop(tmp_path, small.freezes[0])
    assert sorted(path.name for path in first) == sorted(
        2 * ["ho_so_2026-Q2_20260616.csv", "qua_trinh_2026-Q2_20260616.csv"]
    )
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in first)
    assert {path.parent.name for path in drop(tmp_path, small.freezes[1])} == {"dac_khu_van_don", "dac_khu_co_to"}
    assert drop(tmp_path, small.freezes[1]) == []


def test_nothing_is_told_in_the_two_hours_after_a_freeze(sandbox: Sandbox):
    assert len(sandbox.freezes) == 2
    with Server(sandbox.out, faults=False) as server:
        client = Client(server)
        for freeze in sandbox.freezes:
            totals = {}
            for minutes in (0, 5, 119, 240):
                server.as_of = freeze + timedelta(minutes=minutes)
                answers = [client.ask(service, since="20260601000000").json() for service in SERVICES.values()]
                totals[minutes] = [(answer["total"], answer["data"][:20]) for answer in answers]
            assert totals[0] == totals[5] == totals[119]
            assert totals[119] != totals[240] or sandbox.size < 1_000
