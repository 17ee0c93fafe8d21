"""The runs of a warehouse: what identifies one, keeping a finished file, clearing away what nobody points to."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Any

from ..core import clock, jsonfile
from ..core.catalog.fingerprint import declaration_sha256
from ..core.errors import StorageFailed
from .reference import period_row
from .result import DefectCount, read_result
from .workfolder import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..core.catalog import Catalog
    from ..core.lake import Warehouse
    from ..core.periods import Period

KEPT = 3
"""Runs kept that no period points to any more: somebody may still compare with them."""
CODE = {".sql", ".yml", ".csv", ".py"}


def inputs_of(
    catalog: Catalog,
    period: Period,
    frozen: Mapping[str, Mapping[str, Sequence[str]]],
    names: Sequence[str],
    base: Path | None,
) -> str:
    """Return the hash of everything that a run depends on."""
    before = read_result(base) if base else None
    return jsonfile.digest(
        {
            "period": {key: str(value) for key, value in period_row(catalog, period).items()},
            "frozen": {agency: {t: sorted(ids) for t, ids in tables.items()} for agency, tables in frozen.items()},
            "datasets": {name: declaration_sha256(catalog.datasets[name]) for name in names},
            "codes": catalog.codes,
            "calendar": {str(day): worked for day, worked in catalog.calendar.exceptions.items()},
            "code": _code_sha256(catalog.root / "dbt_project", PACKAGE.parent),
            "base": before.inputs_sha256 if before else None,
        }
    )


def new_run_id(warehouse: Warehouse, inputs: str) -> str:
    """Return a run id that no file of the warehouse has had: UTC time and the inputs' hash."""
    stem = f"{clock.now():%Y%m%dT%H%M%S}-{inputs[:8]}"
    taken = {path.name.split(".")[0] for path in (warehouse.root / "runs").glob("*")}
    number = 1
    while (name := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return name


def keep(built: Path, run_file: Path) -> Path:
    """Move a finished database to its place for good, also across file systems, and make it read-only.

    Raises:
        StorageFailed: the disk is full.

    """
    if built.with_suffix(".duckdb.wal").exists():
        raise StorageFailed(f"{built}: found a write-ahead log beside it, expected a closed file; run again.")
    part = run_file.with_name(f".{run_file.name}.part")
    try:
        run_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if built.stat().st_dev == run_file.parent.stat().st_dev:
            built.chmod(0o400)
            built.replace(run_file)
        else:
            shutil.copyfile(built, part)
            part.chmod(0o400)
            part.replace(run_file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise jsonfile.storage_failed(run_file, error) from error
    jsonfile.sync_folder(run_file.parent)
    return run_file


def sweep(warehouse: Warehouse) -> None:
    """Remove what killed runs left and, but for the newest few, runs that no period points to."""
    folder = warehouse.root / "runs"
    pointed = (
        set(jsonfile.read(warehouse.pointer, "warehouse")["periods"].values()) if warehouse.pointer.exists() else set()
    )
    for part in folder.glob(".*"):
        part.unlink()
    files = sorted((path for path in folder.glob("*.duckdb") if path.stem not in pointed), key=lambda path: path.stem)
    told = [path for path in files if path.with_suffix(".json").exists()]
    for path in {*files} - {*told[-KEPT:]}:
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink()


def counts(
    file: Path, period: Period, names: Sequence[str], defects: str
) -> tuple[dict[str, int], tuple[DefectCount, ...]]:
    """Count what a run holds of a period: rows per mart, records per defect."""
    import duckdb

    with duckdb.connect(str(file), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        rows = {name: _one(connection, name, period) for name in names}
        if defects not in tables:
            return rows, ()
        columns = "ky_bao_cao, nguon, ma_loi, so_phan, so_luong"
        counting = f"select {columns} from {defects} where ky_bao_cao = ? order by all"  # noqa: S608  a constant name
        found = connection.execute(counting, [str(period)]).fetchall()
    return rows, tuple(DefectCount(*row) for row in found)


def _one(connection: Any, mart: str, period: Period) -> int:
    columns = connection.execute(f"select * from {mart} limit 0").description  # noqa: S608  a declared stem
    first = columns[0][0]
    return int(connection.execute(f'select count(*) from {mart} where "{first}" = ?', [str(period)]).fetchone()[0])  # noqa: S608


def _code_sha256(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if (
                path.suffix in CODE
                and path.is_file()
                and not {"target", "logs", "dbt_packages", "__pycache__"} & set(parts)
            ):
                digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
