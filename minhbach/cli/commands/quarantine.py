"""`minhbach quarantine list|show|replay|waive`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageError
from ..output import show as show_table
from ..output import speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.group()
def quarantine() -> None:
    """List, show, replay or waive the dead letters."""


@quarantine.command("list", epilog="Example: minhbach quarantine list mot_cua_quang_ninh")
@click.argument("agency", required=False)
@click.argument("table", required=False)
@click.pass_obj
@speaks_json
def list_(options: Options, agency: str | None, table: str | None) -> list[dict[str, Any]]:
    """Count what waits, by agency, table, extract and reason; needs no key."""
    from ...extract.steward import waiting
    from ...flow.house import open_house

    found = waiting(open_house(options.project).settings, agency, table)
    rows = [
        (one.agency, one.table, one.extract_id, reason, count) for one in found for reason, count in one.reasons.items()
    ]
    show_table(rows, ("agency", "table", "extract", "reason", "records"))
    return [asdict(one) for one in found]


@quarantine.command(epilog="Example: minhbach quarantine show mot_cua_quang_ninh ho_so 20260616T100500-1a2b3c4d")
@click.argument("agency")
@click.argument("table")
@click.argument("extract_id")
@click.option("--reveal", is_flag=True, help="Show the records themselves: personal data, on a terminal only.")
@click.pass_obj
@speaks_json
def show(options: Options, agency: str, table: str, extract_id: str, reveal: bool) -> list[dict[str, Any]]:
    """Say for each record of an extract which column broke which rule; opens the quarantine with the landing key."""
    from ...extract.steward import show as opened
    from ...flow.house import open_house

    if reveal and not sys.stdout.isatty():
        raise UsageError("quarantine show --reveal: found no terminal, expected one: records are personal data.")
    entries = opened(agency, table, extract_id, settings=open_house(options.project).settings)
    show_table([(e.row_no, e.reason, e.column, e.rule) for e in entries], ("row", "reason", "column", "rule"))
    if reveal:
        for entry in entries:
            tell(entry.record.decode(errors="replace"))
    return [{"row_no": e.row_no, "reason": e.reason, "column": e.column, "rule": e.rule} for e in entries]


@quarantine.command(epilog="Example: minhbach quarantine replay dac_khu_van_don ho_so --corrections fixed.csv")
@click.argument("agency")
@click.argument("table")
@click.option("--extract", "extract_id", help="Only what waits of this extract.")
@click.option("--corrections", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV or JSON.")
@click.pass_obj
@speaks_json
def replay(
    options: Options, agency: str, table: str, extract_id: str | None, corrections: Path | None
) -> list[dict[str, Any]]:
    """Judge the waiting records again, corrected or by the contract as it is now; what keeps it lands, once."""
    from ...extract.replay import replay as again
    from ...flow.house import open_house

    house = open_house(options.project)
    manifests = again(
        agency,
        table,
        catalog=house.catalog,
        settings=house.settings,
        extract_id=extract_id,
        corrections=corrections,
    )
    show_table([(m.extract_id, m.origin, m.landed) for m in manifests], ("extract", "origin", "landed"))
    if not manifests:
        tell("nothing re-entered: no waiting record keeps the contract")
    return [asdict(manifest) for manifest in manifests]


@quarantine.command(epilog="Example: minhbach quarantine waive dac_khu_van_don ho_so ID --by an --reason 'mất sổ gốc'")
@click.argument("agency")
@click.argument("table")
@click.argument("extract_id")
@click.option("--reason", required=True, help="Why; kept for ever, so no personal data.")
@click.option("--by", required=True, help="Who decides.")
@click.option("--code", help="Only records with this reason code.")
@click.option("--row", "rows", type=int, multiple=True, help="Only this row (can be repeated).")
@click.pass_obj
@speaks_json
def waive(
    options: Options,
    agency: str,
    table: str,
    extract_id: str,
    reason: str,
    by: str,
    code: str | None,
    rows: tuple[int, ...],
) -> dict[str, Any]:
    """Give up waiting records, with a reason; they stay counted."""
    from ...extract.steward import balance
    from ...extract.steward import waive as give_up
    from ...flow.house import open_house

    house = open_house(options.project)
    count = give_up(
        agency, table, extract_id, settings=house.settings, reason=reason, by=by, rows=set(rows) or None, code=code
    )
    kept = balance(agency, table, catalog=house.catalog, settings=house.settings)
    sums = f"{kept.landed} landed + {kept.quarantined} waiting + {kept.waived} waived"
    tell(f"{count} waived now; {kept.received} received = {sums}")
    return {"waived": count, "balance": asdict(kept)}
