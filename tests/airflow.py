"""A whole Airflow for the tests that ask for one: its own home, database, people, province; it publishes to CKAN.

MINHBACH_TEST_AIRFLOW_HOME names one that is up already (`python -m deploy.airflow up --home DIR --portal-home HOME
--to ckan`, MINHBACH_TEST_PORTAL_HOME=HOME); it stays.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from deploy.airflow.instance import Instance, kept_wish
from deploy.airflow.whole import known_services
from deploy.services import port_free, service_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.services import Service
    from tests.portal import Portal

ROOT = Path(__file__).resolve().parent.parent
GIVEN = "MINHBACH_TEST_AIRFLOW_HOME"
NEEDED = ("psql", "redis-server")
DOSSIERS = 600
SEED = 20260615
SECONDS = 900
"""An installation with an empty cache on a busy machine, and the start of every server."""
PATIENCE = 420
"""Seconds that a run may take on a machine four times slower than ours."""
LOOK_EVERY = 0.5


class Airflow:
    """A running Airflow as its people meet it: by its API, with their own passwords."""

    def __init__(self, home: Path) -> None:
        self.home = home
        wish = kept_wish(home)
        assert wish is not None
        self.instance = Instance(home, service_account(), wish)
        self.url = self.instance.address
        self._tokens: dict[str, str] = {}

    def password(self, login: str) -> str:
        lines = self.instance.passwords.read_text(encoding="utf-8").splitlines()
        return dict(line.split(": ", 1) for line in lines)[login]

    def ask(self, method: str, path: str, *, by: str = "admin", **options: Any) -> httpx.Response:
        """Ask the API as a person."""
        if by not in self._tokens:
            opened = httpx.post(
                f"{self.url}/auth/token", json={"username": by, "password": self.password(by)}, timeout=60
            )
            assert opened.is_success, opened.text
            self._tokens[by] = opened.json()["access_token"]
        headers = {"Authorization": f"Bearer {self._tokens[by]}"}
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=60, **options)

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """List the runs of a DAG, the oldest first."""
        listed: list[dict[str, Any]] = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=id").json()["dag_runs"]
        return listed

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """Return the tasks of a run by id."""
        answer = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances").json()
        return {task["task_id"]: task for task in answer["task_instances"]}

    def states(self, dag: str, run: str) -> dict[str, str]:
        return {name: task["state"] for name, task in self.tasks(dag, run).items()}

    def returned(self, dag: str, run: str, task: str) -> Any:
        """Return what a task handed on."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
        return self.ask("GET", path).json()["value"]

    def start(self, dag: str, *, by: str = "admin", **conf: str) -> str:
        """Start a run by hand and return its id."""
        asked = self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", by=by, json={"logical_date": None, "conf": conf})
        assert asked.is_success, asked.text
        run: str = asked.json()["dag_run_id"]
        return run

    def finished(self, dag: str, run: str) -> str:
        """Wait until a run has ended and return its state."""
        self.until(lambda: self._state(dag, run) in {"success", "failed"}, lambda: self.account(dag, run))
        return self._state(dag, run)

    def run_number(self, dag: str, number: int) -> str:
        """Wait until a DAG has had more runs than this, and return the id of that one, counted from the first."""
        self.until(lambda: len(self.runs(dag)) > number, lambda: f"{dag} has {len(self.runs(dag))} runs")
        run: str = self.runs(dag)[number]["dag_run_id"]
        return run

    def until(self, condition: Callable[[], bool], account: Callable[[], str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, account()
            time.sleep(LOOK_EVERY)

    def log(self, dag: str, run: str, task: str) -> str:
        """Return all that a task's newest try said, as the API gives it."""
        tried = self.tasks(dag, run)[task]["try_number"]
        asked = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{tried}")
        return json.dumps(asked.json()["content"], ensure_ascii=False)

    def account(self, dag: str, run: str) -> str:
        """Say how a run stands, for the report of a failure."""
        said = {}
        for name, task in self.tasks(dag, run).items():
            if task["state"] == "failed":
                said[name] = self.log(dag, run, name)[-3000:]
        return f"{dag} {run}: {self._state(dag, run)} {self.states(dag, run)} {json.dumps(said, ensure_ascii=False)}"

    def services(self) -> list[Service]:
        return known_services(self.home, service_account())

    def _state(self, dag: str, run: str) -> str:
        state: str = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}").json()["state"]
        return state


def deploy_airflow(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m deploy.airflow`."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "AIRFLOW"))}
    return subprocess.run(
        [sys.executable, "-m", "deploy.airflow", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=known,
    )


def free_base(count: int = 5) -> int:
    """Return the first of some free ports in a row, below those that the system hands out itself."""
    for base in random.sample(range(11000, 32000, 10), 500):
        if all(port_free(base + one) for one in range(count)):
            return base
    pytest.fail(f"no {count} free ports in a row")


def lift(home: Path, *options: str) -> Airflow:
    """Start an Airflow, or change the one that runs there."""
    ran = deploy_airflow("up", "--home", home, *options)
    if ran.returncode:
        pytest.fail(f"{ran.stdout}\n{ran.stderr}\n{_last_words(home)}")
    return Airflow(home)


@pytest.fixture(scope="session")
def airflow(portal: Portal) -> Iterator[Airflow]:
    """Give an Airflow with the local executor at the first quarter's hour of release; it publishes to an empty CKAN."""
    if given := os.environ.get(GIVEN):
        yield Airflow(Path(given))
        return
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"no {', '.join(lacking)} here: `make test` as root installs it (requirements/debian.list)")
    # Not below pytest's own folder: that one is closed to the account that services run as.
    folder = Path(tempfile.mkdtemp(prefix="minhbach-airflow-"))
    folder.chmod(0o755)
    portal.reset()
    try:
        yield lift(
            folder / "home",
            f"--port-base={free_base()}",
            "--no-celery",
            f"--dossiers={DOSSIERS}",
            f"--seed={SEED}",
            f"--portal-home={portal.home.path}",
            "--to=ckan",
        )
    finally:
        deploy_airflow("destroy", "--home", folder / "home")
        shutil.rmtree(folder, ignore_errors=True)


def _last_words(home: Path) -> str:
    logs = sorted((home / "logs").glob("*.log"), key=lambda path: path.stat().st_mtime)
    tails = [(path.name, path.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]) for path in logs]
    return "\n".join(f"{name}: " + "\n".join(line[:300] for line in lines) for name, lines in tails)
