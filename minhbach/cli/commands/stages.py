"""`minhbach freeze|build|gate|release`: the stages one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import show, speaks_json, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.catalog import Publication
    from ...core.periods import Period
    from ...flow.house import House
    from ..app import Options

PERIOD = "Period (default: the last one that is closed)."


def of_period(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--period`."""
    return click.option("--period", help=PERIOD)(function)


def opened(options: Options, publication: str | None, period: str | None) -> tuple[House, Publication, Period]:
    """Open the house, and read publication and period with their defaults."""
    from ...core import clock
    from ...flow.house import open_house

    house = open_house(options.project)
    published = house.catalog.publication(publication)
    return house, published, house.period(period or str(house.catalog.default_period(clock.now().date())), published)


@click.command(epilog="Example: minhbach freeze minh_bach_hang_quy --period 2026-Q3")
@click.argument("publication", required=False)
@of_period
@click.option("--waive", "agencies", multiple=True, help="Go on without this agency (can be repeated); needs --reason.")
@click.option("--reason", default="", help="Why these agencies are waived; published.")
@click.pass_obj
@speaks_json
def freeze(
    options: Options, publication: str | None, period: str | None, agencies: tuple[str, ...], reason: str
) -> dict[str, Any]:
    """Close the books of a period: list the extracts that its releases may read."""
    from ...flow.freezing import freeze as close

    house, published, window = opened(options, publication, period)
    closed = close(house, published, window, dict.fromkeys(agencies, reason))
    rows = [(name, table, len(ids)) for name, tables in closed.extracts.items() for table, ids in tables.items()]
    show(rows, ("agency", "table", "extracts"))
    tell(f"{published.name} {window} is frozen; ledger {closed.head[:12]}")
    return {
        "publication": closed.publication,
        "period": closed.period,
        "extracts": closed.extracts,
        "head": closed.head,
    }


@click.command(epilog="Example: minhbach build --period 2026-Q3")
@click.argument("datasets", nargs=-1)
@of_period
@click.pass_obj
@speaks_json
def build(options: Options, datasets: tuple[str, ...], period: str | None) -> dict[str, Any]:
    """Build the marts of a frozen period with dbt: all of a publication, or the named DATASETS."""
    from ...flow.building import build as run

    house, published, window = opened(options, None, period)
    built = run(house, published, window, datasets or None)
    show(sorted(built.rows.items()), ("mart", "rows"))
    tell(f"{'found' if built.reused else 'built'} run {built.run_id} in {built.seconds:.1f} s: {built.file}")
    return {"run_id": built.run_id, "file": str(built.file), "rows": built.rows, "seconds": built.seconds}


@click.command(epilog="Example: minhbach gate giai_quyet_ho_so --period 2026-Q3")
@click.argument("dataset")
@of_period
@click.pass_obj
@speaks_json
def gate(options: Options, dataset: str, period: str | None) -> dict[str, Any]:
    """Judge the mart of DATASET; exit 3 when it does not pass."""
    from ...flow.judging import judge_marts

    house, published, window = opened(options, None, period)
    house.catalog.dataset(dataset)
    verdict = judge_marts(house, published, window, [dataset])[dataset]
    show([(check.id, check.severity, check.outcome) for check in verdict.checks], ("check", "severity", "outcome"))
    tell(f"passed; {house.lake.verdict(dataset, window, 'mart').with_suffix('.html')}")
    return verdict.document()


@click.command(epilog="Example: minhbach release minh_bach_hang_quy --period 2026-Q3")
@click.argument("publication", required=False)
@of_period
@click.option("--revision-reason", help="Seal another content as the next revision; published.")
@click.pass_obj
@speaks_json
def release(
    options: Options, publication: str | None, period: str | None, revision_reason: str | None
) -> list[dict[str, Any]]:
    """Protect whole populations, write, attack the written files, scan and judge them, and seal."""
    from ...flow.releasing import release as seal

    house, published, window = opened(options, publication, period)
    sealed = seal(house, published, window, reason=revision_reason)
    rows = [(r.subject, r.manifest["rows"], r.manifest["logical_sha256"][:12]) for r in sealed]
    show(rows, ("release", "rows", "rows' hash"))
    return [{"release": r.subject, "folder": str(r.folder), "manifest_sha256": r.manifest_sha256} for r in sealed]
