"""Where everything lies in the lake, and the manifest that makes an extract exist. Knows paths, not contents."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from . import jsonfile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .periods import Period

MANIFEST = ".manifest.json"
CORRECTION = "correction"
"""The origin of an extract that was handed in as a file of corrections."""
REVISION = re.compile(r"r[1-9][0-9]*")


@dataclass(frozen=True)
class Manifest:
    """What one extract of one table received and what became of it; written last: the extract exists by it.

    Always: `received = landed + sum(quarantined.values()) + waived`. `replayed` of the received records came out of the
    quarantine of `origin` (an extract id) and are counted there as quarantined no more. Of a correction, whose origin
    is the word `correction`, they took the place of records that waited, in whichever extract.
    """

    agency: str
    table: str
    extract_id: str
    received: int
    landed: int
    quarantined: dict[str, int]
    sha256: str
    contract_hash: str
    landed_at: str
    waived: int = 0
    replayed: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    origin: str | None = None
    cursor_from: str | None = None
    cursor_to: str | None = None
    source_time_max: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    """Of delimited files: name → sha256 of what was read."""
    sample: bool = False
    handed_in_by: str | None = None
    """Of a correction: who brought the file."""

    @property
    def balances(self) -> bool:
        """Whether nothing was lost."""
        return self.received == self.landed + sum(self.quarantined.values()) + self.waived


@dataclass(frozen=True)
class Lake:
    """The folder (later: bucket) in which the house keeps what it takes, judges, seals and reports."""

    root: Path

    def landed(self, agency: str, table: str) -> Path:
        """Folder of a table's landed extracts."""
        return self.root / "landed" / agency / table

    def quarantine(self, agency: str, table: str) -> Path:
        """Folder of a table's dead letters, always encrypted."""
        return self.root / "quarantine" / agency / table

    def corrections(self, agency: str, table: str) -> Path:
        """Folder of the files of corrections that were handed in, always encrypted."""
        return self.root / "corrections" / agency / table

    def spool(self, agency: str, table: str) -> Path:
        """Folder of an extract in the making: encrypted pages to resume from."""
        return self.root / "spool" / agency / table

    def release(self, dataset: str, period: Period | str, revision: str) -> Path:
        """Folder of a sealed release."""
        return self.root / "releases" / dataset / str(period) / revision

    def staging(self, publication: str, period: Period | str) -> Path:
        """Folder in which releases are written before they are attacked and sealed."""
        return self.root / "staging" / publication / str(period)

    def revisions(self, dataset: str, period: Period | str) -> list[str]:
        """Sealed revisions of a dataset and period, oldest first."""
        folder = self.root / "releases" / dataset / str(period)
        names = (path.parent.name for path in folder.glob("r*/manifest.json"))
        found = [name for name in names if REVISION.fullmatch(name)]
        return sorted(found, key=lambda name: int(name[1:]))

    def verdict(self, dataset: str, period: Period | str, gate: str) -> Path:
        """File of a verdict (JSON); its page stands beside it with the ending .html."""
        return self.root / "verdicts" / dataset / str(period) / f"{gate}.json"

    def report(self, name: str, period: Period | str) -> Path:
        """File of a private, encrypted report."""
        return self.root / "reports" / str(period) / f"{name}.box"

    def plan(self, publication: str, period: Period | str, plan_hash: str) -> Path:
        """File of a plan."""
        return self.root / "plans" / publication / str(period) / f"{plan_hash}.json"

    def receipt(self, publication: str, period: Period | str, plan_hash: str) -> Path:
        """File of a receipt."""
        return self.root / "receipts" / publication / str(period) / f"{plan_hash}.json"

    def journal(self, publication: str, period: Period | str, plan_hash: str) -> Path:
        """File of the steps that were taken while a plan was applied: a line each, `{at, step}`."""
        return self.root / "journals" / publication / str(period) / f"{plan_hash}.jsonl"

    def parquet(self, manifest: Manifest) -> Path:
        """The landed file of an extract."""
        return self.landed(manifest.agency, manifest.table) / f"{manifest.extract_id}.parquet"

    def write_manifest(self, manifest: Manifest) -> None:
        """Make an extract exist. The landed file and the quarantine must be in place before."""
        if not manifest.balances:
            raise AssertionError(f"{manifest.agency}/{manifest.table}: the balance of {manifest.extract_id} is broken")
        path = self.landed(manifest.agency, manifest.table) / f"{manifest.extract_id}{MANIFEST}"
        jsonfile.write(path, "extract", asdict(manifest))

    def manifests(self, agency: str, table: str) -> list[Manifest]:
        """Every extract of a table that exists, oldest first."""
        return list(self._read(sorted(self.landed(agency, table).glob(f"*{MANIFEST}"))))

    def manifest(self, agency: str, table: str, extract_id: str) -> Manifest:
        """Read one extract's manifest."""
        return next(self._read([self.landed(agency, table) / f"{extract_id}{MANIFEST}"]))

    def _read(self, paths: list[Path]) -> Iterator[Manifest]:
        for path in paths:
            document: dict[str, Any] = jsonfile.read(path, "extract")
            document.pop("schema")
            yield Manifest(**document)


@dataclass(frozen=True)
class Warehouse:
    """Immutable DuckDB files, one a run, and the pointer to the current one. dbt is the only writer of a file.

    A file name is never used twice, and readers resolve the pointer before each connection, so that an engineer's
    read-only session neither blocks a run nor is blocked by one.
    """

    root: Path

    @property
    def pointer(self) -> Path:
        """The file that names the current run."""
        return self.root / "current.json"

    def run_file(self, run_id: str) -> Path:
        """The DuckDB file of a run."""
        return self.root / "runs" / f"{run_id}.duckdb"

    def current(self) -> Path | None:
        """Return the current DuckDB file, or nothing before the first run."""
        if not self.pointer.exists():
            return None
        return self.run_file(jsonfile.read(self.pointer, "warehouse")["run_id"])

    def current_for(self, period: Period | str) -> Path | None:
        """Return the newest DuckDB file that was built for a period."""
        if not self.pointer.exists():
            return None
        runs = jsonfile.read(self.pointer, "warehouse")["periods"]
        return self.run_file(runs[str(period)]) if str(period) in runs else None

    def point_to(self, run_id: str, period: Period | str) -> None:
        """Move the pointer, atomically; it remembers the run of every period."""
        periods = jsonfile.read(self.pointer, "warehouse")["periods"] if self.pointer.exists() else {}
        jsonfile.write(self.pointer, "warehouse", {"run_id": run_id, "periods": {**periods, str(period): run_id}})
