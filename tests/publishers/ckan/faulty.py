"""A proxy between a publisher and its portal that fails at a chosen request, in a chosen way. Knows HTTP alone.

Of the requests that count, the first `at - 1` go through untouched; from the `at`-th on, `times` of them fail; then all
is well again.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = (
    "reset before",
    "reset inside the body",
    "reset after",
    "429",
    "429 with Retry-After",
    "502 HTML",
    "503",
    "answer swallowed",
    "answer truncated",
    "answer slow",
)
"""What can go wrong on the wire; `reset after`, `swallowed` and `truncated` come after the portal committed."""
CHUNK = 1 << 16
HELD = 1.5
"""Seconds for which a swallowed answer keeps the publisher waiting before the connection ends."""
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


@dataclass(frozen=True)
class Fault:
    """What fails, at which request, how often in a row."""

    kind: str
    at: int
    times: int = 1
    only: str = ""
    """Part of `METHOD path` of the requests that count; all where it is empty."""


@dataclass
class Counted:
    """What went through."""

    requests: list[str] = field(default_factory=list)
    """`METHOD path` of every request, without its query."""
    failed: list[str] = field(default_factory=list)


class FaultyProxy:
    """Forwards to a portal and fails as it is told; a fault that is none of the wire is left to `on_fault`."""

    def __init__(
        self, portal: str, fault: Fault | None = None, on_fault: Callable[[str, int], None] | None = None
    ) -> None:
        self.portal, self.fault, self.on_fault = urlsplit(portal), fault, on_fault
        self.counted = Counted()
        self._lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            def setup(self) -> None:
                self.proxy = proxy
                super().setup()

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Where the publisher is sent."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.portal.path.rstrip('/')}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def next_fault(self, line: str) -> str | None:
        """Count a request and say how it fails, if it does."""
        with self._lock:
            self.counted.requests.append(line)
            fault = self.fault
            if fault is None or fault.only not in line:
                return None
            number = sum(fault.only in one for one in self.counted.requests)
            if not fault.at <= number < fault.at + fault.times:
                return None
            self.counted.failed.append(line)
            return fault.kind


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that die are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultyProxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name http.server gives it
        """Say nothing."""

    def do_GET(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        kind = self.proxy.next_fault(f"{self.command} {urlsplit(self.path).path}")
        if kind == "reset before":
            self._reset()
        elif kind == "reset inside the body":
            self.rfile.read(self._length() // 2)
            self._reset()
        elif kind in {"429", "429 with Retry-After", "502 HTML", "503"}:
            self._drain()
            self._refuse(kind)
        else:
            self._forward(kind)

    def _forward(self, kind: str | None) -> None:
        told = kind if kind and kind not in KINDS else None
        if told and told.endswith("before"):
            self._tell(told)
        connection = HTTPConnection(self.proxy.portal.netloc, timeout=120)
        try:
            try:
                answer = self._ask(connection)
            except (OSError, HTTPException):
                self._reset()
                return
            if told and not told.endswith("before"):
                body = answer.read()
                self._tell(told)
                self._give(answer, body)
                return
            self._answer(kind, answer)
        finally:
            connection.close()

    def _tell(self, kind: str) -> None:
        assert self.proxy.on_fault is not None
        self.proxy.on_fault(kind, len(self.proxy.counted.requests))

    def _ask(self, connection: HTTPConnection) -> HTTPResponse:
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP:
                connection.putheader(name, value)
        connection.endheaders()
        left = self._length()
        while left > 0:
            chunk = self.rfile.read(min(CHUNK, left))
            if not chunk:
                raise HTTPException("the publisher went away")
            connection.send(chunk)
            left -= len(chunk)
        return connection.getresponse()

    def _answer(self, kind: str | None, answer: HTTPResponse) -> None:
        body = answer.read()
        if kind == "reset after":
            self._reset()
        elif kind == "answer swallowed":
            self.connection.settimeout(HELD)
            with contextlib.suppress(OSError):
                self.connection.recv(1)
            self._end()
        elif kind == "answer truncated":
            self._head(answer, len(body))
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self._end()
        elif kind == "answer slow":
            self._head(answer, len(body))
            for place in range(0, len(body), max(1, len(body) // 4)):
                threading.Event().wait(0.25)
                self.wfile.write(body[place : place + max(1, len(body) // 4)])
                self.wfile.flush()
        else:
            self._give(answer, body)

    def _give(self, answer: HTTPResponse, body: bytes) -> None:
        self._head(answer, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, answer: HTTPResponse, length: int) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*HOP, "content-length", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _refuse(self, kind: str) -> None:
        status = int(kind[:3])
        self.send_response(status)
        if kind.endswith("Retry-After"):
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(HTML)))
        self.end_headers()
        self.wfile.write(HTML)

    def _length(self) -> int:
        return int(self.headers.get("Content-Length") or 0)

    def _drain(self) -> None:
        left = self._length()
        while left > 0 and (chunk := self.rfile.read(min(CHUNK, left))):
            left -= len(chunk)

    def _reset(self) -> None:
        """Send RST, as a crashed peer or a stern firewall does."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # rfile and wfile hold the descriptor open as well; a shutdown would send FIN instead of RST.
        self.rfile.close()
        with contextlib.suppress(OSError):
            self.wfile.close()
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def _end(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
