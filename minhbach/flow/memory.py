"""Remembers which inputs a stage has answered already, so that a run that finds nothing new costs next to nothing.

A stage is a pure function of its inputs: landed records, declarations, code, earlier releases. The memory holds their
hash; whatever it says, what is sealed stays sealed, and losing it costs time alone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import minhbach
import publishers

from ..core import jsonfile
from ..core.errors import SealBroken

if TYPE_CHECKING:
    from ..core.periods import Period
    from .house import House


def is_done(house: House, stage: str, subject: str, inputs: str) -> bool:
    """Tell whether a stage answered exactly these inputs."""
    path = _path(house, stage, subject)
    try:
        return path.exists() and bool(jsonfile.read(path, "done")["inputs"] == inputs)
    except SealBroken:  # a memory that cannot be read is none
        return False


def remember(house: House, stage: str, subject: str, inputs: str) -> None:
    """Remember that a stage answered these inputs, with this outcome."""
    jsonfile.write(_path(house, stage, subject), "done", {"stage": stage, "subject": subject, "inputs": inputs})


def inputs_of_period(house: House, period: Period) -> str:
    """Hash what the marts of a period are made of, the rules they are judged by, the declarations and the engine."""
    from ..shape.result import read_result

    files = [house.warehouse.current_for(one) for one in (period, period.previous)]
    runs = [result.inputs_sha256 if (result := read_result(file)) else "" for file in files if file]
    folders = ("catalog", "expectations")
    declared = {
        path.relative_to(house.catalog.root).as_posix(): jsonfile.file_sha256(path)
        for folder in folders
        for path in sorted((house.catalog.root / folder).rglob("*"))
        if path.is_file()
    }
    return jsonfile.digest([runs, declared, engine_sha256()])


@lru_cache(maxsize=1)
def engine_sha256() -> str:
    """Hash the engine's own files: another engine may answer the same inputs differently."""
    roots = [Path(module.__file__ or "").parent for module in (minhbach, publishers)]
    return jsonfile.digest(
        {
            f"{root.name}/{path.relative_to(root).as_posix()}": jsonfile.file_sha256(path)
            for root in roots
            for path in sorted(root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }
    )


def _path(house: House, stage: str, subject: str) -> Path:
    return house.lake.root / "done" / stage / f"{subject}.json"
