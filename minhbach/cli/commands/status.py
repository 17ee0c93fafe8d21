"""`minhbach status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import show, speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach status")
@click.option("--settings", "settings_only", is_flag=True, help="List the settings, secrets masked.")
@click.pass_obj
@speaks_json
def status(options: Options, settings_only: bool) -> dict[str, Any]:
    """Say what was delivered, what waits in quarantine, where each publication stands, what is late and comes next."""
    from ...flow.house import open_house
    from ...flow.standing import settings_of, standing_of

    house = open_house(options.project)
    if settings_only:
        listed = settings_of(house)
        show([(one["name"], one["value"], one["about"]) for one in listed], ("setting", "value", "about"))
        return {"settings": listed}
    standing = standing_of(house)
    show(
        [(t["agency"], t["table"], t["delivered_at"], t["extracts"], t["waiting"]) for t in standing["tables"]],
        ("agency", "table", "last delivered", "extracts", "in quarantine"),
    )
    tell("")
    show(
        [
            (p["publication"], p["period"], p["state"], p["since"], p["freeze_at"], p["release_on"], _next(p["next"]))
            for p in standing["publications"]
        ],
        ("publication", "period", "state", "since", "books close", "release", "who acts next"),
    )
    for publication in standing["publications"]:
        _warn(publication)
    return standing


def _next(step: dict[str, Any]) -> str:
    """Name who acts next."""
    names = ", ".join(step["names"])
    return f"{step['who']}: {names}" if names else str(step["who"])


def _warn(publication: dict[str, Any]) -> None:
    """Say what is late, missing, refused or taken back."""
    of = f"{publication['publication']} {publication['period']}"
    if publication["missing"]:
        tell(f"{of}: waits for {', '.join(publication['missing'])}")
    for late in publication["late"]:
        tell(f"{of}: late: {late}")
    for one in publication["rejected"]:
        tell(f"{of}: refused before {one['station']}: {one['subject']}: {one['why']}")
    for one in publication["withdrawn"]:
        tell(f"{of}: withdrawn: {one['subject']} on {one['at']}")
