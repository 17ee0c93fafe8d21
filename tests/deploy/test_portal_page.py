"""The page about the local portal names the commands, options, files and settings that there are."""

from __future__ import annotations

import argparse
import re
import subprocess
from typing import TYPE_CHECKING

from deploy.portal.cli import _parser
from tests.house.repository import ROOT

if TYPE_CHECKING:
    from tests.portal import Portal

PAGE = (ROOT / "docs" / "portal.md").read_text(encoding="utf-8")


def commands() -> dict[str, argparse.ArgumentParser]:
    action = next(one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def first_column(heading: str) -> list[str]:
    rows = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return re.findall(r"`([^`]+)`", "\n".join(row.split("|")[1] for row in rows))


def test_every_command_is_explained_and_every_explained_one_is_there() -> None:
    assert sorted(first_column("command")) == sorted(commands())
    named = set(re.findall(r"deploy\.portal ([a-z]+)", PAGE))
    assert len(named) > 2
    assert named <= set(commands())


def test_every_option_is_explained() -> None:
    options = {option for parser in commands().values() for one in parser._actions for option in one.option_strings}
    assert {one.split()[0] for one in first_column("option")} == options - {"-h", "--help"}


def test_every_make_target_it_names_can_be_made() -> None:
    targets = set(re.findall(r"make (portal[a-z-]*)", PAGE))
    assert targets == {"portal", "portal-stop", "portal-status"}
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_every_path_it_names_is_there(portal: Portal) -> None:
    paths = first_column("path")
    assert len(paths) > 10
    assert [name for name in paths if not (portal.home.path / name).exists()] == []
    written = {path.name for path in portal.home.path.iterdir() if not path.name.startswith(".")}
    assert written - {name.strip("/") for name in paths} == {"portal.json"}
