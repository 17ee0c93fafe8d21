"""The house of the command's tests is one that walked the line; the fixtures are those of that room."""

from __future__ import annotations

from tests.line.conftest import first, small

__all__ = ["first", "small"]
