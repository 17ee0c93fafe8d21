"""`minhbach keys new`."""

from __future__ import annotations

from pathlib import Path

import click

from ..output import speaks_json, tell


@click.group()
def keys() -> None:
    """Make signing keys."""


@keys.command(epilog="Example: minhbach keys new nguoi_lap_ke_hoach")
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder for the two files."
)
@speaks_json
def new(name: str, into: Path) -> dict[str, str]:
    """Make a key pair for NAME: a private file that only you can read, and a public key for catalog/people.yml."""
    from ...core.keys import fingerprint
    from ...core.people import new_key

    private, public = new_key(name, into)
    tell(f"private key  {private} (keep it; nobody can make it again)")
    tell(f"public key   {public}")
    tell(f"fingerprint  {fingerprint(public)}")
    tell(f"Put it into catalog/people.yml:  {name}: {{title: …, roles: […], public_key: {public}}}")
    return {"name": name, "private": str(private), "public_key": public, "fingerprint": fingerprint(public)}
