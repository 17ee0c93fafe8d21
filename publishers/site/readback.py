"""Reads the site over HTTP as the public does: every data file's hash, every page, every link. Knows no builder."""

from __future__ import annotations

import hashlib
import json
import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from minhbach.core.errors import PortalFailed

if TYPE_CHECKING:
    from types import TracebackType

    from .state import SiteState

SECONDS = 20
OK, GONE = 200, 410
LINK = re.compile(rb'(?:href|src|srcset)="([^"#?]+)[^"]*"')


class Reader:
    """One kept-alive connection to the site."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address, self.base = address.rstrip("/"), parts.path.rstrip("/")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.connection = make(parts.netloc, timeout=SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def get(self, path: str) -> tuple[int, bytes]:
        """Read one address. Raises PortalFailed when nothing answers."""
        try:
            self.connection.request("GET", f"{self.base}/{path}")
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            self.connection.close()
            raise PortalFailed(f"{self.address}/{path}: found no answer ({error}), expected the site.") from error

    def state(self) -> dict[str, object] | None:
        """Return the state of the site that answers here; nothing when it is no site of ours, or none answers."""
        try:
            status, body = self.get("site-state.json")
            document = json.loads(body) if status == OK else None
        except (PortalFailed, ValueError):
            return None
        is_ours = isinstance(document, dict) and document.get("schema") == "minhbach/site-state/1"
        return document if is_ours else None


def check(reader: Reader, state: SiteState) -> tuple[dict[str, str], list[str]]:
    """Read every file of a build; return hashes of what came (data only) and what is wrong."""
    read: dict[str, str] = {}
    problems: list[str] = []
    links: dict[str, str] = {}
    for place, sha256 in state.files.items():
        address = place.removesuffix("index.html") if place.endswith("/index.html") or place == "index.html" else place
        status, body = reader.get(address)
        expected = GONE if place.endswith("/410.html") else OK
        found = hashlib.sha256(body).hexdigest()
        if status != expected:
            problems.append(f"/{address}: found status {status}, expected {expected}")
        elif found != sha256:
            problems.append(f"/{address}: found sha256 {found[:16]}…, expected {sha256[:16]}…")
        if place.startswith("dataset/") and not place.endswith(".html"):
            read[f"/{place}"] = found
        if place.endswith(".html"):
            for link in LINK.findall(body):
                links.setdefault(link.decode(), f"/{address}")
    problems += [
        f"{page}: the link {link} leads nowhere" for link, page in links.items() if _is_dead(link, reader, state)
    ]
    return read, problems


def _is_dead(link: str, reader: Reader, state: SiteState) -> bool:
    parts = urlsplit(link)
    if parts.scheme == "mailto" or (parts.netloc and not link.startswith(reader.address)):
        return False
    path = unquote(parts.path).removeprefix(reader.base).lstrip("/")
    place = f"{path}index.html" if not path or path.endswith("/") else path
    return place not in state.files and f"{path}410.html" not in state.files and place != "site-state.json"
