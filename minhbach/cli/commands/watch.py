"""`minhbach watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import answer, show, speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options

OUTSIDE, FOUND = 1, 3


@click.command(epilog="Example: minhbach watch minh_bach_hang_quy")
@click.argument("publication", required=False)
@click.option("--portal", help="One portal (default: every portal that the publication went to).")
@click.pass_obj
@speaks_json
def watch(options: Options, publication: str | None, portal: str | None) -> dict[str, Any]:
    """Look at portals from outside, as anybody: what is late, empty, edited, tampered with, out of sync, unreachable.

    Ends with 0 when nothing is found, 1 when a portal does not answer, 3 when there are findings.
    """
    from ...flow.house import open_house
    from ...flow.watch_words import NAMES
    from ...flow.watching import watch as look

    house = open_house(options.project)
    watched = look(house, house.catalog.publication(publication), portal)
    result = watched.document()
    for one in watched.findings:
        vi, en = NAMES[one.what]
        tell(f"{one.portal} {one.dataset}: {vi} (từ {one.since}): {one.told['vi']}. → {one.do['vi']}.")
        tell(f"    {en} (since {one.since}): {one.told['en']}. → {one.do['en']}.")
    if not watched.findings:
        show([(watched.datasets, watched.releases, watched.files)], ("datasets", "releases", "files"))
        tell(f"{', '.join(watched.portals)}: không thấy gì bất thường / nothing found")
        return result
    answer(result)
    raise click.exceptions.Exit(OUTSIDE if watched.only_unreachable else FOUND)
