"""The commands that the README promises exist, explain themselves, and are what CI runs."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.house.repository import ROOT

PROMISED = ("help", "demo", "test", "check", "serve", "clean", "install", "lock")


def make(*arguments: str) -> str:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""}
    ).stdout


@pytest.mark.parametrize("target", PROMISED)
def test_every_promised_target_is_explained_by_help(target: str) -> None:
    assert re.search(rf"^  make {target} +\S", make("help"), re.MULTILINE)


def test_make_alone_gives_the_help() -> None:
    assert make() == make("help")


def test_every_explained_target_can_be_made() -> None:
    targets = re.findall(r"^  make ([a-z-]+)", make("help"), re.MULTILINE)
    assert set(targets) >= set(PROMISED)
    for target in targets:
        make("--dry-run", target)


@pytest.mark.parametrize(
    "tool",
    ["ruff check", "ruff format --check", "mypy", "lint-imports", "sqlfluff lint", "yamllint --strict", "minhbach"],
)
def test_check_runs_every_tool(tool: str) -> None:
    assert tool in make("--dry-run", "check")


def test_ci_runs_the_two_commands_of_the_house() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    for command in ("make check", "make test"):
        assert re.search(rf'^section "[a-z ]+" {command}$', script, re.MULTILINE)


def test_the_readme_names_the_two_commands() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    for command in ("make demo", "make test"):
        assert command in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "script", ["requirements/install.sh", "requirements/debian.sh", ".ci/run", "deploy/postgres/databases.sh"]
)
def test_every_script_parses_and_is_executable(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)
