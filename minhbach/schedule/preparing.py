"""Builds `prepare__<publication>`: from closed books to a plan, once a period, when its books close."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import assets, pages
from .common import WRITER, publication_dag
from .running import Stage, Window
from .timetable import AfterCutOff
from .waiting import WaitForAgencies

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ..core.catalog import Catalog, Publication

PATIENCE = timedelta(days=10)
"""How long a quarter waits for an agency before the run fails, and says so."""


def prepare_dag(catalog: Catalog, publication: Publication, dag_id: str) -> DAG:
    """Build the DAG of one publication."""
    name, window = publication.name, Window(catalog, publication)
    due = AfterCutOff.of(catalog, publication)
    with publication_dag(catalog, publication, dag_id, verb="Chuẩn bị", schedule=due, params={"period": ""}) as dag:
        inlets = [
            assets.landed(agency, table)
            for agency in catalog.suppliers(publication)
            for table in catalog.agency(agency).tables
        ]
        wait = WaitForAgencies(
            task_id="wait_for_agencies",
            task_display_name="Chờ cơ quan giao đủ",
            window=window,
            timeout=PATIENCE,
            inlets=inlets,
            doc_md=pages.TASKS["wait_for_agencies"],
        )
        close = _stage("close_books", "Khóa sổ", name, window, hours=1)
        build = _stage("build_and_judge", "Dựng bảng và kiểm định", name, window, hours=6, pool=WRITER, queue=WRITER)
        protect = _stage("protect_and_seal", "Bảo vệ, thử tấn công, niêm phong", name, window, hours=12, queue=WRITER)
        plan = Stage(
            task_id="plan",
            task_display_name="Lập kế hoạch công bố",
            stage="prepare_plan",
            names=(name,),
            portals=(publication.portal,),
            window=window,
            outlets=[assets.planned(name)],
            execution_timeout=timedelta(hours=1),
            doc_md=pages.TASKS["plan"],
        )
        wait >> close >> build >> protect >> plan
    return dag


def _stage(task_id: str, title: str, publication: str, window: Window, *, hours: int, **more: str) -> Stage:
    return Stage(
        task_id=task_id,
        task_display_name=title,
        stage=task_id,
        names=(publication,),
        window=window,
        execution_timeout=timedelta(hours=hours),
        doc_md=pages.TASKS[task_id],
        **more,
    )
