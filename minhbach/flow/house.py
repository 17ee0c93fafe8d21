"""Opens a house: the catalog, the settings and the places they name. Every stage is handed one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import minhbach

from ..core.catalog import Catalog, Publication, load_catalog
from ..core.lake import Lake, Warehouse
from ..core.ledger import Ledger
from ..core.periods import Period
from ..core.settings import Settings, find_project


@dataclass(frozen=True)
class House:
    """One project folder with its lake, warehouse and ledger."""

    catalog: Catalog
    settings: Settings

    @property
    def lake(self) -> Lake:
        """Where everything taken, judged and sealed lies."""
        return Lake(self.settings.lake)

    @property
    def warehouse(self) -> Warehouse:
        """The DuckDB files of the runs."""
        return Warehouse(self.settings.warehouse)

    @cached_property
    def ledger(self) -> Ledger:
        """The record of everything frozen, released, approved and published."""
        return Ledger(self.settings.ledger)

    def period(self, name: str, publication: Publication) -> Period:
        """Read a period's name in the publication's regime. Raises UsageError."""
        return Period.parse(name, publication.calendar.regime)


def open_house(project: Path | None = None) -> House:
    """Open the house of a project folder (default: MINHBACH_PROJECT or the nearest parent with `catalog/`).

    Raises:
        UsageError: there is no project folder, or a setting is wrong.
        DeclarationError: a declaration is wrong; holds every problem.

    """
    root = find_project(project)
    return House(load_catalog(root), Settings.read(root))


def code_version() -> str:
    """Return the engine's version, with the commit it was taken from where that is known."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        found = subprocess.run(git, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return minhbach.__version__
    return f"{minhbach.__version__}+{found.stdout.strip()}"
