"""Registers the timetable with Airflow (entry point `airflow.plugins`)."""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from .timetable import AfterCutOff


class MinhBachPlugin(AirflowPlugin):
    """What Airflow must know to read our DAGs back from its database."""

    name = "minhbach"
    timetables: ClassVar[list[type]] = [AfterCutOff]
