"""Provinces that walked the whole line once, for all tests of this room; a test that breaks something copies one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.line.rehearsal import PERIODS, Rehearsal, new_seed

if TYPE_CHECKING:
    from pathlib import Path


def walked(project: Path, factory: pytest.TempPathFactory, dossiers: int) -> Rehearsal:
    seed = new_seed()
    return Rehearsal.new(project, factory.mktemp(f"seed_{seed}_"), dossiers=dossiers, seed=seed).walk()


@pytest.fixture(scope="session")
def small(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 600 dossiers, published."""
    return walked(project, tmp_path_factory, 600)


@pytest.fixture(scope="session")
def line(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 6,000 dossiers, published."""
    return walked(project, tmp_path_factory, 6_000)


@pytest.fixture(scope="session")
def large(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 150,000 dossiers, sealed and planned but not published."""
    seed = new_seed()
    rehearsal = Rehearsal.new(project, tmp_path_factory.mktemp(f"seed_{seed}_"), dossiers=150_000, seed=seed)
    for period in PERIODS:
        rehearsal.extract(period)
        rehearsal.prepare(period)
    return rehearsal


@pytest.fixture
def house(small: Rehearsal, tmp_path: Path) -> Rehearsal:
    """Give a copy of the small one that a test may break."""
    return small.copy(tmp_path / "house")


@pytest.fixture
def chance() -> random.Random:
    """Give seeded chance."""
    return random.Random(20261101)
