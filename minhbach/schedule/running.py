"""Calls a stage of the flow from a task, for the period that the run is about. Knows no DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from ..core.periods import quarter_of
from . import assets
from .links import LINKS
from .reaching import reaching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.catalog import Catalog, Publication
    from ..core.periods import Regime


def call(name: str, *arguments: Any, **named: Any) -> Any:
    """Call a stage of the flow. What a gate refused or a declaration got wrong is not tried again."""
    from ..core.errors import MinhBachError, OutsideFailed
    from ..flow import stages

    try:
        return getattr(stages, name)(*arguments, **named)
    except OutsideFailed:
        raise
    except MinhBachError as refused:
        raise AirflowFailException(str(refused)) from refused


class Window:
    """Which period a run of a publication's DAG is about; holds names alone, so that a DAG holds them too."""

    def __init__(self, catalog: Catalog, publication: Publication) -> None:
        self.publication = publication.name
        self.timezone = catalog.project.timezone
        self.regime: Regime = publication.calendar.regime

    def period(self, context: Any) -> str:
        """Find it in the context of a task."""
        return period_of(context, self.timezone, self.regime)


class Stage(BaseOperator):
    """A task that calls one stage with names and keeps what it returns: ids, counts, hashes.

    With a `window` the period of the run follows the names. Its outlets are the Assets that exist once it is done.
    `agencies` and `portals` name the connections that it may ask Airflow for.
    """

    operator_extra_links = LINKS
    ui_color: ClassVar[str] = "#e8f0fe"

    def __init__(
        self,
        *,
        stage: str,
        names: Sequence[str],
        window: Window | None = None,
        agencies: Sequence[str] = (),
        portals: Sequence[str] = (),
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.stage = stage
        self.names = tuple(names)
        self.window = window
        self.agencies, self.portals = tuple(agencies), tuple(portals)

    def execute(self, context: Any) -> dict[str, Any]:
        """Call the stage, and let its Assets say what came."""
        period = (self.window.period(context),) if self.window else ()
        with reaching(self.agencies, self.portals):
            told: dict[str, Any] = call(self.stage, *self.names, *period)
        for outlet in self.outlets:
            assets.bring(context["outlet_events"][outlet], period[0] if period else None, told)
        return told if not period else {"period": period[0], "publication": self.names[0], **told}


def period_of(context: Any, timezone: str, regime: Regime) -> str:
    """Find the period of a run: asked for by hand, its partition, carried by an Asset's event, or its data interval."""
    asked = (context["dag_run"].conf or {}).get("period") or context["params"].get("period")
    if asked := asked or context.get("partition_key"):
        return str(asked)
    for events in (context.get("triggering_asset_events") or {}).values():
        for event in events:
            if "period" in event.extra:
                return str(event.extra["period"])
    last_day = (context["data_interval_end"] - timedelta(seconds=1)).astimezone(ZoneInfo(timezone)).date()
    return str(quarter_of(last_day, regime))
