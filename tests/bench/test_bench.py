"""The benchmarks run at their smallest size, and the page about them is what they wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def run(root: Path, script: str, *arguments: str) -> str:
    command = [sys.executable, str(root / "bench" / script), *arguments]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("script", "options", "columns"),
    [
        ("extract.py", ["--times", "1"], ["rows_per_second", "times_the_plain_seconds"]),
        ("disclosure.py", [], ["protect_seconds", "attack_seconds", "limit_seconds"]),
    ],
)
def test_a_benchmark_runs_at_the_smallest_size(root: Path, script: str, options: list[str], columns: list[str]) -> None:
    head, *lines = run(root, script, "--size", "600", "--no-record", *options).splitlines()
    assert set(columns) <= set(head.split())
    assert lines


def test_every_result_says_where_it_was_measured_and_against_what(root: Path) -> None:
    results = [json.loads(path.read_text(encoding="utf-8")) for path in (root / "bench" / "results").glob("*.json")]
    assert results
    for result in results:
        assert result["machine"]["cpu"]
        assert result["machine"]["versions"]
        for row in result["rows"]:
            assert row["measured_at"]
            assert len(row["load"]) == 2
            assert any("limit" in key or "plain" in key for key in row), result["name"]


def test_the_page_is_what_was_measured(root: Path) -> None:
    written = "import sys; sys.path.insert(0, 'bench'); import report; sys.stdout.write(report.page())"
    command = [sys.executable, "-c", written]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert said == (root / "docs" / "benchmarks.md").read_text(encoding="utf-8"), "python bench/report.py writes it"
