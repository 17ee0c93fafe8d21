"""The portal's own secrets: made once, kept in one file of mode 0600, never shown."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from .home import write_private

if TYPE_CHECKING:
    from .home import Home


def _new() -> str:
    # Letters, digits, - and _ only: they stand in addresses and in a file that expands %.
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Secrets:
    """Passwords of the databases, of Redis and of the two accounts; keys that sign sessions and tokens."""

    postgres: str = field(default_factory=_new, repr=False)
    ckan: str = field(default_factory=_new, repr=False)
    datastore_write: str = field(default_factory=_new, repr=False)
    datastore_read: str = field(default_factory=_new, repr=False)
    redis: str = field(default_factory=_new, repr=False)
    session_key: str = field(default_factory=_new, repr=False)
    token_key: str = field(default_factory=_new, repr=False)
    admin: str = field(default_factory=_new, repr=False)
    publisher: str = field(default_factory=_new, repr=False)


def secrets_of(home: Home) -> Secrets:
    """Read the secrets of a portal; what is not there yet is made and kept."""
    path = home.path / "secrets.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = Secrets(**{one.name: known[one.name] for one in fields(Secrets) if one.name in known})
    if asdict(found) != known:
        write_private(path, json.dumps(asdict(found), indent=2) + "\n")
    return found
