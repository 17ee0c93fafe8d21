"""`minhbach verify`: runs in the slim install, without a project folder."""

from __future__ import annotations

from typing import Any

import click

from ..output import speaks_json, tell


@click.command(epilog="Example: minhbach verify https://…/dataset/giai-quyet-ho-so/2026-Q3/r1/")
@click.argument("place", metavar="PATH|URL")
@click.option("--key", help="The house's public key (base64, or a file); without it the one found is named.")
@speaks_json
def verify(place: str, key: str | None) -> dict[str, Any]:
    """Check a download as anybody can: files, hashes, signature, receipt."""
    from ...verify import verify as check

    report = check(place, key)
    for sentence in report.sentences():
        tell(sentence)
    return report.document()
