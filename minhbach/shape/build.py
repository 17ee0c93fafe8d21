"""Builds the marts of one period: assembles dbt's folder, runs it, keeps the file, moves the pointer.

A run is a function of the frozen extracts, the declarations, the code and the run of the period before it: with
the same inputs the earlier run is returned. Killed at any point, the pointer still names a whole file.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..core.errors import UsageError
from ..core.lake import Lake, Warehouse
from ..core.periods import Period
from .result import BuildResult, read_result
from .runs import counts, inputs_of, keep, new_run_id, sweep
from .static import reads_its_past
from .workfolder import WorkFolder, modelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..core.catalog import Catalog
    from ..core.settings import Settings

DEFECT_COUNTS = "int_dem_loi"
"""The model in which a project counts its defects: period, supplier, defect, fate, count. A project may have none."""


def build(
    catalog: Catalog,
    settings: Settings,
    *,
    period: Period | str,
    frozen: Mapping[str, Mapping[str, Sequence[str]]],
    datasets: Sequence[str] | None = None,
) -> BuildResult:
    """Build the marts of a period (all, or those of `datasets`) from exactly the frozen extracts (agency, table, ids).

    Raises:
        UsageError: a dataset is not declared or has no mart, or the period before this one was never built.
        DeclarationError: a model does not run, or a mart has other columns than its dataset declares.
        VerdictFailed: an identity of a mart does not hold.
        UnreadableFile: a frozen extract is not in the lake.
        StorageFailed: the disk is full.

    """
    started = time.monotonic()
    period = Period.parse(period, catalog.project.regime) if isinstance(period, str) else period
    warehouse, work = Warehouse(settings.warehouse), WorkFolder(settings.lake.parent / "work" / "dbt")
    done = read_result(current) if (current := warehouse.current_for(period)) else None
    names = _chosen(catalog, datasets, done)
    base = _base(catalog, warehouse, period)
    inputs = inputs_of(catalog, period, frozen, names, base)
    if done is not None and done.inputs_sha256 == inputs:
        return done
    with work.claimed():
        sweep(warehouse)
        work.assemble(catalog, Lake(settings.lake), period, frozen)
        work.start_from(base)
        seconds_of = _run(catalog, work, names)
        file = keep(work.database, warehouse.run_file(new_run_id(warehouse, inputs)))
        rows, defects = counts(file, period, names, DEFECT_COUNTS)
        seconds = round(time.monotonic() - started, 3)
        result = BuildResult(file.stem, str(period), inputs, file, rows, defects, seconds, seconds_of)
        result.write()
        warehouse.point_to(result.run_id, period)
    return result


def _run(catalog: Catalog, work: WorkFolder, names: Sequence[str]) -> dict[str, float]:
    from .runner import run_dbt

    counting = [DEFECT_COUNTS] if list((catalog.root / "dbt_project").rglob(f"{DEFECT_COUNTS}.sql")) else []
    results = run_dbt(
        work,
        [
            "build",
            "--select",
            *(f"+{name}" for name in [*names, *counting]),
            "--exclude-resource-type",
            "unit_test",
            "--indirect-selection",
            "buildable",
        ],
    )
    return {result.node.name: round(result.execution_time, 3) for result in results}


def _chosen(catalog: Catalog, datasets: Sequence[str] | None, done: BuildResult | None) -> list[str]:
    """Return the marts to build: those asked for and, so that none is lost, those the period's run already holds."""
    known = modelled(catalog)
    for name in datasets or ():
        catalog.dataset(name)
        if name not in known:
            raise UsageError(
                f"dbt_project/models/marts/{name}.sql: found no such model, expected the mart of the dataset; write it."
            )
    held = set(done.rows) & set(known) if done else set()
    names = sorted(set(datasets) | held) if datasets else known
    if not names:
        raise UsageError(f"{catalog.root / 'dbt_project'}: found no mart of a declared dataset, expected at least one.")
    return names


def _base(catalog: Catalog, warehouse: Warehouse, period: Period) -> Path | None:
    """Return the file to start from: that of the period before, whose books are carried over."""
    before = warehouse.current_for(period.previous)
    if before is not None and before.exists():
        return before
    is_first = str(period) == catalog.project.first_period
    if not is_first and reads_its_past(catalog.root):
        raise UsageError(
            f"build --period {period}: found no run of {period.previous} in {warehouse.root}, expected its book to "
            f"carry over; build {period.previous} first."
        )
    return None
