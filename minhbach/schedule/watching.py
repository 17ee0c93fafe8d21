"""Builds `watch__<publication>`: every day, whether what was published is what is live, and nothing is late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from airflow.sdk import CronTriggerTimetable

from . import pages
from .common import publication_dag
from .running import Stage

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ..core.catalog import Catalog, Publication


def watch_dag(catalog: Catalog, publication: Publication, dag_id: str) -> DAG:
    """Build the DAG of one publication; its two tasks do not wait for each other."""
    daily = CronTriggerTimetable("30 9 * * *", timezone=str(ZoneInfo(catalog.project.timezone)))
    with publication_dag(catalog, publication, dag_id, verb="Giám sát", schedule=daily) as dag:
        for task_id, title, stage in (
            ("look_from_outside", "Soi cổng từ bên ngoài", "watch"),
            ("on_time", "Có trễ hạn không", "on_time"),
        ):
            Stage(
                task_id=task_id,
                task_display_name=title,
                stage=stage,
                names=(publication.name,),
                portals=tuple(catalog.portals) if stage == "watch" else (),
                execution_timeout=timedelta(hours=2),
                doc_md=pages.TASKS[task_id],
            )
    return dag
