"""`minhbach sandbox generate|serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...core.settings import find_project
from ..output import speaks_json, tell

if TYPE_CHECKING:
    from datetime import datetime

    from ..app import Options

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def sandbox() -> None:
    """Generate or serve the pretend province."""


@sandbox.command(epilog="Example: minhbach sandbox generate var/sandbox --dossiers 6000 --seed 7")
@click.argument("folder", type=FOLDER)
@click.option("--dossiers", type=click.IntRange(100), default=6000, show_default=True, help="Received in a quarter.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same province.")
@click.pass_obj
@speaks_json
def generate(options: Options, folder: Path, dossiers: int, seed: int) -> dict[str, int]:
    """Write a pretend province, with its truth, into FOLDER."""
    from ...sandbox import generate as write

    records = write(find_project(options.project), seed=seed, dossiers=dossiers, out=folder)
    tell(f"{sum(records.values()):,} records in {folder}; its truth stands in {folder / 'truth'}")
    return records


@sandbox.command(epilog="Example: minhbach sandbox serve var/sandbox --port 8642 --as-of 2026-06-16T17:05:00")
@click.argument("folder", type=FOLDER)
@click.option("--port", type=int, default=8642, show_default=True, help="On loopback; 0 takes a free one.")
@click.option("--as-of", type=click.DateTime(), help="Local time of the pretend province (default: its last freeze).")
@click.option("--faults/--no-faults", default=True, show_default=True, help="503s, truncated pages, expiring tokens.")
def serve(folder: Path, port: int, as_of: datetime | None, faults: bool) -> None:
    """Serve the agencies of FOLDER on loopback until Ctrl-C, and drop the files of offices without a service."""
    from ...sandbox import drop
    from ...sandbox import serve as start

    with start(folder, port=port, as_of=as_of, faults=faults) as server:
        drop(folder, server.as_of)
        tell(f"{server.url} as of {server.as_of:%Y-%m-%d %H:%M}; Ctrl-C ends it")
        tell(f"credentials: {folder / 'credentials.json'}; files: {folder / 'drops'}")
        server.wait()
