"""Finds how a supplier is reached: MINHBACH_CONN_<NAME>. Never shows what it found.

For a service `http://client_id:client_secret@host:port/` or JSON {"url", "client_id", "client_secret"};
for an inbox `file:///folder` or JSON {"url": "file:///folder"}.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from ..core.errors import UsageError

if TYPE_CHECKING:
    from ..core.catalog import Agency

EXPECTED = 'an address such as http://client_id:client_secret@host:port/ or file:///folder, or JSON with "url"'


@dataclass(frozen=True)
class Connection:
    """An address and what opens it."""

    variable: str
    url: str
    client_id: str = ""
    client_secret: str = ""

    def __repr__(self) -> str:
        return f"Connection({self.variable}, ****)"

    def folder(self) -> Path:
        """Return the inbox of delimited files.

        Raises:
            UsageError: the address is no folder's.

        """
        parts = urlsplit(self.url)
        if parts.scheme != "file" or not parts.path:
            raise UsageError(f"{self.variable}: found no folder, expected file:///folder for delimited files.")
        return Path(unquote(parts.path))


def connection_of(agency: Agency) -> Connection:
    """Read the connection of an agency from the environment.

    Raises:
        UsageError: it is not set, or is neither an address nor JSON with one.

    """
    variable = f"MINHBACH_CONN_{agency.connection.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        raise UsageError(f"{variable}: found nothing, expected {EXPECTED}; agency {agency.name} is reached by it.")
    if text.startswith("{"):
        try:
            given = json.loads(text)
        except ValueError:
            given = {}
        url, client_id, secret = (str(given.get(key, "")) for key in ("url", "client_id", "client_secret"))
    else:
        parts = urlsplit(text)
        client_id, secret = unquote(parts.username or ""), unquote(parts.password or "")
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if urlsplit(url).scheme not in {"http", "https", "file"}:
        raise UsageError(f"{variable}: found something else, expected {EXPECTED}.")
    return Connection(variable, url, client_id, secret)
