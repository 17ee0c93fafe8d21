"""The protector: which cells must be hidden so that nobody computes a small one; knows nothing of the attacker."""

from __future__ import annotations

from .engine import Protection, protect
from .explain import explain

__all__ = ["Protection", "explain", "protect"]
