"""One pretend province for all tests of this room: landed and built once, both quarters."""

from __future__ import annotations

import os
import random
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.settings import Settings
from minhbach.sandbox import generate
from minhbach.shape import build
from minhbach.shape.workfolder import WorkFolder
from tests.shape.province import land_province

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minhbach.core.catalog import Catalog
    from minhbach.shape import BuildResult


@dataclass(frozen=True)
class Built:
    """A province that went through both quarters."""

    sandbox: Path
    settings: Settings
    frozen: dict[str, dict[str, dict[str, list[str]]]]
    runs: dict[str, BuildResult]
    seed: int

    @property
    def work(self) -> WorkFolder:
        return WorkFolder(self.settings.lake.parent / "work" / "dbt")


@contextmanager
def environment(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
            patch.delenv(name)
        patch.setenv("MINHBACH_LAKE", str(folder / "lake"))
        yield


@pytest.fixture(scope="session")
def catalog(project: Path) -> Catalog:
    return load_catalog(project)


def built_province(catalog: Catalog, factory: pytest.TempPathFactory, *, dossiers: int) -> Built:
    """Build a province of a seed chosen anew; the seed is in the folder's name."""
    seed = random.SystemRandom().randrange(1, 10**6)
    folder = factory.mktemp(f"province_{dossiers}_{seed}_")
    generate(catalog.root, seed=seed, dossiers=dossiers, out=folder / "sandbox")
    frozen = land_province(catalog, folder / "sandbox", folder / "lake")
    with environment(folder):
        settings = Settings.read(catalog.root)
    runs = {name: build(catalog, settings, period=name, frozen=extracts) for name, extracts in frozen.items()}
    return Built(folder / "sandbox", settings, frozen, runs, seed)


@pytest.fixture(scope="session")
def built(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Give a province of 600 dossiers a quarter."""
    return built_province(catalog, tmp_path_factory, dossiers=600)


@pytest.fixture
def project_copy(catalog: Catalog, tmp_path: Path) -> Path:
    """Give a copy of the project folder that a test may break."""
    for name in ("catalog", "dbt_project"):
        shutil.copytree(
            catalog.root / name, tmp_path / "project" / name, ignore=shutil.ignore_patterns("target", "logs")
        )
    return tmp_path / "project"
