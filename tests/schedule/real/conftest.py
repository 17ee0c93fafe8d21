"""One real Airflow for all tests of this room, and the first quarter of its house, walked up to the approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.airflow import airflow
from tests.schedule.real.quarter import Quarter, walk

if TYPE_CHECKING:
    from tests.airflow import Airflow

__all__ = ["airflow"]


@pytest.fixture(scope="session")
def first(airflow: Airflow) -> Quarter:
    """Give the scheduled runs of the first quarter; its plan waits for approval unless a test has answered."""
    return walk(airflow, 0)
