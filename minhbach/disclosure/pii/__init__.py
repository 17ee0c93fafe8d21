"""The scan: no identifier of a person in any text of the bytes that go out."""

from __future__ import annotations

from .scan import Finding, Findings, Scanner, scan

__all__ = ["Finding", "Findings", "Scanner", "scan"]
