"""Provinces that walked the whole line once, for all tests of this room; a test that breaks something copies one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.line.demo import Shown, show
from tests.line.rehearsal import PERIODS, Rehearsal, new_seed, shared

if TYPE_CHECKING:
    from pathlib import Path


def new_province(project: Path, factory: pytest.TempPathFactory, dossiers: int) -> Rehearsal:
    seed = new_seed()
    return Rehearsal.new(project, factory.mktemp(f"seed_{seed}_"), dossiers=dossiers, seed=seed)


@pytest.fixture(scope="session")
def first(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give the first quarter of 600 dossiers, published; copy it to go on."""
    return shared("first", lambda: new_province(project, tmp_path_factory, 600).walk(PERIODS[0]))


@pytest.fixture(scope="session")
def small(first: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 600 dossiers, published."""
    folder = tmp_path_factory.mktemp(f"seed_{first.seed}_")
    return shared("small", lambda: first.copy(folder).walk(PERIODS[1]))


@pytest.fixture(scope="session")
def line(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 6,000 dossiers, published."""
    return shared("line", new_province(project, tmp_path_factory, 6_000).walk)


@pytest.fixture(scope="session")
def large(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Give both quarters of 150,000 dossiers, sealed and planned but not published."""
    rehearsal = new_province(project, tmp_path_factory, 150_000)
    for period in PERIODS:
        rehearsal.extract(period)
        rehearsal.prepare(period)
    return rehearsal


@pytest.fixture(scope="session")
def shown(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Give what the real `minhbach demo` left at 600 dossiers a quarter."""
    done = show(project, tmp_path_factory.mktemp("demo"))
    assert done.first.returncode == 0, done.first.stderr[-3000:]
    return done


@pytest.fixture
def house(small: Rehearsal, tmp_path: Path) -> Rehearsal:
    """Give a copy of the small one that a test may break."""
    return small.copy(tmp_path / "house")
