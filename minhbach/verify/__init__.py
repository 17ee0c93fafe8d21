"""Anyone checks a download: files, hashes, signature, rows, receipt. Needs the slim install and no project folder."""

from __future__ import annotations

from .checking import Report, verify

__all__ = ["Report", "verify"]
