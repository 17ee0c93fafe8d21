"""A small house of its own for every test of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.release.small import House, open_small

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def small(house: Path) -> House:
    """Give the small project, with the environment of `house`."""
    return open_small(house.parent)
