"""A fault of ours is one sentence that names its place and no value; -vv shows the whole way."""

from __future__ import annotations

import subprocess
import sys

FAULT = """
import sys
import click
from minhbach.cli import app

@click.command()
def broken() -> None:
    raise KeyError("022905000123")

app.root.get_command = lambda *_: broken
sys.argv = ["minhbach", *{arguments!r}, "broken"]
app.run()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FAULT.replace("{arguments!r}", repr(list(arguments)))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_fault_of_ours_is_one_sentence_without_a_value() -> None:
    answer = run()
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "unexpected KeyError" in answer.stderr
    assert "022905000123" not in answer.stderr


def test_vv_shows_the_way() -> None:
    answer = run("-vv")
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
