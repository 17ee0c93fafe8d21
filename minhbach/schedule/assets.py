"""Names of the Assets that tie DAGs together, and all there is about their partitions, which are periods.

Airflow's partitioned Assets are young: nothing else here knows them. A plan and a published dataset belong to one
period and are partitioned by it; landed records do not, the freeze decides which period reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, IdentityMapper, PartitionedAssetTimetable

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLD = ("extract_id", "sha256", "landed", "plan", "receipt")
"""What an event may say of what came: hashes and counts."""


def landed(agency: str, table: str) -> Asset:
    """The landed records of one table."""
    return Asset(name=f"landed__{agency}__{table}", uri=f"minhbach://landed/{agency}/{table}", group="minhbach")


def planned(publication: str) -> Asset:
    """A plan that waits for approval."""
    return Asset(name=f"planned__{publication}", uri=f"minhbach://planned/{publication}", group="minhbach")


def published(dataset: str) -> Asset:
    """A published dataset."""
    return Asset(name=dataset, uri=f"minhbach://published/{dataset}", group="minhbach")


def bring(event: Any, period: str | None, told: Mapping[str, Any]) -> None:
    """Let an Asset's event say what came, and for which period."""
    event.extra = {name: told[name] for name in TOLD if name in told}
    if period is not None:
        event.extra["period"] = period
        event.add_partitions(period)


def for_each_period_of(asset: Asset) -> PartitionedAssetTimetable:
    """Start a DAG once for every period that an Asset is brought for, however often."""
    return PartitionedAssetTimetable(assets=asset, default_partition_mapper=IdentityMapper())
