"""Unpauses the DAGs of a new instance, once: what somebody pauses later stays paused. Speaks Airflow's own API."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from deploy.services import ServiceError

if TYPE_CHECKING:
    from .instance import Instance

SECONDS = 180


def open_dags(instance: Instance, login: str, password: str, expected: list[str]) -> list[str]:
    """Unpause those of the expected DAGs that were not unpaused by an earlier start, in their order, and name them.

    Raises:
        ServiceError: the DAG processor did not bring them in time.
    """
    mark = instance.home / "opened.json"
    before = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else []
    wanted = [name for name in expected if name not in before]
    if not wanted:
        return []
    token = _ask(instance, "POST", "/auth/token", "", {"username": login, "password": password})["access_token"]
    deadline = time.monotonic() + SECONDS
    while missing := set(wanted) - _listed(instance, token):
        if time.monotonic() > deadline:
            raise ServiceError(
                f"found no {', '.join(sorted(missing))} after {SECONDS} s, expected every DAG of the project; "
                f"see {instance.logs / 'dag-processor.log'}."
            )
        time.sleep(1)
    for name in wanted:
        _ask(instance, "PATCH", f"/api/v2/dags/{name}", token, {"is_paused": False})
    mark.write_text(json.dumps([*before, *wanted]), encoding="utf-8")
    return wanted


def _listed(instance: Instance, token: str) -> set[str]:
    return {dag["dag_id"] for dag in _ask(instance, "GET", "/api/v2/dags?limit=1000", token)["dags"]}


def _ask(instance: Instance, method: str, path: str, token: str, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(instance.address + path, data, headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.URLError as problem:
        raise ServiceError(f"{method} {path}: found {problem.reason}, expected the api-server's answer.") from None
