"""Unpauses the DAGs of a new instance, once: what somebody pauses later stays paused. Speaks Airflow's own API.

What prepares comes last, when the first extracts have landed: it would find the agencies missing, and look again
minutes later.
"""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.services import ServiceError

if TYPE_CHECKING:
    from .instance import Instance
    from .province import Province

SECONDS = 180
ANSWER_SECONDS: float = 30
ENDED = {"success", "failed"}


@dataclass(frozen=True)
class Opened:
    """What earlier starts let loose, and at which hour of the rehearsal."""

    now: str = ""
    dags: tuple[str, ...] = ()

    @classmethod
    def read(cls, instance: Instance) -> Opened:
        """Read what was kept; nothing of a new instance."""
        try:
            kept = json.loads((instance.home / "opened.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        return cls(kept["now"], tuple(kept["dags"]))


def to_hold(instance: Instance, province: Province) -> list[str]:
    """Name the DAGs that must be paused before the servers start: the clock has moved, and nothing has landed since."""
    opened = Opened.read(instance)
    moved = opened.now != province.now
    return [name for name in opened.dags if moved and name.startswith("prepare__")]


def open_dags(instance: Instance, login: str, password: str, province: Province) -> list[str]:
    """Unpause what was not unpaused before, and after a move of the clock let everything land again; name them.

    Raises:
        ServiceError: the DAG processor did not bring them in time.
    """
    opened, held = Opened.read(instance), to_hold(instance, province)
    before = [name for name in opened.dags if name not in held]
    wanted = [name for name in province.dags if name not in before]
    extracts = [name for name in province.dags if name.startswith("extract__")]
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
    for name in extracts if held else ():
        _ask(instance, "POST", f"/api/v2/dags/{name}/dagRuns", token, {"logical_date": None})
    for name in wanted:
        if name.startswith("prepare__"):
            _let_land(instance, token, extracts)
        _ask(instance, "PATCH", f"/api/v2/dags/{name}", token, {"is_paused": False})
    kept = {"now": province.now, "dags": [*before, *wanted]}
    (instance.home / "opened.json").write_text(json.dumps(kept), encoding="utf-8")
    return wanted


def _let_land(instance: Instance, token: str, extracts: list[str]) -> None:
    """Wait until the extracts have run; not for ever: the preparing DAG waits by itself for whom it lacks."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        runs = [
            _ask(instance, "GET", f"/api/v2/dags/{name}/dagRuns?limit=1&order_by=-id", token)["dag_runs"]
            for name in extracts
        ]
        if all(one and one[0]["state"] in ENDED for one in runs):
            return
        time.sleep(1)


def _listed(instance: Instance, token: str) -> set[str]:
    return {dag["dag_id"] for dag in _ask(instance, "GET", "/api/v2/dags?limit=1000", token)["dags"]}


def _ask(instance: Instance, method: str, path: str, token: str, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(instance.address + path, data, headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except OSError as problem:  # refused, without an answer in time, or cut off within one
        found = getattr(problem, "reason", "") or type(problem).__name__
        raise ServiceError(f"{method} {path}: found {found}, expected the api-server's answer.") from None
