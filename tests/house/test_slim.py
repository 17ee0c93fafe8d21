"""The slim install: a reader's environment has the command, can verify, and holds nothing that builds."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

READERS_PATIENCE = 0.3


def run(command: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "PYTHON"))}
    return subprocess.run(
        [command, *arguments], cwd=folder, check=False, capture_output=True, text=True, env=environment
    )


def test_the_slim_set_is_small(slim: Path) -> None:
    packages = {
        path.name.split("-")[0].lower() for path in slim.parents[1].glob("lib/python*/site-packages/*.dist-info")
    }
    assert "minhbach" in packages
    assert not packages & {
        "duckdb",
        "pyarrow",
        "pandas",
        "apache_airflow",
        "dbt_core",
        "great_expectations",
        "pydantic",
    }


def test_verify_is_there_without_a_project_folder(slim: Path, tmp_path: Path) -> None:
    answer = run(slim, "verify", "--help", folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "--key" in answer.stdout


def test_help_comes_at_once(slim: Path, tmp_path: Path) -> None:
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        assert run(slim, "--help", folder=tmp_path).returncode == 0
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < READERS_PATIENCE


def test_a_command_that_needs_the_engine_says_so_in_one_sentence(slim: Path, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    answer = run(slim, "check", folder=tmp_path)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
