"""`minhbach serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...core.errors import UsageError
from ...core.settings import find_project
from ..output import tell

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach serve --port 8080")
@click.argument("site", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--port", type=int, default=8080, show_default=True, help="On loopback; 0 takes a free one.")
@click.pass_obj
def serve(options: Options, site: Path | None, port: int) -> None:
    """Serve a static SITE on loopback until Ctrl-C (default: the house's, or the demo's)."""
    from publishers.site.server import serve as start

    root = site or _site(find_project(options.project))
    server = start(root, port)
    tell(f"http://127.0.0.1:{server.server_address[1]}/ shows {root}; Ctrl-C ends it")
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _site(project: Path) -> Path:
    """Find a site that was published: the settings' house first, then the demo's."""
    lake = os.environ.get("MINHBACH_LAKE")
    places = [Path(lake).parent] if lake else []
    for folder in (*places, project / "var", project / "var" / "demo"):
        if (folder / "site" / "current").exists():
            return folder / "site"
    raise UsageError(f"{project}: found no published site, expected one; `make demo` or `minhbach apply` makes it.")
