"""The one clock of the house. `MINHBACH_NOW` moves it for rehearsals; in production that is refused."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from .errors import UsageError


def now() -> datetime:
    """Return the present instant, aware, in UTC, to the second.

    Raises:
        UsageError: MINHBACH_NOW is set in production mode, or is no ISO 8601 instant with an offset.

    """
    moved = os.environ.get("MINHBACH_NOW")
    if not moved:
        return datetime.now(UTC).replace(microsecond=0)
    if os.environ.get("MINHBACH_MODE") == "production":
        raise UsageError("MINHBACH_NOW is set while MINHBACH_MODE is production: a production clock is never moved.")
    try:
        instant = datetime.fromisoformat(moved)
    except ValueError:
        instant = datetime.min  # noqa: DTZ901  a marker without zone, refused just below
    if instant.tzinfo is None:
        raise UsageError(f'MINHBACH_NOW: found "{moved}", expected an instant such as 2026-06-16T10:00:00+00:00.')
    return instant.astimezone(UTC).replace(microsecond=0)


def is_moved() -> bool:
    """Tell whether the clock is moved, so that the ledger can say so."""
    return bool(os.environ.get("MINHBACH_NOW"))


def stamp(instant: datetime) -> str:
    """Write an instant as the files of the house do: 2026-06-16T10:00:00Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
