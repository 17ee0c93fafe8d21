"""How a portal is reached: address and secrets, from the environment alone. Knows no kind of portal.

`MINHBACH_PORTAL_<NAME>_<WHAT>` holds a value, `MINHBACH_PORTAL_<NAME>_<WHAT>_FILE` names a file that holds it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UsageError


@dataclass(frozen=True)
class PortalAccess:
    """What opens one portal; whatever is secret in it is never shown."""

    name: str
    url: str | None
    """Where this machine asks instead of at the declared address; pages and receipts name the declared one."""
    token: str | None = field(repr=False)
    """Of the publishing account."""
    admin_token: str | None = field(repr=False)
    """Of an administrator: audits and the last steps of a withdrawal."""
    datastore_url: str | None = field(repr=False)
    """Write role of the portal's own database of tables, as a libpq address."""
    storage: Path | None
    """Folder of the portal's uploaded files, where this machine can see it."""

    def needed(self, what: str) -> str:
        """Return a value that must be there.

        Raises:
            UsageError: it is not given; names the variable.

        """
        value = getattr(self, what)
        if not value:
            variable = _variable(self.name, what)
            raise UsageError(f"{variable}: found nothing, expected the portal's {what} (or {variable}_FILE).")
        return str(value)


def access(name: str) -> PortalAccess:
    """Read how a portal is reached.

    Raises:
        UsageError: a file that a variable names cannot be read.

    """
    storage = _given(name, "storage")
    return PortalAccess(
        name=name,
        url=_given(name, "url"),
        token=_given(name, "token"),
        admin_token=_given(name, "admin_token"),
        datastore_url=_given(name, "datastore_url"),
        storage=Path(storage) if storage else None,
    )


def _given(name: str, what: str) -> str | None:
    variable = _variable(name, what)
    if value := os.environ.get(variable):
        return value
    file = os.environ.get(f"{variable}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{variable}_FILE: found no readable file at {file}, expected one with the value.") from error


def _variable(name: str, what: str) -> str:
    return f"MINHBACH_PORTAL_{name.upper()}_{what.upper()}"
