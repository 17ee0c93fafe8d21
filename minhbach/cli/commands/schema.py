"""`minhbach schema`."""

from __future__ import annotations

from pathlib import Path

import click

from ..output import speaks_json, tell


@click.command(epilog="Example: minhbach schema docs/schemas")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs/schemas"))
@speaks_json
def schema(folder: Path) -> list[str]:
    """Write JSON Schemas of the declarations into FOLDER, for editors."""
    from ...core.catalog.schemas import write_schemas

    written = write_schemas(folder)
    for path in written:
        tell(str(path))
    return [str(path) for path in written]
