"""Names the DAGs of a catalog: extract by agency; prepare, publish and watch by publication. Order and time only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import get_parsing_context

from .extracting import extract_dag
from .preparing import prepare_dag
from .publishing import publish_dag
from .watching import watch_dag

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ..core.catalog import Catalog

BUILDERS = {"prepare": prepare_dag, "publish": publish_dag, "watch": watch_dag}


def extract_dags(catalog: Catalog) -> dict[str, DAG]:
    """Build `extract__<agency>` for every agency."""
    names = {f"extract__{name}": agency for name, agency in catalog.agencies.items()}
    return {dag_id: extract_dag(catalog, agency, dag_id) for dag_id, agency in names.items() if _wanted(dag_id)}


def publication_dags(catalog: Catalog) -> dict[str, DAG]:
    """Build `prepare__…`, `publish__…` and `watch__<publication>` for every publication."""
    return {
        dag_id: build(catalog, publication, dag_id)
        for publication in catalog.publications.values()
        for verb, build in BUILDERS.items()
        if _wanted(dag_id := f"{verb}__{publication.name}")
    }


def _wanted(dag_id: str) -> bool:
    """Build only the DAG that a task's process asks for."""
    only = get_parsing_context().dag_id
    return only is None or only == dag_id
