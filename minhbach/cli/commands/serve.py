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
    from http.server import ThreadingHTTPServer

    from ..app import Options

SITE_PORT, DESK_PORT = 8080, 8090


@click.command(epilog="Example: minhbach serve --port 8080")
@click.argument("site", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--port", type=int, help="On loopback; 0 takes a free one (default: 8080, of the desk 8090).")
@click.option("--desk", is_flag=True, help="Serve the internal desk and the agencies' previews instead; read-only.")
@click.option("--name", "names", multiple=True, help="Host name under which a reverse proxy asks the desk.")
@click.pass_obj
def serve(options: Options, site: Path | None, *, port: int | None, desk: bool, names: tuple[str, ...]) -> None:
    """Serve a static SITE on loopback until Ctrl-C (default: the house's, or the demo's), or the desk."""
    server = _desk(options, site, port, names) if desk else _public(options, site, port)
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _public(options: Options, site: Path | None, port: int | None) -> ThreadingHTTPServer:
    from publishers.site.server import serve as start

    root = site or _site(find_project(options.project))
    server = start(root, SITE_PORT if port is None else port)
    tell(f"http://127.0.0.1:{server.server_address[1]}/ shows {root}; Ctrl-C ends it")
    return server


def _desk(options: Options, site: Path | None, port: int | None, names: tuple[str, ...]) -> ThreadingHTTPServer:
    from ...desk.server import serve as start
    from ..desk_source import DeskSource, site_names

    if site is not None:
        raise UsageError("serve --desk: found a site, expected none: the desk is never part of a public folder.")
    server = start(DeskSource(options.project), DESK_PORT if port is None else port, site_names(names))
    tell(f"http://127.0.0.1:{server.server_address[1]}/desk/ shows the house, to this machine alone; Ctrl-C ends it")
    return server


def _site(project: Path) -> Path:
    """Find a site that was published: the settings' house first, then the demo's."""
    lake = os.environ.get("MINHBACH_LAKE")
    places = [Path(lake).parent] if lake else []
    for folder in (*places, project / "var", project / "var" / "demo"):
        if (folder / "site" / "current").exists():
            return folder / "site"
    raise UsageError(f"{project}: found no published site, expected one; `make demo` or `minhbach apply` makes it.")
