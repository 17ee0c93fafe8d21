"""What a build leaves behind: the run, its file, its counts. Knows no dbt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..core import jsonfile

if TYPE_CHECKING:
    from pathlib import Path

KIND = "run"


@dataclass(frozen=True)
class DefectCount:
    """How many records of one supplier met one defect in one period, and what became of them."""

    period: str
    supplier: str
    defect: str
    fate: str
    count: int


@dataclass(frozen=True)
class BuildResult:
    """One run of dbt, or the earlier run that already answers to the same inputs."""

    run_id: str
    period: str
    inputs_sha256: str
    file: Path
    rows: dict[str, int]
    """Mart → rows of this period."""
    defects: tuple[DefectCount, ...]
    seconds: float
    models: dict[str, float]
    """Model → seconds it took."""
    reused: bool = False

    def write(self) -> None:
        """Write the account of the run beside its file."""
        document = {key: value for key, value in asdict(self).items() if key not in {"file", "reused"}}
        jsonfile.write(self.file.with_suffix(".json"), KIND, document)


def read_result(file: Path) -> BuildResult | None:
    """Read the account of a run back, or nothing where there is none."""
    account = file.with_suffix(".json")
    if not account.exists() or not file.exists():
        return None
    document: dict[str, Any] = jsonfile.read(account, KIND)
    document.pop("schema")
    defects = tuple(DefectCount(**entry) for entry in document.pop("defects"))
    return BuildResult(**document, file=file, defects=defects, reused=True)
