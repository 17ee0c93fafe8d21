"""Checks `expectations/` without data and without importing Great Expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import DeclarationError, Problem
from .declared import declared_rules
from .derived import columns_at

if TYPE_CHECKING:
    from ..core.catalog import Catalog


def check_expectations(catalog: Catalog) -> list[Problem]:
    """Return every problem of every file of expectations: form, columns that exist, ids that are unique."""
    problems: list[Problem] = []
    for dataset in catalog.datasets.values():
        file = f"expectations/{dataset.name}.yml"
        for gate in ("mart", "release"):
            try:
                rules = declared_rules(catalog, dataset, gate)
            except DeclarationError as error:
                problems += error.problems
                break
            names = [rule.id for rule in rules]
            problems += [
                Problem(file, name, "the id twice", "every id once")
                for name in {n for n in names if names.count(n) > 1}
            ]
            for rule in rules:
                column = rule.arguments.get("column")
                if column and column not in columns_at(dataset, gate):
                    problems.append(
                        Problem(file, rule.id, f'"{column}"', f"a column of the dataset at the {gate} gate")
                    )
    return problems
