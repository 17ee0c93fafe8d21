"""The proxy itself: every fault is met by a client as what it is, on the request it was meant for and on no other."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.publishers.ckan.faulty import KINDS, Fault, FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b"x" * 100_000


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    got: list[int]

    def do_POST(self) -> None:
        self.got.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture
def upstream() -> Iterator[tuple[str, list[int]]]:
    got: list[int] = []
    handler = type("Handler", (Upstream,), {"got": got})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", got
    server.shutdown()
    server.server_close()
    thread.join()


EXPECTED = {
    "reset before": (httpx.TransportError, 0),
    "reset inside the body": (httpx.TransportError, 0),
    "reset after": (httpx.TransportError, 1),
    "429": (429, 0),
    "429 with Retry-After": (429, 0),
    "502 HTML": (502, 0),
    "503": (503, 0),
    "answer swallowed": (httpx.TransportError, 1),
    "answer truncated": (httpx.TransportError, 1),
    "answer slow": (200, 1),
}
"""What the client meets, and how many of the requests arrived."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_is_what_it_says(upstream: tuple[str, list[int]], kind: str) -> None:
    address, got = upstream
    met, arrived = EXPECTED[kind]
    with FaultyProxy(address, Fault(kind, 2)) as proxy, httpx.Client(timeout=30) as client:
        assert client.post(proxy.url, content=BODY).content == BODY
        assert len(got) == 1
        if isinstance(met, int):
            answer = client.post(proxy.url, content=BODY)
            assert answer.status_code == met
            assert ("Retry-After" in answer.headers) == kind.endswith("Retry-After")
        else:
            with pytest.raises(met):
                client.post(proxy.url, content=BODY)
        assert len(got) == 1 + arrived
        assert client.post(proxy.url, content=BODY).content == BODY
        assert proxy.counted.failed == ["POST /"]


def test_only_the_requests_that_are_meant_are_counted(upstream: tuple[str, list[int]]) -> None:
    with FaultyProxy(upstream[0], Fault("503", 1, only="revise")) as proxy, httpx.Client(timeout=30) as client:
        assert client.post(f"{proxy.url}/show", content=BODY).is_success
        assert client.post(f"{proxy.url}/revise", content=BODY).status_code == 503
        assert client.post(f"{proxy.url}/revise", content=BODY).is_success


def test_a_fault_that_is_none_of_the_wire_happens_before_or_after_the_portal_worked(
    upstream: tuple[str, list[int]],
) -> None:
    address, got = upstream
    for kind, there in (("kill before", 0), ("kill after", 1)):
        got.clear()
        found: list[int] = []
        with FaultyProxy(address, Fault(kind, 1), lambda _, __: found.append(len(got))) as proxy:  # noqa: B023
            assert httpx.post(proxy.url, content=BODY).content == BODY
        assert found == [there]
