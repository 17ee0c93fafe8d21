"""What a rule of a suite is: an expectation, its severity, and the counterexample that shows that it can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core.verdict import Severity

TABLE = "{table}"
"""Stands in a counterexample for the table that it breaks."""


@dataclass(frozen=True)
class Rule:
    """One expectation of one suite."""

    id: str
    """`<dataset>.<column or table>.<rule>`, stable."""
    about: str
    expectation: str
    """Great Expectations' class: ExpectColumnValuesToNotBeNull, UnexpectedRowsExpectation, …"""
    arguments: dict[str, Any]
    counterexample: str
    """SQL that changes `{table}` so that this rule fails; the mutation test runs it."""
    expected: str = ""
    severity: Severity = "critical"
    needs: tuple[str, ...] = field(default=())
    """Other tables that the rule reads; it does not apply where one is missing."""


def violating(
    dataset: str, place: str, name: str, condition: str, *, about: str, counterexample: str, **more: Any
) -> Rule:
    """Make a rule from a condition that no row may meet."""
    query = f"select 1 as violation from {{batch}} where {condition.replace('{', '{{').replace('}', '}}')}"
    return Rule(
        id=f"{dataset}.{place}.{name}",
        about=about,
        expectation="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": query},
        counterexample=counterexample,
        **more,
    )
