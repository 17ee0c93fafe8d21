"""Listens to task instances and passes on what a person at a terminal wants to see. Knows no terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from ..core.errors import MinhBachError

if TYPE_CHECKING:
    from collections.abc import Callable


class Progress:
    """An Airflow listener; `failed` also fires on attempts that will be retried."""

    def __init__(self, say: Callable[..., None]) -> None:
        self._say = say
        self._began: dict[tuple[str, str], float] = {}

    @hookimpl
    def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
        """Tell that a task began."""
        del previous_state
        self._began[task_instance.dag_id, task_instance.task_id] = time.monotonic()
        self._say(event="task", dag=task_instance.dag_id, task=task_instance.task_id, state="running")

    @hookimpl
    def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
        """Tell that a task is done."""
        del previous_state
        self._ended(task_instance, state="success")

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        """Tell that an attempt failed: the house's own sentence and exit code, or only the kind of a foreign error."""
        del previous_state
        own = error if isinstance(error, MinhBachError) else getattr(error, "__cause__", None)
        if isinstance(own, MinhBachError):
            self._ended(task_instance, state="failed", error=str(own), exit_code=own.exit_code)
        else:
            kind = f"{type(error).__name__}; the private log of the run says more"
            self._ended(task_instance, state="failed", error=kind, exit_code=1)

    def _ended(self, task_instance: Any, **event: Any) -> None:
        key = (task_instance.dag_id, task_instance.task_id)
        seconds = round(time.monotonic() - self._began.get(key, time.monotonic()), 2)
        self._say(event="task", dag=key[0], task=key[1], seconds=seconds, **event)
