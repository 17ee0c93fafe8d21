"""The one-stop system of the pretend province: a REST service on loopback. Knows HTTP, tokens and paging; no dossier.

`POST /token` gives a session, `POST /api` a page, `GET /health` the state, `POST /admin/as_of` moves the day that the
service lives in (with the admin's own secret).
"""

from __future__ import annotations

import hmac
import json
import time
from collections import deque
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from .faults import Fault, Faults
from .held import HeldTable, local_seconds, seconds_of
from .making import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

TOKEN_SECONDS = 120
TOKEN_REQUESTS = 500
LARGEST_PAGE = 10_000
LARGEST_QUESTION = 65_536
OK, EXPIRED, UNKNOWN_SERVICE, BAD_REQUEST = "00", "01", "02", "03"


class Refused(Exception):
    """Raised when a question is answered with an error code of the service."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Sessions:
    """Sessions that expire after a time and after a number of questions."""

    def __init__(self, seconds: float, requests: int) -> None:
        self._seconds, self._requests = seconds, requests
        self._open: dict[str, tuple[float, int]] = {}
        self._issued = 0
        self._lock = Lock()

    def issue(self, secret: str) -> tuple[str, int]:
        """Return a new session and its seconds."""
        with self._lock:
            self._issued += 1
            session = hmac.new(secret.encode(), f"session {self._issued}".encode(), "sha256").hexdigest()
            self._open[session] = (time.monotonic() + self._seconds, self._requests)
            return session, int(self._seconds)

    def use(self, session: object) -> bool:
        """Return whether the session is good for one more question."""
        with self._lock:
            until, left = self._open.get(session, (0.0, 0)) if isinstance(session, str) else (0.0, 0)
            if left <= 0 or time.monotonic() >= until:
                self._open.pop(str(session), None)
                return False
            self._open[str(session)] = (until, left - 1)
            return True


class RateLimit:
    """At most so many questions in any second; None is no limit."""

    def __init__(self, per_second: int | None) -> None:
        self._per_second = per_second
        self._times: deque[float] = deque()
        self._lock = Lock()

    def admits(self) -> bool:
        """Count a question and return whether it is within the limit."""
        if self._per_second is None:
            return True
        with self._lock:
            now = time.monotonic()
            while self._times and now - self._times[0] > 1:
                self._times.popleft()
            if len(self._times) >= self._per_second:
                return False
            self._times.append(now)
            return True


class Server:
    """A running service. Use it as a context manager, or call `close()`.

    `as_of` (naive local time) can be moved at any time; None means the freeze of the last quarter. `faults` can be
    switched on and off. `per_second` is a real limit on questions; `token_seconds` and `token_requests` end a session.
    """

    def __init__(
        self,
        out: Path,
        *,
        port: int = 0,
        as_of: datetime | None = None,
        faults: bool = True,
        per_second: int | None = None,
        token_seconds: float = TOKEN_SECONDS,
        token_requests: int = TOKEN_REQUESTS,
    ) -> None:
        settings = json.loads((out / "sandbox.json").read_text(encoding="utf-8"))
        self.credentials: dict[str, str] = json.loads((out / "credentials.json").read_text(encoding="utf-8"))
        self.unit: str = settings["unit"]
        self.as_of = as_of or datetime.fromisoformat(settings["periods"][-1]["freeze"])
        self.faults = Faults(settings["seed"], on=faults)
        self.sessions = Sessions(token_seconds, token_requests)
        self.limit = RateLimit(per_second)
        self.tables = {service: HeldTable(out / "served", service) for service in SERVICES.values()}
        self._http = _Http(self, port)
        self._thread = Thread(target=self._http.serve_forever, name="sandbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the service on loopback."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        """Stop answering and close the files."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        for table in self.tables.values():
            table.close()

    def wait(self) -> None:
        """Wait until the service is closed from elsewhere; for a command that does nothing but serve."""
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def token(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question for a session."""
        known = all(
            hmac.compare_digest(str(question.get(key, "")), self.credentials[key])
            for key in ("client_id", "client_secret")
        )
        if not known:
            raise Refused(EXPIRED, "client unknown or secret wrong")
        session, seconds = self.sessions.issue(self.credentials["client_secret"])
        return {"error_code": OK, "session": session, "expires_in": seconds}

    def move(self, question: dict[str, Any]) -> dict[str, Any]:
        """Move the day that the service lives in."""
        if not hmac.compare_digest(str(question.get("secret", "")), self.credentials["admin_secret"]):
            raise Refused(EXPIRED, "admin secret wrong")
        try:
            self.as_of = datetime.strptime(str(question.get("as_of")), "%Y%m%d%H%M%S")  # noqa: DTZ007 - local and naive
        except ValueError as error:
            raise Refused(BAD_REQUEST, "as_of: expected yyyyMMddHHmmss") from error
        return {"error_code": OK, "as_of": f"{self.as_of:%Y%m%d%H%M%S}"}

    def answer(self, question: dict[str, Any]) -> tuple[bytes, Fault | None]:
        """Answer a question for a page."""
        if not self.sessions.use(question.get("session")):
            raise Refused(EXPIRED, "session expired or unknown")
        if question.get("madonvi") != self.unit:
            raise Refused(BAD_REQUEST, "madonvi: unknown unit")
        service = question.get("service")
        table = self.tables.get(service) if isinstance(service, str) else None
        if table is None:
            raise Refused(UNKNOWN_SERVICE, "service: unknown")
        number, size = question.get("page"), question.get("page_size")
        if not isinstance(number, int) or not isinstance(size, int) or number < 1 or not 1 <= size <= LARGEST_PAGE:
            raise Refused(
                BAD_REQUEST, f"page, page_size: expected whole numbers, at least 1 and at most {LARGEST_PAGE}"
            )
        since = question.get("since")
        try:
            after = seconds_of(since) if isinstance(since, str) else seconds_of("?")
        except ValueError as error:
            raise Refused(BAD_REQUEST, "since: expected yyyyMMddHHmmss or nothing") from error
        now = local_seconds(self.as_of)
        page = table.page(since=after, as_of=now, number=number, size=size)
        head = json.dumps({"error_code": OK, "message": "", "total": page.total, "page": number, "pages": page.pages})
        always = service == SERVICES["ho_so"] and page.pages >= number
        fault = self.faults.of(f"{service} {since} {now} {number} {size}", number, always=always)
        return b"".join((head[:-1].encode(), b', "data": [', page.body, b"]}")), fault


class _Http(ThreadingHTTPServer):
    """A server on loopback whose handlers know the service they speak for."""

    daemon_threads = True

    def __init__(self, service: Server, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service


class _Handler(BaseHTTPRequestHandler):
    """Reads one question and writes one answer; keeps the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 20

    server: _Http

    def log_message(self, *_: object) -> None:
        """Log nothing: questions hold sessions."""

    def do_GET(self) -> None:
        """Answer the one question that needs no session."""
        service = self.server.service
        if self.path == "/health":
            self._send(200, _json({"ok": True, "as_of": f"{service.as_of:%Y%m%d%H%M%S}", "unit": service.unit}))
        else:
            self._send(404, _json({"error_code": UNKNOWN_SERVICE, "message": "unknown path"}))

    def do_POST(self) -> None:
        """Answer a question, or fail it on purpose."""
        question = self._question()
        if not self.server.service.limit.admits():
            self._fail(Fault.RATE_LIMIT, b"")
            return
        try:
            body, fault = self._answer(question)
        except Refused as refused:
            body, fault = _json({"error_code": refused.code, "message": refused.message, "data": []}), None
        if fault is None:
            self._send(200, body)
        else:
            self._fail(fault, body)

    def _answer(self, question: dict[str, Any] | None) -> tuple[bytes, Fault | None]:
        if question is None:
            raise Refused(BAD_REQUEST, "expected a JSON object")
        service = self.server.service
        match self.path:
            case "/token":
                return _json(service.token(question)), None
            case "/admin/as_of":
                return _json(service.move(question)), None
            case "/api":
                return service.answer(question)
            case _:
                raise Refused(UNKNOWN_SERVICE, "unknown path")

    def _question(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_QUESTION:
            self.close_connection = True
            return None
        try:
            question = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        return question if isinstance(question, dict) else None

    def _fail(self, fault: Fault, body: bytes) -> None:
        if fault is Fault.RATE_LIMIT:
            self._send(429, b"", {"Retry-After": "1"})
        elif fault is Fault.UNAVAILABLE:
            self._send(503, b"")
        elif fault is Fault.CUT_JSON:
            self._send(200, body[: len(body) * 2 // 3])
        else:
            self._send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
            self.close_connection = True

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        wanted = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))} | (headers or {})
        for name, value in wanted.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
