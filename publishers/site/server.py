"""A static server for the site on loopback: types, 404, 410, no listing. Knows files, no dataset."""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from minhbach.core.loopback import LOOPBACK, ReadingHandler, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".atom": "application/atom+xml",
    ".xml": "application/xml",
    ".ics": "text/calendar; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".pagefind": "application/wasm",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PLAIN = {"SHA256SUMS": "text/plain; charset=utf-8"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; frame-ancestors 'none'"
    ),
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-cache",
}
"""The same as deploy/nginx/site.conf gives."""
GONE = "410.html"


class Handler(ReadingHandler):
    """Answers from the live build; the link is followed once a request, so no answer mixes two builds."""

    wbufsize = 64 * 1024

    def __init__(self, root: Path, base: str, *arguments: Any) -> None:
        self.root, self.base = root, base
        super().__init__(*arguments)

    def answer(self, *, with_body: bool) -> None:
        """Answer with a file."""
        live = self.root / "current" if (self.root / "current").exists() else self.root
        folder = live.resolve()
        address = unquote(urlsplit(self.path).path)
        if self.base and address.startswith(self.base):
            address = address[len(self.base) :]
        parts = [part for part in address.split("/") if part]
        if any(part == ".." or part.startswith(".") or "\0" in part for part in parts):
            self._send(folder, folder / "404.html", HTTPStatus.NOT_FOUND, with_body=with_body)
            return
        stone = next((page for page in _stones(folder, parts) if page.is_file()), None)
        if stone is not None:
            self._send(folder, stone, HTTPStatus.GONE, with_body=with_body)
            return
        target = folder.joinpath(*parts)
        if target.is_dir():
            if not address.endswith("/"):
                self._redirect(address)
                return
            target /= "index.html"
        if target.is_file():
            self._send(folder, target, HTTPStatus.OK, with_body=with_body)
        else:
            missing = folder / ("en" if parts[:1] == ["en"] else "") / "404.html"
            page = missing if missing.is_file() else folder / "404.html"
            self._send(folder, page, HTTPStatus.NOT_FOUND, with_body=with_body)

    def _redirect(self, address: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", f"{self.base}{address}/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, folder: Path, path: Path, status: HTTPStatus, *, with_body: bool) -> None:
        try:
            stream = path.open("rb")
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND if folder.is_dir() else HTTPStatus.SERVICE_UNAVAILABLE)
            return
        with stream:
            self.send_response(status)
            self.send_header("Content-Type", PLAIN.get(path.name) or TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(path.stat().st_size))
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    shutil.copyfileobj(stream, self.wfile)


def serve(root: Path, port: int = 8080, base: str = "") -> ThreadingHTTPServer:
    """Make the server of a site's root on loopback; the caller runs `serve_forever()`. Port 0 takes a free one."""
    server = ThreadingHTTPServer((LOOPBACK, port), partial(Handler, root, base))
    server.daemon_threads = True
    return server


@contextlib.contextmanager
def served(root: Path, base: str = "") -> Iterator[str]:
    """Serve a site for a while on a free port; gives its address."""
    with running(serve(root, 0, base)) as address:
        yield f"{address}{base}"


def _stones(folder: Path, parts: list[str]) -> list[Path]:
    """Where a page for 410 can stand: in the folder of the release that the address is in."""
    return [folder.joinpath(*parts[:count], GONE) for count in range(1, len(parts) + 1)]
