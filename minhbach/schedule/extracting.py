"""Builds `extract__<agency>`: a task and an Asset for each table, by the agency's own schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import assets, pages
from .common import new_dag
from .running import Stage

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ..core.catalog import Agency, Catalog


def extract_dag(catalog: Catalog, agency: Agency, dag_id: str) -> DAG:
    """Build the DAG of one agency."""
    title, about = f"Thu thập: {agency.title.vi}", agency.title.en
    page = pages.of_agency(agency)
    with new_dag(catalog, dag_id, title=title, about=about, page=page, schedule=agency.schedule) as dag:
        for name, table in agency.tables.items():
            Stage(
                task_id=name,
                task_display_name=table.title.vi,
                stage="extract_table",
                names=(agency.name, name),
                agencies=(agency.connection,),
                outlets=[assets.landed(agency.name, name)],
                execution_timeout=timedelta(hours=6),
                doc_md=pages.of_table(name, table),
            )
    return dag
