"""The locks hold what the .in files say, with hashes, without addresses, and agree with one another."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.house.repository import ROOT

FOLDER = ROOT / "requirements"
LOCKS = sorted(path.stem for path in FOLDER.glob("*.in"))
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, str]:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    found = {canonical(package): version for package, version in LOCKED.findall(text)}
    assert found
    return found


def asked(name: str) -> list[Requirement]:
    """Read the .in file, with those that it includes."""
    requirements = []
    for line in (FOLDER / f"{name}.in").read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            requirements += asked(text.removeprefix("-r ").removesuffix(".in"))
        elif text:
            requirements.append(Requirement(text))
    assert requirements
    return requirements


def test_every_lock_has_its_source() -> None:
    assert set(LOCKS) >= {"slim", "main", "dev", "production", "lint", "bootstrap"}
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == LOCKS


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_was_asked(name: str) -> None:
    pins = locked(name)
    for requirement in asked(name):
        assert requirement.specifier.contains(pins[canonical(requirement.name)]), str(requirement)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_with_its_hash(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    without = [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)]
    assert not without


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_nothing_here_holds_an_address(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", ["dev", "production"])
def test_what_is_tested_is_what_runs(name: str) -> None:
    main, other = locked("main"), locked(name)
    assert {package: other.get(package) for package in main} == main


def test_the_ceilings_with_a_reason_hold() -> None:
    pins = locked("main")
    assert Version(pins["dbt-core"]) < Version("1.12")
    assert Version(pins["duckdb"]) < Version("2")


def test_the_slim_set_is_what_the_package_itself_asks_for() -> None:
    import tomllib

    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {Requirement(text).name for text in package["dependencies"]} == {one.name for one in asked("slim")}
    heavy = {"duckdb", "dbt-core", "apache-airflow", "great-expectations", "pyarrow", "pandas"}
    assert not heavy & set(locked("slim"))
