"""The static site: the embedded portal, the archive that outlives any server, the place where a receipt is checked."""

from __future__ import annotations

from .publisher import SitePublisher
from .server import serve

__all__ = ["SitePublisher", "serve"]
