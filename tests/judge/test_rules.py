"""Every rule of every suite passes on a good table and fails on its own counterexample; nothing of the data is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from minhbach.core.catalog import Catalog, load_catalog
from minhbach.judge import report
from minhbach.judge.run import Judged, judge, judge_by, rules_of
from tests.judge import marts

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.judge.derived import Gate

SECRET = "H49.101"
"""A value of the table that no verdict may tell."""


@pytest.fixture(scope="module")
def catalog(project: Path) -> Catalog:
    real = load_catalog(project)
    fields = [{"code": code, "vi": code, "en": code} for code in ("L1", "L2")]
    procedures = [{"code": code, "vi": code, "en": code} for code in ("T1", "T2")]
    agencies = [{"code": code, "vi": code, "en": code} for code, _ in marts.AGENCIES]
    codes = {**real.codes, "linh_vuc": fields, "thu_tuc": procedures, "co_quan": agencies}
    return replace(real, codes=codes)


@pytest.fixture(scope="module")
def tables(catalog: Catalog) -> dict[tuple[str, Gate], Judged]:
    form06, rates = catalog.dataset("giai_quyet_ho_so"), catalog.dataset("dung_han_theo_thu_tuc")
    before = marts.form06(form06, "2026-Q2")
    now = marts.form06(form06, "2026-Q3", marts.closing(before))
    good = {
        ("giai_quyet_ho_so", "mart"): Judged(form06, "2026-Q3", "mart", now, before),
        ("dung_han_theo_thu_tuc", "mart"): Judged(
            rates, "2026-Q3", "mart", marts.rates(rates, "2026-Q3"), marts.rates(rates, "2026-Q2")
        ),
    }
    for (name, _), judged in list(good.items()):
        public = judged.table.select([column.name for column in judged.dataset.published])
        noted = public.append_column("ghi_chu_an_so", pa.nulls(public.num_rows, pa.string()))
        good[name, "release"] = Judged(judged.dataset, "2026-Q3", "release", noted)
    return good


def test_good_tables_pass(catalog: Catalog, tables: dict[tuple[str, Gate], Judged]) -> None:
    verdicts = judge(catalog, list(tables.values()))
    assert [v.failures for v in verdicts] == [()] * len(tables)
    assert all(verdict.passed and len(verdict.checks) > 10 for verdict in verdicts)


def test_every_rule_can_fail(catalog: Catalog, tables: dict[tuple[str, Gate], Judged]) -> None:
    cases = [(key, rule) for key, judged in tables.items() for rule in rules_of(catalog, judged.dataset, judged.gate)]
    assert len(cases) > 80
    broken = [replace(tables[key], mutation=rule.counterexample) for key, rule in cases]
    verdicts = judge_by(broken, [[rule] for _, rule in cases])
    survivors = []
    for (key, rule), verdict in zip(cases, verdicts, strict=True):
        outcome = next(check.outcome for check in verdict.checks if check.id == rule.id)
        if outcome != "failed":
            survivors.append((key, rule.id, outcome))
        if rule.severity == "critical":
            assert not verdict.passed, rule.id
    assert survivors == []


def test_verdict_tells_no_value(catalog: Catalog, tables: dict[tuple[str, Gate], Judged], tmp_path: Path) -> None:
    judged = tables["giai_quyet_ho_so", "mart"]
    assert SECRET in judged.table.column("ma_dinh_danh").to_pylist()
    rules = rules_of(catalog, judged.dataset, "mart")
    every = [replace(judged, mutation=rule.counterexample) for rule in rules]
    for index, verdict in enumerate(judge_by(every, [[rule] for rule in rules])):
        report.write(verdict, catalog, tmp_path / f"{index}.json")
        told = (tmp_path / f"{index}.json").read_text() + (tmp_path / f"{index}.html").read_text()
        assert SECRET not in told
        assert "http" not in told


def test_error_is_told_from_failure(catalog: Catalog, tables: dict[tuple[str, Gate], Judged]) -> None:
    judged = tables["giai_quyet_ho_so", "mart"]
    gone = replace(judged, mutation="alter table {table} drop column qua_han")
    (verdict,) = judge(catalog, [gone])
    outcomes = {check.outcome for check in verdict.checks}
    assert "error" in outcomes
    assert not verdict.passed


def test_no_check_is_no_pass(catalog: Catalog, tmp_path: Path) -> None:
    from minhbach.core.verdict import Verdict

    empty = Verdict("giai_quyet_ho_so", "2026-Q3", "mart", ())
    assert not empty.passed
    report.write(empty, catalog, tmp_path / "v.json")
    assert json.loads((tmp_path / "v.json").read_text())["passed"] is False
