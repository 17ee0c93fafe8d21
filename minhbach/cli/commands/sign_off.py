"""`minhbach sign-off`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..output import speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.command("sign-off", epilog="Example: minhbach sign-off giai_quyet_ho_so --key steward.key")
@click.argument("dataset")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The steward's private key.")
@click.option("--as", "name", help="A demo steward, outside production; signs with the demo's own key.")
@click.pass_obj
@speaks_json
def sign_off(options: Options, dataset: str, key: Path | None, name: str | None) -> dict[str, str]:
    """Write a steward's fingerprint of DATASET's columns and policy into its file."""
    from ...flow.signing_off import sign_off as sign

    signed = sign(options.project, dataset, key=key, name=name)
    tell(f"{dataset}: signed off by {signed['by']}, fingerprint {signed['fingerprint']}")
    return signed
