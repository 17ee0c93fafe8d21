"""`minhbach check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...core.settings import find_project
from ..output import speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach check")
@click.pass_obj
@speaks_json
def check(options: Options) -> dict[str, int]:
    """Validate all that can be known without data; list every error at once."""
    from ...flow.checking import check as check_project

    counted = check_project(find_project(options.project))
    tell("all agrees: " + ", ".join(f"{number} {what}" for what, number in counted.items()))
    return counted
