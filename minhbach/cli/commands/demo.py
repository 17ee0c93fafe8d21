"""`minhbach demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..output import speaks_json

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach demo --dossiers 6000")
@click.option("--dossiers", type=click.IntRange(100), help="Dossiers received in a quarter (default: the project's).")
@click.option("--seed", type=int, help="Another pretend province (default: the project's).")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="Folder (default: var/demo of the project)."
)
@click.option("--to", "portal", help="Publish on this portal as well, after the publication's own.")
@click.pass_obj
@speaks_json
def demo(
    options: Options, dossiers: int | None, seed: int | None, into: Path | None, portal: str | None
) -> dict[str, Any]:
    """Watch a pretend province's records become published datasets: two quarters, from service to public page."""
    from ..rehearsal import rehearse

    return rehearse(options.project, dossiers=dossiers, seed=seed, into=into, portal=portal)
