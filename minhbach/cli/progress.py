"""Shows what an embedded run does, a line a task, on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .output import say

if TYPE_CHECKING:
    from collections.abc import Callable

MARKS = {"success": ("✓", "green"), "failed": ("✗", "red")}


def shower(kept: list[dict[str, Any]] | None = None) -> Callable[[dict[str, Any]], None]:
    """Return a function that shows one event of the run, and keeps in `kept` what took time."""

    def see(event: dict[str, Any]) -> None:
        _show(event)
        if kept is not None and "seconds" in event:
            kept.append(event)

    return see


def _show(event: dict[str, Any]) -> None:
    if event["event"] == "ready":
        say(f"  Airflow is ready ({event['seconds']:.1f} s, {len(event['dags'])} DAGs)")
    if event["event"] == "task" and event["state"] in MARKS:
        mark, colour = MARKS[event["state"]]
        name = f"{event['dag']}.{event['task']}"
        say(f"  {click.style(mark, fg=colour)} {name:<58} {event['seconds']:>6.1f} s")
        if event["state"] == "failed":
            say(f"    {event['error']}", important=True)
