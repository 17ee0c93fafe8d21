"""How the command speaks: messages to stderr, tables and one JSON document to stdout. Knows no stage."""

from __future__ import annotations

import json
import unicodedata
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def speaks_json(function: Callable[..., Any]) -> Callable[..., None]:
    """Give a command `--json`: it then prints what the function returns as one JSON document, and nothing else."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @wraps(function)
    def command(*args: Any, as_json: bool, **kwargs: Any) -> None:
        context = click.get_current_context()
        context.meta["json"] = as_json
        answer(function(*args, **kwargs))

    return command


def answer(result: Any) -> None:
    """Print the one JSON document of a command that was asked for it; a refusal has one too where it says why."""
    if click.get_current_context().meta.get("json"):
        click.echo(json.dumps(result, ensure_ascii=False, sort_keys=True, default=str))


def say(sentence: str = "", *, important: bool = False) -> None:
    """Write a message to stderr, unless the command is quiet."""
    if not important and click.get_current_context().find_object(object).verbosity < 0:  # type: ignore[attr-defined]
        return
    click.echo(sentence, err=True)


def show(rows: Sequence[Sequence[Any]], heads: Sequence[str]) -> None:
    """Write an aligned table to stdout; numbers to the right. Silent when the command speaks JSON."""
    if click.get_current_context().meta.get("json"):
        return
    cells = [[str(head) for head in heads], *[["" if cell is None else str(cell) for cell in row] for row in rows]]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(heads))]
    numeric = [bool(rows) and all(isinstance(row[column], int | float) for row in rows) for column in range(len(heads))]
    for row in cells:
        line = [_pad(text, width, right=right) for text, width, right in zip(row, widths, numeric, strict=True)]
        click.echo("  ".join(line).rstrip())


def tell(sentence: str) -> None:
    """Write a line of the answer to stdout. Silent when the command speaks JSON."""
    if not click.get_current_context().meta.get("json"):
        click.echo(sentence)


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(letter) else 1 for letter in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank
