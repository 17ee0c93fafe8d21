"""Names of the Assets that tie DAGs together: landed tables, prepared plans, published releases."""

from __future__ import annotations

from airflow.sdk import Asset


def landed(agency: str, table: str) -> Asset:
    """The landed records of one table."""
    return Asset(name=f"landed__{agency}__{table}", uri=f"minhbach://landed/{agency}/{table}", group="minhbach")


def planned(publication: str) -> Asset:
    """A plan that waits for approval."""
    return Asset(name=f"planned__{publication}", uri=f"minhbach://planned/{publication}", group="minhbach")


def published(dataset: str) -> Asset:
    """A published dataset."""
    return Asset(name=dataset, uri=f"minhbach://published/{dataset}", group="minhbach")
