"""A tiny one-stop service on loopback for tests: serves given records, and misbehaves as it is told."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREDENTIALS = ("thu_nghiem", "mat-khau-rat-bi-mat")


class TinyService:
    """What is served, what was asked, and what goes wrong: `faults` maps the number of a question to a fault."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.questions: list[dict[str, Any]] = []
        self.tokens = 0
        self.uses_a_token = 10_000
        self.faults: dict[int, str] = {}
        self.always: str = ""
        self.before: Callable[[dict[str, Any]], None] = lambda _: None
        self.url = ""

    def answer(self, path: str, question: dict[str, Any]) -> tuple[int, dict[str, str], bytes, bool]:
        if path == "/token":
            if (question["client_id"], question["client_secret"]) != CREDENTIALS:
                return 200, {}, _json({"error_code": "01", "message": "no", "data": []}), False
            self.tokens += 1
            self.left = self.uses_a_token
            return 200, {}, _json({"session": f"phien-{self.tokens}", "expires_in": 60}), False
        self.questions.append(question)
        self.before(question)
        fault = self.always or self.faults.get(len(self.questions), "")
        body = self._page(question)
        return self._spoilt(fault, body)

    @staticmethod
    def _spoilt(fault: str, body: bytes) -> tuple[int, dict[str, str], bytes, bool]:
        if fault.startswith("error:"):
            message = "Nguyễn Văn A, 022905000123"
            body = _json({"error_code": fault[6:], "message": message, "data": []})
        bad = body.replace(b'"KenhThucHien"', b'"Kenh\xff"')
        spoilt: dict[str, tuple[int, dict[str, str], bytes, bool]] = {
            "429": (429, {"Retry-After": "0.05"}, b"", False),
            "503": (503, {}, b"", False),
            "404": (404, {}, b"", False),
            "cut_json": (200, {}, body[: len(body) // 2], False),
            "cut_body": (200, {"Content-Length": str(len(body))}, body[: len(body) // 2], True),
            "bad_utf8": (200, {}, bad, False),
        }
        return spoilt.get(fault, (200, {}, body, False))

    def _page(self, question: dict[str, Any]) -> bytes:
        self.left -= 1
        if self.left < 0 or question["session"] != f"phien-{self.tokens}":
            return _json({"error_code": "01", "message": "expired", "data": []})
        since, page, size = question["since"], question["page"], question["page_size"]
        fresh = [r for r in self.records[question["service"]] if (r.get("NgayCapNhat") or "") > since]
        data = fresh[(page - 1) * size : page * size]
        pages = -(-len(fresh) // size)
        return _json(
            {"error_code": "00", "message": "", "total": len(fresh), "page": page, "pages": pages, "data": data}
        )


@contextmanager
def running() -> Iterator[TinyService]:
    service = TinyService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            return

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body, cut = service.answer(self.path, question)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = cut

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.url = f"http://{CREDENTIALS[0]}:{CREDENTIALS[1]}@127.0.0.1:{server.server_address[1]}/"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
