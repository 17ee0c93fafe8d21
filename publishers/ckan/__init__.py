"""The publisher of kind `ckan`: the only room that knows CKAN."""

from __future__ import annotations

from typing import Any

__all__ = ["CkanPublisher"]


def __getattr__(name: str) -> Any:
    """Load the publisher when it is first asked for: its parts are used without it, and it brings the whole client."""
    if name == "CkanPublisher":
        from .publisher import CkanPublisher

        return CkanPublisher
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
