"""The processes of Airflow, in the order of their start: what each may know, and how it tells that it is well."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deploy.services import Service, answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .instance import Instance

WRITER = "minhbach_warehouse"
"""The queue and the pool of the one that writes the warehouse."""
PING = """
import os, sys
from celery import Celery
sys.exit(0 if Celery(broker=os.environ["QUEUE"]).control.ping([sys.argv[1]], timeout=3) else 1)
"""
PATIENCE = 60
"""Seconds that asking a worker may take, with the start of an interpreter on a busy machine."""
STALE = 60
"""Seconds without a heartbeat after which a process is not well."""


def airflow_servers(
    instance: Instance, venv: Path, airflow: dict[str, str], tasks: dict[str, str], warehouse: dict[str, str]
) -> list[Service]:
    """Return the processes of Airflow; with the local executor, the scheduler is the one that runs tasks."""
    celery = instance.wish.celery
    page = f"{instance.address}/api/v2/monitor/health"

    def server(name: str, *words: str, known: dict[str, str], **options: Any) -> Service:
        return Service(
            name,
            [venv / "bin" / "airflow", *words],
            home=instance.home,
            account=instance.account,
            environment=known,
            seconds_to_start=240,
            **options,
        )

    def beating(name: str, job: str, *words: str, known: dict[str, str]) -> Service:
        since = instance.home / "run" / f"{name}.pid"
        return server(
            name, *words, known=known, ready=lambda: _beats(page, job, since), healthy=lambda: _ill(page, job)
        )

    servers = [
        server(
            "api-server", "api-server", "--host", "127.0.0.1", "--port", str(instance.port("api-server")),
            known=airflow, ports=(instance.port("api-server"),),
            ready=lambda: answers(page), healthy=lambda: _ill(page, "metadatabase"),
        ),
        beating("scheduler", "scheduler", "scheduler", "--skip-serve-logs", known=airflow if celery else tasks),
        beating("dag-processor", "dag_processor", "dag-processor", known=airflow),
        beating("triggerer", "triggerer", "triggerer", "--skip-serve-logs", known=airflow),
    ]  # fmt: skip
    workers = (("worker", "default", "2", tasks), ("warehouse-worker", WRITER, "1", warehouse)) if celery else ()
    for name, queue, slots, known in workers:
        servers.append(
            server(
                name, "celery", "worker", "--queues", queue, "--concurrency", slots, "--skip-serve-logs",
                "--celery-hostname", f"{name}@minhbach", "--without-gossip", "--without-mingle",
                known=known, ready=_answering(instance, venv, airflow, name),
            )
        )  # fmt: skip
    return servers


def _beats(page: str, job: str, since: Path) -> bool:
    """Say whether a process has beaten since it was started: what it left in the database before does not count."""
    beat = _beat(page, job)
    return beat is not None and since.exists() and beat.timestamp() > since.stat().st_mtime


def _ill(page: str, job: str) -> str:
    """Say what is wrong, or nothing."""
    try:
        found = _health(page)[job]
    except (OSError, ValueError, KeyError):
        return "unknown: the api-server does not answer"
    if found["status"] != "healthy":
        return f"{found['status'] or 'never seen'}"
    beat = _beat(page, job)
    return "" if beat is None or (datetime.now(UTC) - beat).total_seconds() < STALE else "no heartbeat"


def _beat(page: str, job: str) -> datetime | None:
    try:
        text = _health(page)[job].get(f"latest_{job}_heartbeat")
    except (OSError, ValueError, KeyError):
        return None
    return datetime.fromisoformat(text) if text else None


def _health(page: str) -> dict[str, Any]:
    with urllib.request.urlopen(page, timeout=10) as answer:  # noqa: S310 - our own api-server
        health: dict[str, Any] = json.load(answer)
    return health


def _answering(instance: Instance, venv: Path, airflow: dict[str, str], name: str) -> Callable[[], bool]:
    """Ask a worker over the queue whether it is there."""

    def asked() -> bool:
        try:
            ran = subprocess.run(
                [venv / "bin" / "python", "-c", PING, f"{name}@minhbach"],
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": airflow["PATH"], "QUEUE": airflow["AIRFLOW__CELERY__BROKER_URL"]},
                timeout=PATIENCE,
                **instance.account.start_options(),
            )
        except subprocess.TimeoutExpired:  # Celery goes on looking for a queue that is gone
            return False
        return ran.returncode == 0

    return asked
