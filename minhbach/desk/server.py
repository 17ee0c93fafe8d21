"""Serves the desk and previews on loopback: reads only, stores nothing in a browser, answers nobody from elsewhere.

A page of another origin cannot read it: the name under which it is asked must be loopback's own, or a name that the
operator gave, so that a foreign name which resolves to this machine (DNS rebinding) finds nothing. Knows addresses and
headers; what is shown comes from a source.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from ..core.errors import MinhBachError
from ..core.loopback import LOOPBACK, ReadingHandler, running
from . import pages

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
HTML, CSS, ICS, CSV = "text/html", "text/css", "text/calendar", "text/csv"


class Source(Protocol):
    """Where the pages' content comes from; asked anew for every request."""

    stylesheet: bytes

    def overview(self) -> dict[str, Any]:
        """Give the content of the first page."""
        ...

    def details(self, publication: str, period: str) -> dict[str, Any] | None:
        """Give the content of a period's page, or nothing where there is no such period."""
        ...

    def preview(self, token: str, path: str) -> dict[str, Any] | None:
        """Give the content of a preview and log the look, or nothing for whatever reason the link does not work."""
        ...


class Handler(ReadingHandler):
    """Answers with pages of the desk and previews."""

    def __init__(self, source: Source, names: frozenset[str], *arguments: Any) -> None:
        self.source, self.names = source, names
        super().__init__(*arguments)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in one word, with the headers of every answer: POST and whatever else is no reading."""
        del message, explain
        self._send(HTTPStatus(code), "text/plain", HTTPStatus(code).phrase.encode(), with_body=True, close=True)

    def answer(self, *, with_body: bool) -> None:
        """Answer whoever asks under a name of this machine."""
        origin = self.headers.get("Origin")
        if not self._is_own(self.headers.get("Host", "")) or (origin is not None and not self._is_own_origin(origin)):
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not here", with_body=with_body, close=True)
            return
        parts = [part for part in unquote(urlsplit(self.path).path).split("/") if part]
        language = "en" if "en" in parts[1:] else "vi"
        is_page = not parts or "." not in parts[-1]
        if is_page and not self.path.partition("?")[0].endswith("/"):
            self._redirect("/" + "".join(f"{quote(part)}/" for part in parts))
            return
        try:
            found = self._found([part for part in parts if part != "en"], language)
        except MinhBachError as error:
            why = "not now; ask whoever sent the link" if parts[:1] == ["preview"] else str(error)
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", why.encode(), with_body=with_body)
            return
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, HTML, pages.missing(language), with_body=with_body)
            return
        kind, body = found
        self._send(HTTPStatus.OK, kind, body, with_body=with_body)

    def _found(self, parts: list[str], language: str) -> tuple[str, bytes] | None:
        """Find what an address names."""
        match parts:
            case [] | ["desk"]:
                return HTML, pages.front(self.source.overview(), language)
            case ["desk" | "preview", "site.css" | "desk.css" as name]:
                own = files("minhbach.desk") / "assets" / "desk.css"
                return CSS, own.read_bytes() if name == "desk.css" else self.source.stylesheet
            case ["desk", "calendar.ics"]:
                return ICS, pages.dates(self.source.overview(), language)
            case ["desk", publication, period]:
                shown = self.source.details(publication, period)
                return (HTML, pages.period(shown, language)) if shown else None
            case ["preview", token, *rest] if len(rest) <= 1:
                return self._preview(token, rest[0] if rest else "", language)
            case _:
                return None

    def _preview(self, token: str, file: str, language: str) -> tuple[str, bytes] | None:
        shown = self.source.preview(token, file)
        if shown is None:
            return None
        if not file:
            return HTML, pages.preview(shown, language)
        for dataset in shown["datasets"]:
            if file == f"{dataset['dataset']}.csv" and dataset["rows"]:
                return CSV, pages.rows_csv(dataset)
        for table in shown["tables"]:
            if file == f"quarantine-{table['table']}.csv":
                return CSV, pages.quarantine_csv(table)
        return None

    def _is_own(self, host: str) -> bool:
        """Whether a Host header names this machine, at the port that is served or another one of a proxy or tunnel."""
        name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not colon:
            name, port = host, ""
        return name.lower() in self.names and (not port or port.isdecimal())

    def _is_own_origin(self, origin: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in {"http", "https"} and self._is_own(parts.netloc)

    def _redirect(self, address: str) -> None:
        self.send_response(HTTPStatus.PERMANENT_REDIRECT)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: HTTPStatus, kind: str, body: bytes, *, with_body: bool, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Answers every request in a thread of its own; a fault of ours is named by its kind, never by what it held."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say that a request failed."""
        del request, client_address
        kind = sys.exc_info()[0]
        logging.getLogger(__name__).error("desk: unexpected %s; the request was not answered", kind and kind.__name__)


def serve(source: Source, port: int = 8090, names: frozenset[str] = frozenset()) -> Server:
    """Make the desk's server on loopback; the caller runs `serve_forever()`. Port 0 takes a free one."""
    return Server((LOOPBACK, port), partial(Handler, source, NAMES | names))


def served(source: Source) -> AbstractContextManager[str]:
    """Serve the desk for a while on a free port; gives its address."""
    return running(serve(source, 0))
