"""Builds `publish__<publication>`: approved, brought unseen, released at its hour; once for every plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import assets, pages
from .approving import PlanApproval
from .common import publication_dag
from .running import Stage, Window
from .waiting import WaitForRelease, WaitForSignature

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ..core.catalog import Catalog, Publication

PATIENCE = timedelta(days=14)
"""How long a plan waits for an answer, and an approved one for its hour."""


def publish_dag(catalog: Catalog, publication: Publication, dag_id: str) -> DAG:
    """Build the DAG of one publication."""
    name, window = publication.name, Window(catalog, publication)
    each = assets.for_each_period_of(assets.planned(name))
    with publication_dag(catalog, publication, dag_id, verb="Công bố", schedule=each, params={"period": ""}) as dag:
        stage = Stage(
            task_id="stage",
            task_display_name="Đưa lên cổng, chưa ai thấy",
            stage="stage_plan",
            names=(name,),
            portals=(publication.portal,),
            window=window,
            execution_timeout=timedelta(hours=6),
            doc_md=pages.TASKS["stage"],
        )
        wait = WaitForRelease(
            task_id="wait_for_release",
            task_display_name="Chờ giờ công bố",
            window=window,
            timeout=PATIENCE,
            doc_md=pages.TASKS["wait_for_release"],
        )
        apply = Stage(
            task_id="apply",
            task_display_name="Công bố và đọc lại",
            stage="apply_plan",
            names=(name,),
            portals=(publication.portal,),
            window=window,
            outlets=[assets.published(dataset) for dataset in publication.datasets],
            execution_timeout=timedelta(hours=2),
            doc_md=pages.TASKS["apply"],
        )
        _approval(catalog, publication, window) >> stage >> wait >> apply
    return dag


def _approval(catalog: Catalog, publication: Publication, window: Window) -> PlanApproval | WaitForSignature:
    """Ask in the UI where somebody who may approve has a login; else wait for a signature."""
    named = {"task_id": "approval", "task_display_name": "Phê duyệt kế hoạch", "doc_md": pages.TASKS["approval"]}
    people = (catalog.people[name] for name in publication.approved_by if name in catalog.people)
    if any(person.login for person in people):
        return PlanApproval(window=window, response_timeout=PATIENCE, **named)
    return WaitForSignature(window=window, timeout=PATIENCE, **named)
