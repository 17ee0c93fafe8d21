"""Links from a task to what it made: verdicts and plan on the house's desk, releases on the portal. Knows no task."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Variable
from airflow.sdk.bases.operatorlink import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

DESK = "minhbach_desk"
"""The Airflow variable with the desk's address, as users of this Airflow reach it; without it there is no link."""


def desk(publication: str, period: str) -> str:
    """Give the address of a publication's page on the desk, or nothing where no desk is named."""
    address = Variable.get(DESK, default="") or ""
    return f"{address.rstrip('/')}/{publication}/{period}/" if address else ""


class DeskLink(BaseOperatorLink):
    """The desk's page of this publication and period: its state, verdicts, plan."""

    name = "Bàn làm việc · Desk"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Read publication and period from what the task returned."""
        del operator
        told = _told(ti_key)
        return desk(told["publication"], told["period"]) if "period" in told else ""


class PagesLink(BaseOperatorLink):
    """The page of the first published dataset; the others stand in the task's result."""

    name = "Trang công bố · Public page"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Read the addresses that came back from the portal."""
        del operator
        urls = _told(ti_key).get("urls") or {}
        return str(next(iter(urls.values()), ""))


def _told(ti_key: Any) -> dict[str, Any]:
    told = XCom.get_value(ti_key=ti_key, key="return_value")
    return told if isinstance(told, dict) else {}


LINKS = (DeskLink(), PagesLink())
