"""`minhbach run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.command(epilog="Example: minhbach run --period 2026-Q3")
@click.argument("publication", required=False)
@click.option("--period", help="Period (default: the last one that is closed).")
@click.pass_obj
@speaks_json
def run(options: Options, publication: str | None, period: str | None) -> dict[str, Any]:
    """Run the extract DAGs and prepare DAG of PUBLICATION in one process; what it leaves is a plan."""
    from ...core import clock
    from ...flow.house import open_house
    from ...flow.planning import newest_plan
    from ...flow.stages import run_order
    from ..progress import shower
    from ..supervisor import embedded_run

    house = open_house(options.project)
    published = house.catalog.publication(publication)
    asked = period or str(house.catalog.default_period(clock.now().date()))
    window = house.period(asked, published)
    with embedded_run(house.settings.environment(), shower()) as airflow:
        for dag in run_order(house, published, window):
            airflow.run(dag, str(window))
    plan = newest_plan(house, published, window)
    path = house.lake.plan(published.name, window, plan.hash)
    tell(f"plan {plan.hash[:12]} waits for approval: minhbach approve {path} --key FILE")
    return {"plan": plan.hash, "file": str(path)}
