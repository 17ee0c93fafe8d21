"""Runs suites with Great Expectations on small private copies of the judged tables. Tells failures from errors.

The copies live in a throw-away DuckDB file: nothing waits for the warehouse, and a mutation test can break a copy.
Result formats are chosen so that no value of the data comes back, only counts.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.verdict import Check, Verdict
from .declared import declared_rules
from .derived import Gate, derived_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..core.catalog import Catalog, Dataset
    from .rules import Rule

COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Judged:
    """A table to be judged, and the one of the period before where there is one."""

    dataset: Dataset
    period: str
    gate: Gate
    table: pa.Table
    previous: pa.Table | None = None
    mutation: str | None = None
    """SQL that breaks the copy first; only tests set it."""


def rules_of(catalog: Catalog, dataset: Dataset, gate: Gate) -> list[Rule]:
    """Return the whole suite of a dataset at a gate: what its declaration implies, and its own file of expectations."""
    return [*derived_rules(catalog, dataset, gate), *declared_rules(catalog, dataset, gate)]


def judge(catalog: Catalog, tables: Sequence[Judged]) -> list[Verdict]:
    """Judge every table, in order; Great Expectations is imported once for all of them.

    Raises:
        DeclarationError: a file of expectations is wrong.

    """
    return judge_by(tables, [rules_of(catalog, judged.dataset, judged.gate) for judged in tables])


def judge_by(tables: Sequence[Judged], suites: Sequence[Sequence[Rule]]) -> list[Verdict]:
    """Judge every table by a suite of its own, in order."""
    with tempfile.TemporaryDirectory(prefix="minhbach-judge-") as folder:
        file = Path(folder) / "judged.duckdb"
        _copy(file, tables)
        context, source = _great_expectations(file)
        return [_verdict(context, source, index, *pair) for index, pair in enumerate(zip(tables, suites, strict=True))]


def _copy(file: Path, tables: Sequence[Judged]) -> None:
    import duckdb

    with duckdb.connect(file) as connection:
        for index, judged in enumerate(tables):
            for name, table in ((f"judged_{index}", judged.table), (f"previous_{index}", judged.previous)):
                if table is not None:
                    connection.register("incoming", table)
                    connection.execute(f"create table {name} as select * from incoming")
                    connection.unregister("incoming")
            if judged.mutation:
                connection.execute(judged.mutation.replace("{table}", f"judged_{index}"))


def _great_expectations(file: Path) -> tuple[Any, Any]:
    """Import Great Expectations, quietly and without a word to the outside, and open the copies read-only."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "judged",
        connection_string=f"duckdb:///{file}",
        kwargs={
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "pool_reset_on_return": None,
            "connect_args": {"read_only": True, "config": {"threads": 2}},
        },
    )
    return context, source


def _verdict(context: Any, source: Any, index: int, judged: Judged, rules: Sequence[Rule]) -> Verdict:
    import great_expectations as gx

    applied = [rule for rule in rules if "previous" not in rule.needs or judged.previous is not None]
    expectations = [_expectation(rule, judged, index) for rule in applied]
    suite = context.suites.add(gx.ExpectationSuite(f"suite_{index}", expectations=expectations))
    asset = source.add_table_asset(f"asset_{index}", table_name=f"judged_{index}")
    batch = asset.add_batch_definition_whole_table("whole")
    definition = gx.ValidationDefinition(name=f"validation_{index}", data=batch, suite=suite)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = context.validation_definitions.add(definition).run(result_format=COUNTS_ONLY)
    outcomes = {found.expectation_config.meta["id"]: found for found in result.results}
    checks = tuple(_check(rule, outcomes.get(rule.id)) for rule in applied)
    return Verdict(judged.dataset.name, judged.period, judged.gate, checks)


def _expectation(rule: Rule, judged: Judged, index: int) -> Any:
    import great_expectations as gx

    arguments = dict(rule.arguments)
    if query := arguments.get("unexpected_rows_query"):
        arguments["unexpected_rows_query"] = query.replace("$previous", f"previous_{index}").replace(
            "$period", judged.period
        )
    return getattr(gx.expectations, rule.expectation)(**arguments, meta={"id": rule.id})


def _check(rule: Rule, found: Any) -> Check:
    """Tell a failure from an error: an expectation that raised, or gave no answer, was not evaluated."""
    if found is None or _raised(found.exception_info):
        return Check(rule.id, rule.about, rule.severity, "error", "could not be evaluated", rule.expected)
    result = found.result or {}
    number = result.get("unexpected_count", result.get("observed_value"))
    observed = str(number) if isinstance(number, int) else ""
    return Check(rule.id, rule.about, rule.severity, "passed" if found.success else "failed", observed, rule.expected)


def _raised(information: dict[str, Any]) -> bool:
    if "raised_exception" in information:
        return bool(information["raised_exception"])
    return bool(information)
