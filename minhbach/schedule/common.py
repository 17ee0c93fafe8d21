"""What every DAG here has in common: where it begins, how it retries, whom it tells. Knows no stage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG

from . import alerts, pages

if TYPE_CHECKING:
    from ..core.catalog import Catalog, Publication

WRITER = "minhbach_warehouse"
"""The queue, and the pool with one slot, in which the warehouse is written; a task waits for ever for a pool that is
not there: `airflow pools set minhbach_warehouse 1 "…"` makes it."""
DEFAULTS = {
    "owner": "minhbach",
    "retries": 2,  # every stage can be killed and repeated, and what a gate refused is not tried again
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "on_failure_callback": alerts.failed,
}


def new_dag(catalog: Catalog, dag_id: str, *, title: str, about: str, page: str, schedule: Any, **more: Any) -> DAG:
    """Open a DAG: one run at a time, nothing caught up, times local to the project."""
    return DAG(
        dag_id=dag_id,
        dag_display_name=title,
        description=about,
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo(catalog.project.timezone)),
        catchup=False,
        max_active_runs=1,
        tags=["minhbach", dag_id.split("__", maxsplit=1)[0]],
        default_args=DEFAULTS,
        doc_md=page,
        **more,
    )


def publication_dag(
    catalog: Catalog, publication: Publication, dag_id: str, *, verb: str, schedule: Any, **more: Any
) -> DAG:
    """Open a DAG of a publication: named after it, with its page."""
    title, page = f"{verb}: {publication.title.vi}", pages.of_publication(catalog, publication)
    return new_dag(catalog, dag_id, title=title, about=publication.title.en, page=page, schedule=schedule, **more)
