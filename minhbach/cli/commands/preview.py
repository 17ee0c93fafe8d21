"""`minhbach preview`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageError
from ..output import show, speaks_json, tell

if TYPE_CHECKING:
    from ...flow.house import House
    from ..app import Options


@click.command(epilog="Example: minhbach preview dac_khu_van_don --plan plan.json --days 5 --by 'Văn phòng'")
@click.argument("agency", required=False)
@click.option("--plan", "plan_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Plan file.")
@click.option("--days", type=int, default=7, show_default=True, help="Days for which the link works.")
@click.option("--by", default="", help="The office that hands it out (default: who prepared the plan).")
@click.option("--address", default="http://127.0.0.1:8090", show_default=True, help="Where `serve --desk` is reached.")
@click.option("--list", "listed", is_flag=True, help="List what was handed out.")
@click.option("--revoke", metavar="NUMBER", help="End a preview now; its link answers as if it had never been.")
@click.pass_obj
@speaks_json
def preview(
    options: Options,
    *,
    agency: str | None,
    plan_file: Path | None,
    days: int,
    by: str,
    address: str,
    listed: bool,
    revoke: str | None,
) -> list[dict[str, Any]] | dict[str, Any]:
    """Make the link under which AGENCY sees its own rows of a plan, and its own quarantine. It is shown once."""
    from ...flow.house import open_house
    from ...flow.previewing import revoke as end

    house = open_house(options.project)
    if listed:
        return _list(house)
    if revoke:
        ended = end(house, revoke, by=by or "operator")
        tell(f"{ended.agency}: the preview of {ended.period} is shut")
        return asdict(ended)
    if agency is None or plan_file is None:
        raise UsageError("preview: found no AGENCY or no --plan, expected both, or --list, or --revoke NUMBER.")
    return _give(house, agency, plan_file, days=days, by=by, address=address)


def _give(house: House, agency: str, plan_file: Path, *, days: int, by: str, address: str) -> dict[str, Any]:
    from ...flow.previewing import hand_out
    from ...release.planning import read_plan

    made = read_plan(plan_file)
    granted, token = hand_out(house, made, agency, days=days, by=by or made.prepared_by)
    link = f"{address.rstrip('/')}/preview/{token}/"
    tell(link)
    tell(f"{agency} sees it until {granted.expires}; `minhbach preview --revoke {granted.preview}` ends it before")
    return {**asdict(granted), "link": link}


def _list(house: House) -> list[dict[str, Any]]:
    from ...flow.previewing import previews

    found = previews(house)
    rows = [
        (one.preview, one.agency, one.period, one.plan[:12], one.expires, one.opened, "open" if one.is_open else "shut")
        for one in found
    ]
    show(rows, ("preview", "agency", "period", "plan", "expires", "days seen", ""))
    return [{**asdict(one), "is_open": one.is_open} for one in found]
