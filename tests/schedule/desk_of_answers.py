"""A process that runs one DAG on Airflow's own loop while people answer through Airflow's own API, logged in.

Started by the tests: `python desk_of_answers.py HOME DAGS`. On standard input one JSON line a scenario, on standard
output one a result. What a scenario does while the task is parked is a list of steps, each done when it waits again.
"""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "only-for-this-test"
LIMIT = 120
"""Seconds that a step may wait for its task: generous, as a machine may be slow; nothing here sleeps its time out."""


SLEEPS = threading.Event()
"""Airflow's loop sleeps: all that it has parked is written. It would overwrite what an earlier answer changed."""


def _telling(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Give a sleep that tells when the main thread, which the loop runs in, begins one."""

    def told(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            SLEEPS.set()
        sleep(seconds)

    return told


def main() -> None:
    home, dags = Path(sys.argv[1]), sys.argv[2]
    people = json.loads(os.environ["ANSWERING_PEOPLE"])
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps(dict.fromkeys(people, PASSWORD)))
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=dags,
        AIRFLOW__CORE__AUTH_MANAGER="airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=",".join(f"{name}:admin" for name in people),
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(passwords),
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
        AIRFLOW__API_AUTH__JWT_SECRET="0" * 64,
        AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    )
    speak = os.fdopen(os.dup(1), "w", buffering=1)
    log = os.open(home / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils import db

    time.sleep = _telling(time.sleep)
    db.initdb()
    bag = DagBag(dag_folder=dags)
    assert not bag.import_errors, bag.import_errors
    for line in sys.stdin:
        speak.write(json.dumps(_play(bag, json.loads(line))) + "\n")


def _play(bag: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    """Run the DAG to its end while the steps are done; return what the API answered and what became of the tasks."""
    from minhbach.schedule import approving

    for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
        del os.environ[name]
    os.environ.update(scenario["environment"])
    approving.LOOK_AGAIN = timedelta(seconds=scenario.get("look_again", 1800))
    dag = bag.dags[scenario["dag"]]
    for task in dag.tasks:
        task.on_failure_callback = []
        if task.task_id == "approval":
            task.response_timeout = timedelta(seconds=scenario.get("patience", 1800))
    _enter(scenario.get("connections", {}))
    said: list[Any] = []
    answering = threading.Thread(target=_answer, args=(scenario, said), daemon=True)
    answering.start()
    # A task that nobody answers would be waited for, for ever; where everybody stood is then in the log.
    faulthandler.dump_traceback_later(LIMIT, exit=True, file=sys.__stderr__)
    run = dag.test(
        run_conf={"period": scenario["period"], **scenario.get("conf", {})},
        mark_success_pattern=scenario.get("skips", "stage|wait_for_release|apply"),
    )
    faulthandler.cancel_dump_traceback_later()
    answering.join(LIMIT)
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    tries = {one.task_id: one.try_number for one in run.get_task_instances()}
    return {"said": said, "states": states, "tries": tries.get("approval")}


def _enter(connections: dict[str, dict[str, Any]]) -> None:
    """Enter connections into Airflow's own database, as its pages do."""
    from airflow.api_fastapi.app import cached_app
    from starlette.testclient import TestClient

    client = TestClient(cached_app())
    for name, about in connections.items():
        header = _logged_in(client, json.loads(os.environ["ANSWERING_PEOPLE"])[0])
        made = client.post("/api/v2/connections", json={"connection_id": name, **about}, headers=header)
        assert made.is_success, made.text


def _answer(scenario: dict[str, Any], said: list[Any]) -> None:
    from airflow.api_fastapi.app import cached_app
    from starlette.testclient import TestClient

    client = TestClient(cached_app())
    for step in scenario["steps"]:
        if step["do"] == "answer":
            said.append(_by_hand(client, step))
        elif step["do"] == "sweep":
            said.append(_sweep(client, step))
        elif step["do"] == "run":
            _parked(client, step["as"])
            said.append(subprocess.run(step["command"], check=False, capture_output=True, text=True).returncode)


def _parked(client: Any, login: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Wait until a task waits for a person; return the header of whoever is logged in, and what is asked."""
    header = _logged_in(client, login)
    end = time.monotonic() + LIMIT
    SLEEPS.clear()
    while time.monotonic() < end:
        if not SLEEPS.wait(1):
            continue
        found = client.get("/api/v2/dags/~/dagRuns/~/hitlDetails?state=awaiting_input", headers=header).json()
        waiting = [one for one in found["hitl_details"] if one["task_instance"]["state"] == "awaiting_input"]
        if waiting:
            return header, waiting[0]
        SLEEPS.clear()
    raise AssertionError("no task came to wait for a person")


def _logged_in(client: Any, login: str) -> dict[str, str]:
    token = client.post("/auth/token", json={"username": login, "password": PASSWORD}).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def _by_hand(client: Any, step: dict[str, Any]) -> dict[str, Any]:
    header, asked = _parked(client, step["as"])
    instance = asked["task_instance"]
    where = f"/api/v2/dags/{instance['dag_id']}/dagRuns/{instance['dag_run_id']}/taskInstances/approval/-1/hitlDetails"
    body = {"chosen_options": [step["option"]], "params_input": {}}
    answered = client.patch(where, json=body, headers=header)
    shown = {name: asked[name] for name in ("subject", "body", "options", "defaults", "assigned_users")}
    return {"status": answered.status_code, **shown}


def _sweep(client: Any, step: dict[str, Any]) -> str:
    """Let the scheduler's own sweep find that a wait is over."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    header, asked = _parked(client, step["as"])
    where = asked["task_instance"]
    runner = SchedulerJobRunner(Job())
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        runner.check_awaiting_input_timeouts()
        address = f"/api/v2/dags/{where['dag_id']}/dagRuns/{where['dag_run_id']}/taskInstances/approval"
        state = client.get(address, headers=header).json()["state"]
        if state != "awaiting_input":
            return str(state)
        time.sleep(0.2)
    raise AssertionError("the wait was not over")


if __name__ == "__main__":
    main()
