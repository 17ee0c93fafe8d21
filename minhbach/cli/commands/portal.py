"""`minhbach portal audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import answer, show, speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options

LEFT = 3


@click.group()
def portal() -> None:
    """Audit a portal."""


@portal.command(epilog="Example: minhbach portal audit --portal ckan")
@click.argument("publication", required=False)
@click.option("--portal", "name", help="Portal (default: the publication's).")
@click.pass_obj
@speaks_json
def audit(options: Options, publication: str | None, name: str | None) -> dict[str, Any]:
    """Search a portal for what was withdrawn from it: whatever answers anybody, lies on its disk or in its tables.

    Ends with 0 when nothing is left, 3 when something of a withdrawn release is. Strays that belong to none are listed.
    """
    from ...flow.auditing import audit as search
    from ...flow.house import open_house

    house = open_house(options.project)
    published = house.catalog.publication(publication)
    found = search(house, published, name)
    left = [one for one in found.traces if one.is_withdrawn]
    result = {
        "schema": "minhbach/audit/1",
        "portal": name or published.portal,
        "looked": found.looked,
        "clean": not left,
        "traces": [one.document() for one in found.traces],
    }
    show(
        [(f"{t.dataset} {t.edition}".strip() or "(stray)", t.kind, t.where, t.told) for t in found.traces],
        ("release", "what", "where", ""),
    )
    tell("looked at " + ", ".join(f"{count} {what}" for what, count in found.looked.items()))
    if left:
        tell(
            f"còn {len(left)} dấu vết của bản đã thu hồi: chưa xong / {len(left)} traces of withdrawn releases are left"
        )
        answer(result)
        raise click.exceptions.Exit(LEFT)
    tell("không còn gì của bản đã thu hồi / nothing of a withdrawn release is left")
    return result
