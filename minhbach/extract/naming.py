"""Names extracts: the instant and eight hex digits of the content."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from ..core import clock

if TYPE_CHECKING:
    from ..core.keys import Secret


def named(key: Secret, content: bytes) -> str:
    """Return an extract's id; the digits are keyed, so that nobody can try out what a small extract holds."""
    digest = hmac.new(key.value, content, hashlib.sha256).hexdigest()
    return f"{clock.now().strftime('%Y%m%dT%H%M%S')}-{digest[:8]}"
