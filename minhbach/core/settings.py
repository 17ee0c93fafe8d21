"""Where things are and which keys hold: read from the environment when asked, never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError

PREFIX = "MINHBACH_"
SECRETS = ("PSEUDONYM_KEY", "LANDING_KEY", "SIGNING_KEY")
MODES = ("demo", "rehearsal", "production")


@dataclass(frozen=True)
class Settings:
    """Places and mode of one house; keys are read by `core.keys` when they are needed."""

    project: Path
    lake: Path
    warehouse: Path
    ledger: str
    engine: str
    mode: str

    @classmethod
    def read(cls, project: Path) -> Settings:
        """Read MINHBACH_LAKE, _WAREHOUSE, _LEDGER, _ENGINE and _MODE; everything defaults to `<project>/var`.

        Raises:
            UsageError: the mode or the engine is none of the known ones.

        """
        lake = Path(_env("LAKE") or project / "var" / "lake").absolute()
        warehouse = Path(_env("WAREHOUSE") or lake.parent / "warehouse").absolute()
        ledger = _env("LEDGER") or f"sqlite:///{lake.parent / 'ledger.sqlite'}"
        engine, mode = _env("ENGINE") or "duckdb", _env("MODE") or "rehearsal"
        if engine != "duckdb":
            raise UsageError(f'MINHBACH_ENGINE: found "{engine}", expected duckdb (spark is not built yet).')
        if mode not in MODES:
            raise UsageError(f'MINHBACH_MODE: found "{mode}", expected one of {", ".join(MODES)}.')
        return cls(project.absolute(), lake, warehouse, ledger, engine, mode)

    def environment(self) -> dict[str, str]:
        """Give the settings as environment variables, for a child process that must see the same house."""
        return {
            f"{PREFIX}PROJECT": str(self.project),
            f"{PREFIX}LAKE": str(self.lake),
            f"{PREFIX}WAREHOUSE": str(self.warehouse),
            f"{PREFIX}LEDGER": self.ledger,
            f"{PREFIX}ENGINE": self.engine,
            f"{PREFIX}MODE": self.mode,
        }


def find_project(given: Path | None = None) -> Path:
    """Find the project folder: the one given, MINHBACH_PROJECT, or the nearest parent that holds `catalog/`.

    Raises:
        UsageError: there is none.

    """
    if named := given or (Path(value) if (value := _env("PROJECT")) else None):
        if not (named / "catalog").is_dir():
            raise UsageError(f"{named}: found no catalog/ in it, expected a project folder; `minhbach init` makes one.")
        return named.absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "catalog").is_dir():
            return folder
    raise UsageError(
        f"{here}: found no catalog/ here or above, expected a project folder; give one with --project DIR."
    )


def _env(name: str) -> str | None:
    return os.environ.get(PREFIX + name) or None
