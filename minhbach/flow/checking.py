"""Validates all that can be known without data: declarations, models, rules of judgement, and that they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.catalog import load_catalog
from ..core.catalog.checks import check_catalog
from ..core.errors import DeclarationError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..core.catalog import Catalog

SEE = "docs/add-a-dataset.md"


def check(project: Path) -> dict[str, int]:
    """Check a project folder and count what was checked.

    Raises:
        DeclarationError: anything is wrong; holds every problem of every file.

    """
    from ..extract.check import problems as contract_problems
    from ..judge.check import check_expectations
    from ..shape.static import lineage

    catalog = load_catalog(project)
    models = lineage(project)
    problems = [
        *check_catalog(catalog),
        *contract_problems(catalog),
        *check_expectations(catalog),
        *_stems(catalog, set(models)),
        *_marts(catalog),
    ]
    if problems:
        raise DeclarationError(problems)
    return {
        "agencies": len(catalog.agencies),
        "tables": sum(len(agency.tables) for agency in catalog.agencies.values()),
        "datasets": len(catalog.datasets),
        "columns": sum(len(dataset.columns) for dataset in catalog.datasets.values()),
        "publications": len(catalog.publications),
        "models": len(models),
    }


def _stems(catalog: Catalog, models: set[str]) -> Iterator[Problem]:
    """One name everywhere: a dataset has a mart, a mart has a dataset, a file of expectations has a dataset."""
    marts = {path.stem for path in (catalog.root / "dbt_project" / "models" / "marts").rglob("*.sql")}
    for name in catalog.datasets:
        if name not in models & marts:
            expected = f"dbt_project/models/marts/{name}.sql"
            yield Problem(f"catalog/datasets/{name}.yml", "", "no mart of that name", expected, SEE)
    for name in sorted(marts - set(catalog.datasets)):
        file = f"dbt_project/models/marts/{name}.sql"
        yield Problem(file, "", "a mart that nobody declared", f"catalog/datasets/{name}.yml", SEE)
    for path in sorted((catalog.root / "expectations").glob("*.yml")):
        if path.stem not in catalog.datasets:
            expected = f"catalog/datasets/{path.stem}.yml"
            yield Problem(f"expectations/{path.name}", "", "expectations of an unknown dataset", expected, SEE)


def _marts(catalog: Catalog) -> Iterator[Problem]:
    """A mart has the declared columns in order, and reads the declared agencies and no other."""
    from ..shape.static import agencies_behind, mart_columns

    for name, dataset in catalog.datasets.items():
        file = f"dbt_project/models/marts/{name}.sql"
        if not (catalog.root / "dbt_project" / "models" / "marts").rglob(f"{name}.sql"):
            continue
        declared = [column.name for column in dataset.columns]
        found = mart_columns(catalog.root, name)
        for column in found:
            if column not in declared:
                yield Problem(file, column, "a column that nobody declared", f"it in catalog/datasets/{name}.yml", SEE)
        for column in declared:
            if column not in found:
                yield Problem(file, column, "no such column", "every column that the dataset declares", SEE)
        reads = agencies_behind(catalog.root, name)
        if reads != set(dataset.inputs):
            where = f"catalog/datasets/{name}.yml"
            yield Problem(where, "inputs", ", ".join(sorted(dataset.inputs)), ", ".join(sorted(reads)), SEE)
