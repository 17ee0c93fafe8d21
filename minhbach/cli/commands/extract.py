"""`minhbach extract`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import show, speaks_json, tell

if TYPE_CHECKING:
    from datetime import datetime

    from ..app import Options

HEADS = ("table", "extract", "received", "landed", "quarantined", "flagged")


@click.command(epilog="Example: minhbach extract mot_cua_quang_ninh ho_so --sample 100")
@click.argument("agency")
@click.argument("tables", nargs=-1)
@click.option("--since", type=click.DateTime(), help="Ask for everything that changed since this local time.")
@click.option("--full", is_flag=True, help="Ask for everything.")
@click.option("--sample", type=click.IntRange(1), help="Land so many records apart, to look at; no release reads them.")
@click.pass_obj
@speaks_json
def extract(
    options: Options, agency: str, tables: tuple[str, ...], since: datetime | None, full: bool, sample: int | None
) -> list[dict[str, Any]]:
    """Land the records of AGENCY: all its TABLES, or the named ones."""
    from dataclasses import asdict

    from ...flow.extracting import extract as land
    from ...flow.house import open_house

    house = open_house(options.project)
    names = tables or tuple(house.catalog.tables(agency))
    known = {m.extract_id for name in names for m in house.lake.manifests(agency, name)}
    manifests = [land(house, agency, name, since=since, full=full, sample=sample) for name in names]
    show(
        [
            (m.table, m.extract_id, m.received, m.landed, sum(m.quarantined.values()), sum(m.flagged.values()))
            for m in manifests
        ],
        HEADS,
    )
    for manifest in manifests:
        if manifest.extract_id in known:
            tell(f"{agency}/{manifest.table}: nothing new since {manifest.extract_id}")
    return [{**asdict(manifest), "is_new": manifest.extract_id not in known} for manifest in manifests]
