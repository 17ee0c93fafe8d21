"""`minhbach init` and `minhbach new agency|dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...core.settings import find_project
from ..output import speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach init tinh_mau")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@speaks_json
def init(folder: Path) -> list[str]:
    """Scaffold a project folder; `minhbach new agency` and `new dataset` go on from there."""
    from ...flow.scaffolding import new_project

    return _told(new_project(folder), "next: minhbach new agency NAME")


@click.group()
def new() -> None:
    """Scaffold an agency or a dataset."""


@new.command(epilog="Example: minhbach new agency tong_dai --method delimited")
@click.argument("name")
@click.option(
    "--method",
    type=click.Choice(["delimited", "rest_paged"]),
    default="delimited",
    show_default=True,
    help="How its records are reached.",
)
@click.pass_obj
@speaks_json
def agency(options: Options, name: str, method: str) -> list[str]:
    """Scaffold an agency: its declaration and a staging model of its first table."""
    from ...flow.scaffolding import new_agency

    return _told(new_agency(find_project(options.project), name, method), "next: edit them, then minhbach check")


@new.command(epilog="Example: minhbach new dataset phan_anh --agency tong_dai")
@click.argument("name")
@click.option("--agency", "from_agency", required=True, help="Whose records it counts.")
@click.pass_obj
@speaks_json
def dataset(options: Options, name: str, from_agency: str) -> list[str]:
    """Scaffold a dataset: its declaration and its mart."""
    from ...flow.scaffolding import new_dataset

    made = new_dataset(find_project(options.project), name, from_agency)
    return _told(made, f"next: edit them, then minhbach check, then minhbach sign-off {name}")


def _told(paths: list[Path], following: str) -> list[str]:
    for path in paths:
        tell(f"wrote {path}")
    tell(following)
    return [str(path) for path in paths]
