"""Names extracts: the instant and eight hex digits of the content; a later extract of a table has a later name."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..core import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.keys import Secret
    from ..core.lake import Manifest

STAMP = "%Y%m%dT%H%M%S"


def named(key: Secret, content: bytes, earlier: Sequence[Manifest]) -> str:
    """Return an extract's id; the digits are keyed, so that nobody can try out what a small extract holds.

    Two extracts within one second would sort by chance: the later one takes the next second.
    """
    stamp = clock.now().strftime(STAMP)
    last = max((manifest.extract_id.partition("-")[0] for manifest in earlier), default="")
    if stamp <= last:
        stamp = (datetime.strptime(last, STAMP) + timedelta(seconds=1)).strftime(STAMP)  # noqa: DTZ007  a name, not a time
    return f"{stamp}-{hmac.new(key.value, content, hashlib.sha256).hexdigest()[:8]}"
