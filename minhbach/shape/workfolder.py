"""Assembles the folder in which dbt works: models, the engine's macros, generated sources, contracts and profile.

The folder keeps its place and its database keeps its name from run to run, because dbt parses everything anew when the
profile changes. Knows where things go; does not run dbt.
"""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import jsonfile
from ..core.errors import OutsideFailed
from .contracts import contracts
from .fates import fates
from .reference import write_reference
from .sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.catalog import Catalog
    from ..core.lake import Lake
    from ..core.periods import Period

PACKAGE = Path(__file__).parent / "dbt"
THREADS = 2
MEMORY = "1GB"
GENERATED = {Path("models/_sources.yml"), Path("models/_contracts.yml"), Path("tests/fixtures/lich.sql")}
PRIVATE = 0o700


@dataclass(frozen=True)
class WorkFolder:
    """`<lake>/../work/dbt`: private, because dbt's log and compiled files speak of row-level data."""

    root: Path

    @property
    def project(self) -> Path:
        """The dbt project as dbt sees it; an engineer runs dbt by hand here."""
        return self.root / "project"

    @property
    def database(self) -> Path:
        """The DuckDB file that dbt writes."""
        return self.root / "kho.duckdb"

    @property
    def scratch(self) -> Path:
        """The DuckDB file of what only this build needs: staging and most of what is between; it is known as `tam`."""
        return self.root / "tam.duckdb"

    @property
    def reference(self) -> Path:
        """Parquet files of the period, the calendar, the code lists, and empty ones of waived agencies."""
        return self.root / "reference"

    @property
    def logs(self) -> Path:
        """Dbt's own log."""
        return self.root / "logs"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for one build at a time.

        Raises:
            OutsideFailed: another build is at work in it.

        """
        self.root.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        self.root.chmod(PRIVATE)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutsideFailed(
                    f"{self.root}: found another build at work here, expected none; wait for it."
                ) from error
            yield

    def assemble(
        self, catalog: Catalog, lake: Lake, period: Period, frozen: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> None:
        """Lay out everything that dbt reads.

        Raises:
            UnreadableFile: a frozen extract is gone.
            StorageFailed: the disk is full.

        """
        try:
            self._lay_out(catalog, lake, period, frozen)
        except OSError as error:
            raise jsonfile.storage_failed(self.root, error) from error

    def _lay_out(
        self, catalog: Catalog, lake: Lake, period: Period, frozen: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> None:
        reference = write_reference(catalog, period, fates(catalog), self.reference)
        _mirror(catalog.root / "dbt_project", self.project)
        _mirror(PACKAGE, self.project / "dbt_packages" / "minhbach")
        generated = sources(catalog, lake, frozen, self.reference, reference)
        _yaml(self.project / "models" / "_sources.yml", generated)
        _yaml(self.project / "models" / "_contracts.yml", contracts(catalog, modelled(catalog)))
        _yaml(self.project / "profiles.yml", self._profile())
        self._fixtures()

    def start_from(self, earlier: Path | None) -> None:
        """Begin with a copy of an earlier run's file, or with none."""
        for file in (self.database, self.scratch):
            file.unlink(missing_ok=True)
            file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        if earlier is not None:
            try:
                shutil.copyfile(earlier, self.database)
            except OSError as error:
                raise jsonfile.storage_failed(self.database, error) from error

    def _profile(self) -> dict[str, Any]:
        output = {
            "type": "duckdb",
            "path": str(self.database),
            "schema": "main",
            "attach": [{"path": str(self.scratch), "alias": "tam"}],
            "threads": THREADS,
            "config_options": {"autoinstall_known_extensions": False, "autoload_known_extensions": False},
            "settings": {
                "threads": THREADS,
                "memory_limit": MEMORY,
                "temp_directory": str(self.root / "spill"),
                "preserve_insertion_order": False,
            },
        }
        return {"minhbach": {"target": "kho", "outputs": {"kho": output}}}

    def _fixtures(self) -> None:
        """Write fixtures that unit tests share: the whole working-day calendar, as SQL over the generated table."""
        folder = self.project / "tests" / "fixtures"
        folder.mkdir(parents=True, exist_ok=True)
        calendar = f"'{self.reference / 'lich.parquet'}'"
        _text(folder / "lich.sql", f"select * from read_parquet({calendar})\n")  # noqa: S608  a path of ours


def modelled(catalog: Catalog) -> list[str]:
    """Return the datasets that have a mart in the project."""
    marts = catalog.root / "dbt_project" / "models" / "marts"
    return [name for name in sorted(catalog.datasets) if (marts / f"{name}.sql").exists()]


def _mirror(source: Path, target: Path) -> None:
    """Make target hold the files of source and nothing else but what dbt and the build put beside them."""
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    wanted = {path for path in wanted if not {"target", "logs", "dbt_packages", ".git"} & set(path.parts)}
    for folder in ("models", "tests", "macros"):
        for path in (target / folder).rglob("*"):
            if path.is_file() and path.relative_to(target) not in wanted | GENERATED:
                path.unlink()
    for path in sorted(wanted):
        _copy(source / path, target / path)


def _copy(source: Path, target: Path) -> None:
    content = source.read_bytes()
    if not target.exists() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _yaml(path: Path, document: dict[str, Any]) -> None:
    import yaml

    _text(path, yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000))


def _text(path: Path, content: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
