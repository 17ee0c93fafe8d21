"""The house stands as the architecture says, and no file of it knows the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT, files, texts

TOP_LEVEL = (
    "catalog",
    "dbt_project",
    "expectations",
    "minhbach",
    "publishers",
    "dags",
    "tests",
    "bench",
    "docs",
    "examples",
    "deploy",
    "requirements",
    "pyproject.toml",
    "docker-compose.yml",
    "Makefile",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    ".ci/run",
)
ROOMS = ("core", "extract", "shape", "judge", "disclosure", "release", "flow", "schedule", "cli", "sandbox", "desk")
# Written with [.] so that this file does not name what it looks for.
REGISTRY_HOSTS = re.compile(
    r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|repo1?[.]maven|deb[.]debian[.]org|crates[.]io/api|proxy[.]golang|jsdelivr[.]net"
)
MACHINE_PATHS = re.compile(r"(?:^|[^\w.~$}/-])/(?:work|farm|root|home|Users|mnt)/", re.MULTILINE)
TOO_LONG = 400


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_the_top_level_is_there(name: str) -> None:
    path = ROOT / name
    assert path.exists()
    assert path.is_file() or any(path.iterdir()), f"{name} is an empty folder"


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_its_job_is(room: str) -> None:
    modules = files(f"minhbach/{room}/*.py")
    silent = [str(path.relative_to(ROOT)) for path in modules if not _docstring(path)]
    assert not silent, f"no module docstring in {silent}"


def test_every_publisher_says_what_its_job_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in files("publishers/*.py") if not _docstring(path)]
    assert not silent, f"no module docstring in {silent}"


def test_no_module_is_longer_than_one_job() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files("*.py")}
    assert not {name: lines for name, lines in long.items() if lines > TOO_LONG}


def test_no_file_names_a_registry_host() -> None:
    assert REGISTRY_HOSTS.search("see pypi" + ".org")
    found = [str(path) for path, text in texts(".").items() if REGISTRY_HOSTS.search(text)]
    assert not found


def test_no_file_holds_a_path_of_a_machine() -> None:
    assert MACHINE_PATHS.search("cd /wo" + "rk/here")
    found = {str(path): hit[0] for path, text in texts(".").items() if (hit := MACHINE_PATHS.search(text))}
    assert not found


def test_the_rooms_import_one_way_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    linted = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_licence_is_apache_in_full() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
