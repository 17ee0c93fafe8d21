"""The next quarter with Celery and two workers: the same path, the same click, the warehouse on a queue of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from deploy.services import port_free
from tests.airflow import deploy_airflow, lift
from tests.schedule.real.person import answer, open_question, signed_in
from tests.schedule.real.processes import family, inspect, of_home
from tests.schedule.real.quarter import PARKED, PREPARE, PUBLISH, STEWARD, ledger, respond, walk

if TYPE_CHECKING:
    from tests.airflow import Airflow
    from tests.conftest import ClosedChromium
    from tests.schedule.real.quarter import Quarter

pytestmark = [pytest.mark.scheduler, pytest.mark.browser]
PERIOD = "2026-Q3"
WRITER = "minhbach_warehouse"


@pytest.fixture(scope="module")
def workers(airflow: Airflow, first: Quarter) -> Airflow:
    """Give the same house a quarter later, its tasks run by Celery."""
    if airflow.states(PUBLISH, first.publish)["approval"] == PARKED:
        assert respond(airflow, first.publish, "Approve", by=STEWARD).is_success
    assert airflow.finished(PUBLISH, first.publish) == "success"
    return lift(airflow.home, "--celery", f"--period={PERIOD}")


@pytest.fixture(scope="module")
def second(workers: Airflow) -> Quarter:
    return walk(workers, 1)


def test_two_workers_stand_beside_a_scheduler_that_knows_no_key(workers: Airflow) -> None:
    inspect(workers, tasks_run_in={"worker", "warehouse-worker"})


def test_what_opens_the_warehouse_is_given_to_one_worker_alone(workers: Airflow, second: Quarter) -> None:
    tasks = workers.tasks(PREPARE, second.prepare)
    assert {name for name, task in tasks.items() if task["queue"] == WRITER} == {"build_and_judge", "protect_and_seal"}
    took = {name: _taken(workers, name) for name in ("worker", "warehouse-worker")}
    assert took["warehouse-worker"] == 2, took
    assert took["worker"] > len(tasks), took


def test_the_same_click_publishes_the_next_quarter(workers: Airflow, second: Quarter, chromium: ClosedChromium) -> None:
    with signed_in(chromium, workers, STEWARD) as page:
        open_question(page, workers, second.publish)
        answer(page, "Approve")
    assert workers.finished(PUBLISH, second.publish) == "success", workers.account(PUBLISH, second.publish)
    site = f"http://127.0.0.1:{workers.instance.port('site')}"
    assert httpx.get(f"{site}/dataset/giai_quyet_ho_so/{PERIOD}/r1/").is_success
    answers = [one["content"] for one in ledger(workers) if one["kind"] == "approved"]
    assert [(one["period"], one["login"]) for one in answers] == [("2026-Q2", STEWARD), (PERIOD, STEWARD)]


def test_stop_leaves_no_process_behind(workers: Airflow, second: Quarter) -> None:
    """In the middle of work, too: a task runs while everything is told to end."""
    assert second.publish
    agency = next(iter(second.extracts))
    run = workers.start(agency)
    workers.until(lambda: "running" in workers.states(agency, run).values(), lambda: workers.account(agency, run))
    before = family(workers)
    assert len(before) >= 12
    stopped = deploy_airflow("stop", "--home", workers.home)
    assert stopped.returncode == 0, stopped.stderr
    assert not [one for one in before if one.alive()]
    assert not of_home(workers)
    assert all(port_free(port) for service in workers.services() for port in service.ports)
    assert deploy_airflow("status", "--home", workers.home).returncode == 1
    assert "Nothing ran" in deploy_airflow("stop", "--home", workers.home).stdout


def _taken(airflow: Airflow, worker: str) -> int:
    """Count the tasks that a worker says it was given."""
    return (airflow.home / "logs" / f"{worker}.log").read_text(encoding="utf-8", errors="replace").count("received")
