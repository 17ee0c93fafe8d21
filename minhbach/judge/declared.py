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
    from ..core.catalog import Catalog, Dataset
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


def declared_rules(catalog: Catalog, dataset: Dataset, gate: Gate) -> list[Rule]:
    """Return the rules that a dataset's file of expectations adds at a gate.

    Raises:
        DeclarationError: the file is wrong; holds every problem.

    """
    language = catalog.project.languages[0]
    found = _read(catalog, dataset.name)
    return [_rule(dataset, expected, language) for expected in found if gate in expected.gates]


def _read(catalog: Catalog, dataset: str) -> list[Expected]:
    path = catalog.root / "expectations" / f"{dataset}.yml"
    if not path.is_file():
        return []
    file = f"expectations/{dataset}.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return TypeAdapter(list[Expected]).validate_python(document, context={"languages": catalog.project.languages})
    except yaml.YAMLError as error:
        raise DeclarationError(
            [Problem(file, "", "broken YAML", "a list of rules", "docs/add-a-dataset.md")]
        ) from error
    except ValidationError as error:
        raise DeclarationError(from_validation(file, error)) from error


def _rule(dataset: Dataset, expected: Expected, language: str) -> Rule:
    if (expected.no_row_where is None) == (expected.expect is None):
        where = f"expectations/{dataset.name}.yml"
        raise DeclarationError([Problem(where, expected.id, "both or neither", "one of no_row_where and expect")])
    if expected.no_row_where is not None:
        return violating(
            dataset.name,
            "table",
            expected.id,
            expected.no_row_where,
            about=expected.about.in_(language),
            counterexample=expected.counterexample,
            severity=expected.severity,
            expected="0 rows",
        )
    name = f"{dataset.name}.{expected.with_.get('column', 'table')}.{expected.id}"
    kind = expected.expect or ""
    about = expected.about.in_(language)
    return Rule(name, about, kind, expected.with_, expected.counterexample, severity=expected.severity)
