"""Every command tells what it does with an example, starts at once, and loads nothing heavy to say so."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from minhbach.cli.app import COMMANDS, HELP, root

COMMAND = Path(sys.executable).parent / "minhbach"
HEAVY = ("pydantic", "pyarrow", "airflow", "dbt", "duckdb", "great_expectations", "pandas", "numpy", "cryptography")


def every_command() -> list[tuple[str, ...]]:
    """List every command and subcommand that there is."""
    found: list[tuple[str, ...]] = []
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.list_commands(context)]
        else:
            found.append((name,))
    assert len(found) > 30
    return found


def command_of(path: tuple[str, ...]) -> click.Command:
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(COMMAND), *arguments], check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_a_command_has_a_sentence_and_an_example(path: tuple[str, ...]) -> None:
    command = command_of(path)
    assert command.help
    assert command.epilog
    assert command.epilog.startswith(f"Example: minhbach {' '.join(path)}")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, (path, parameter.name)


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_the_example_is_one_that_the_command_reads(path: tuple[str, ...]) -> None:
    """Options of the example exist; whether the files do is another matter."""
    command = command_of(path)
    words = shlex.split(str(command.epilog).removeprefix("Example: "))[1 + len(path) :]
    known = {name for parameter in command.params if isinstance(parameter, click.Option) for name in parameter.opts}
    used = {word.split("=")[0] for word in words if word.startswith("-")}
    assert used <= known, (path, used - known)
    required = {
        parameter.opts[0] for parameter in command.params if isinstance(parameter, click.Option) and parameter.required
    }
    assert required <= used, (path, "an example without what is required")


@pytest.mark.parametrize("path", [(), ("demo",), ("quarantine",), ("disclose", "attack")], ids=" ".join)
def test_help_comes_out(path: tuple[str, ...]) -> None:
    ran = run(*path, "--help")
    assert ran.returncode == 0
    assert ran.stdout.startswith("Usage: ")
    assert not ran.stderr


def test_every_command_of_the_list_has_its_line() -> None:
    assert COMMANDS.keys() == HELP.keys()
    said = run("--help").stdout
    assert all(name in said for name in COMMANDS)


def test_no_help_loads_anything_heavy() -> None:
    ask = f"""
import sys
from minhbach.cli.app import root
for path in {[[], *map(list, every_command())]!r}:
    try:
        root.main([*path, "--help"])
    except SystemExit:
        pass
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    assert not heavy, (path, heavy)
"""
    ran = subprocess.run([sys.executable, "-c", ask], check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
