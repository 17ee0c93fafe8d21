"""Builds the DAGs of a catalog: extract by agency, prepare and publish by publication. Order and time only.

Task bodies call `minhbach.flow` and return ids, counts and hashes; heavy imports happen inside them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, get_current_context, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException

from ..core.periods import quarter_of
from . import assets
from .timetable import AfterCutOff

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.catalog import Agency, Catalog, Publication
    from ..core.periods import Regime

RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": True}
WRITER = "minhbach_warehouse"
"""The queue and pool with one slot in which the warehouse is written."""


def extract_dags(catalog: Catalog) -> dict[str, DAG]:
    """Build `extract__<agency>` for every agency."""
    dags = (_extract(catalog, agency) for agency in catalog.agencies.values() if _wanted(f"extract__{agency.name}"))
    return {dag.dag_id: dag for dag in dags}


def publication_dags(catalog: Catalog) -> dict[str, DAG]:
    """Build `prepare__<publication>` and `publish__<publication>` for every publication."""
    dags: dict[str, DAG] = {}
    for publication in catalog.publications.values():
        for build in (_prepare, _publish):
            dag_id = f"{build.__name__.removeprefix('_')}__{publication.name}"
            if _wanted(dag_id):
                dags[dag_id] = build(catalog, publication, dag_id)
    return dags


def _extract(catalog: Catalog, agency: Agency) -> DAG:
    zone = ZoneInfo(catalog.project.timezone)
    with DAG(
        dag_id=f"extract__{agency.name}",
        dag_display_name=agency.title.vi,
        description=agency.title.en,
        schedule=agency.schedule,
        start_date=datetime(2026, 1, 1, tzinfo=zone),
        catchup=False,
        max_active_runs=1,
        tags=["minhbach", "extract"],
        default_args=RETRIES,
        doc_md=_agency_page(agency),
    ) as dag:

        @task(show_return_value_in_logs=False)
        def land(agency_name: str, table_name: str) -> dict[str, Any]:
            return _stage("extract_table", agency_name, table_name)

        for name, table in agency.tables.items():
            outlet = assets.landed(agency.name, name)
            land.override(task_id=name, task_display_name=table.title.vi, outlets=[outlet])(agency.name, name)
    return dag


def _prepare(catalog: Catalog, publication: Publication, dag_id: str) -> DAG:
    inlets = [
        assets.landed(agency, table)
        for agency in catalog.suppliers(publication)
        for table in catalog.agency(agency).tables
    ]
    period, outlet = _asker(catalog, publication), assets.planned(publication.name)
    with _publication_dag(catalog, publication, dag_id, schedule=AfterCutOff.of(catalog, publication)) as dag:

        @task(show_return_value_in_logs=False, inlets=inlets)
        def close_books(publication_name: str) -> dict[str, Any]:
            return _stage("close_books", publication_name, period())

        @task(show_return_value_in_logs=False, queue=WRITER, pool_slots=1)
        def build_and_judge(publication_name: str, _closed: dict[str, Any]) -> dict[str, Any]:
            return _stage("build_and_judge", publication_name, period())

        @task(show_return_value_in_logs=False)
        def protect_and_seal(publication_name: str, _built: dict[str, Any]) -> dict[str, Any]:
            return _stage("protect_and_seal", publication_name, period())

        @task(show_return_value_in_logs=False, outlets=[outlet])
        def plan(publication_name: str, _sealed: dict[str, Any], *, outlet_events: Any) -> dict[str, Any]:
            made = _stage("prepare_plan", publication_name, period())
            outlet_events[outlet].extra = {"period": made["period"], "plan": made["plan"]}
            return made

        name = publication.name
        plan(name, protect_and_seal(name, build_and_judge(name, close_books(name))))
    return dag


def _publish(catalog: Catalog, publication: Publication, dag_id: str) -> DAG:
    outlets = [assets.published(name) for name in publication.datasets]
    period = _asker(catalog, publication)
    with _publication_dag(catalog, publication, dag_id, schedule=[assets.planned(publication.name)]) as dag:

        @task.sensor(mode="reschedule", poke_interval=300, timeout=timedelta(days=14).total_seconds())
        def approval(publication_name: str) -> bool:
            return bool(_stage("is_approved", publication_name, period())["approved"])

        @task(show_return_value_in_logs=False, outlets=outlets)
        def apply(publication_name: str) -> dict[str, Any]:
            return _stage("apply_plan", publication_name, period())

        approval(publication.name) >> apply(publication.name)
    return dag


def _publication_dag(catalog: Catalog, publication: Publication, dag_id: str, *, schedule: Any) -> DAG:
    return DAG(
        dag_id=dag_id,
        dag_display_name=f"{publication.title.vi} · {dag_id.split('__', maxsplit=1)[0]}",
        description=publication.title.en,
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo(catalog.project.timezone)),
        catchup=False,
        max_active_runs=1,
        tags=["minhbach", dag_id.split("__", maxsplit=1)[0]],
        default_args=RETRIES,
        doc_md=f"{publication.about.vi}\n\n{publication.about.en}",
        params={"period": ""},
    )


def _stage(name: str, *arguments: str) -> dict[str, Any]:
    """Call a stage of the flow. What a gate refused or a declaration got wrong is not tried again."""
    from ..core.errors import MinhBachError, OutsideFailed
    from ..flow import stages

    try:
        result: dict[str, Any] = getattr(stages, name)(*arguments)
    except OutsideFailed:
        raise
    except MinhBachError as refused:
        raise AirflowFailException(str(refused)) from refused
    return result


def _asker(catalog: Catalog, publication: Publication) -> Callable[[], str]:
    timezone, regime = catalog.project.timezone, publication.calendar.regime
    return lambda: period_of(get_current_context(), timezone, regime)


def period_of(context: Any, timezone: str, regime: Regime) -> str:
    """Find the period of a run: asked for by hand, carried by the plan's Asset event, or its data interval."""
    asked = (context["dag_run"].conf or {}).get("period") or context["params"].get("period")
    if asked:
        return str(asked)
    for events in (context.get("triggering_asset_events") or {}).values():
        for event in events:
            if "period" in event.extra:
                return str(event.extra["period"])
    last_day = (context["data_interval_end"] - timedelta(seconds=1)).astimezone(ZoneInfo(timezone)).date()
    return str(quarter_of(last_day, regime))


def _agency_page(agency: Agency) -> str:
    rows = (f"| `{name}` | {table.title.vi} | {table.title.en} |" for name, table in agency.tables.items())
    return "\n".join((f"{agency.title.vi} · {agency.title.en}", "", "| table | vi | en |", "|---|---|---|", *rows))


def _wanted(dag_id: str) -> bool:
    """Build only the DAG that a task's process asks for."""
    only = get_parsing_context().dag_id
    return only is None or only == dag_id
