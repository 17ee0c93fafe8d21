"""`minhbach correct`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageError
from ..output import say, show, speaks_json, tell

if TYPE_CHECKING:
    from ...flow.correcting import Taken
    from ..app import Options


@click.command(epilog="Example: minhbach correct dac_khu_co_to ho_so ho_so_sua.csv --by 'Bộ phận Một cửa Cô Tô'")
@click.argument("agency", required=False)
@click.argument("table", required=False)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default="", help="The office that hands the file in (default: the agency).")
@click.option("--inbox", is_flag=True, help="Take all files that lie in the inboxes, of AGENCY or of all.")
@click.pass_obj
@speaks_json
def correct(
    options: Options, agency: str | None, table: str | None, file: Path | None, *, by: str, inbox: bool
) -> list[dict[str, Any]]:
    """Take a FILE of corrected records of a TABLE in as an extract of its own; the next freeze reads it.

    The file holds whole records in the table's own form (of an agency that is read over a service: NDJSON, or CSV with
    field names), or a CSV with _extract_id, _row_no and the columns to change of records that wait in quarantine.
    """
    from ...flow.correcting import Refused, hand_in, take_inbox
    from ...flow.house import open_house

    house = open_house(options.project)
    if inbox and (table or file):
        raise UsageError("correct --inbox: found a table or a file, expected an agency at most.")
    if inbox:
        done = take_inbox(house, agency)
    elif agency and table and file:
        done = [hand_in(house, agency, table, file, by=by or agency)]
    else:
        raise UsageError("correct: found no AGENCY TABLE FILE, expected them, or --inbox.")
    taken = [one for one in done if not isinstance(one, Refused)]
    _tell(taken)
    refused = [one for one in done if isinstance(one, Refused)]
    for one in refused[1:]:
        say(f"{one.agency}/{one.table}: {one.error}", important=True)
    if refused:
        raise refused[0].error
    return [asdict(one) for one in taken]


def _tell(taken: list[Taken]) -> None:
    show(
        [(t.agency, t.table, t.file, t.received, t.landed, t.quarantined, t.replaced) for t in taken],
        ("agency", "table", "file", "received", "landed", "quarantined", "no longer waiting"),
    )
    for one in taken:
        if not one.is_new:
            tell(f"{one.file}: taken before; nothing was added")
        elif one.period:
            tell(f"{one.file}: books that are closed stay closed; {one.period} will count it")
