"""Reads `expectations/<dataset>.yml`: rules of one dataset that its declaration cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from ..core.catalog.base import Declared, Stem, Text
from ..core.catalog.problems import from_validation
from ..core.errors import DeclarationError, Problem
from .rules import Rule, violating

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.catalog import Dataset
    from .derived import Gate


class Expected(Declared):
    """One rule: either a condition that no row may meet, or one of Great Expectations' own by its class name."""

    id: Stem
    about: Text
    severity: Literal["critical", "warning", "info"] = "critical"
    gates: Annotated[list[Literal["mart", "release"]], Field(min_length=1)]
    no_row_where: str | None = None
    expect: str | None = None
    with_: Annotated[dict[str, Any], Field(alias="with")] = {}
    counterexample: Annotated[str, Field(min_length=10)]
    """SQL that changes {table} so that this rule fails: a rule that cannot fail is none."""


def declared_rules(project: Path, dataset: Dataset, gate: Gate) -> list[Rule]:
    """Return the rules that a dataset's file of expectations adds at a gate.

    Raises:
        DeclarationError: the file is wrong; holds every problem.

    """
    return [_rule(dataset, expected) for expected in _read(project, dataset.name) if gate in expected.gates]


def _read(project: Path, dataset: str) -> list[Expected]:
    path = project / "expectations" / f"{dataset}.yml"
    if not path.is_file():
        return []
    file = f"expectations/{dataset}.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return TypeAdapter(list[Expected]).validate_python(document)
    except yaml.YAMLError as error:
        raise DeclarationError(
            [Problem(file, "", "broken YAML", "a list of rules", "docs/add-a-dataset.md")]
        ) from error
    except ValidationError as error:
        raise DeclarationError(from_validation(file, error)) from error


def _rule(dataset: Dataset, expected: Expected) -> Rule:
    if (expected.no_row_where is None) == (expected.expect is None):
        where = f"expectations/{dataset.name}.yml"
        raise DeclarationError([Problem(where, expected.id, "both or neither", "one of no_row_where and expect")])
    if expected.no_row_where is not None:
        return violating(
            dataset.name,
            "table",
            expected.id,
            expected.no_row_where,
            about=expected.about.vi,
            counterexample=expected.counterexample,
            severity=expected.severity,
            expected="0 rows",
        )
    name = f"{dataset.name}.{expected.with_.get('column', 'table')}.{expected.id}"
    kind = expected.expect or ""
    return Rule(name, expected.about.vi, kind, expected.with_, expected.counterexample, severity=expected.severity)
