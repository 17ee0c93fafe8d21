"""The next quarter with Celery and two workers: the same path and click; Airflow holds the portal's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from deploy.services import port_free
from publishers.ckan.names import package_name
from tests.airflow import deploy_airflow, lift
from tests.schedule.real.person import answer, open_question, signed_in
from tests.schedule.real.processes import family, inspect, of_home
from tests.schedule.real.quarter import (
    PARKED,
    PREPARE,
    PREPARER,
    PUBLICATION,
    PUBLISH,
    STEWARD,
    ledger,
    respond,
    walk,
)
from tests.schedule.real.reader import DATASETS, is_out, read

if TYPE_CHECKING:
    from tests.airflow import Airflow
    from tests.conftest import ClosedChromium
    from tests.portal import Portal
    from tests.schedule.real.quarter import Quarter

pytestmark = [pytest.mark.scheduler, pytest.mark.browser, pytest.mark.timeout(1800)]
BEFORE, PERIOD = "2026-Q2", "2026-Q3"
WRITER = "minhbach_warehouse"
ENTERED = 409


@pytest.fixture(scope="module")
def workers(airflow: Airflow, first: Quarter, portal: Portal) -> Airflow:
    """Give the same house a quarter later, its tasks run by Celery; no process is given the portal's keys."""
    if airflow.states(PUBLISH, first.publish)["approval"] == PARKED:
        assert respond(airflow, first.publish, "Approve", by=STEWARD).is_success
    assert airflow.finished(PUBLISH, first.publish) == "success"
    if not is_out(portal, BEFORE):  # another test has emptied the portal since: what was published goes there again
        plan = airflow.returned(PREPARE, first.prepare, "plan")["plan"]
        file = airflow.instance.house / "lake" / "plans" / PUBLICATION / BEFORE / f"{plan}.json"
        lift(airflow.home)
        applied = deploy_airflow("minhbach", "--home", airflow.home, "apply", file)
        assert applied.returncode == 0, applied.stderr
    _enter_connections(airflow, portal)
    return lift(airflow.home, "--celery", f"--period={PERIOD}", "--portal-home=")


@pytest.fixture(scope="module")
def second(workers: Airflow) -> Quarter:
    return walk(workers, 1)


def test_two_workers_stand_beside_a_scheduler_that_knows_no_key(workers: Airflow) -> None:
    inspect(workers, tasks_run_in={"worker", "warehouse-worker"}, publishes=set())


def test_what_opens_the_warehouse_is_given_to_one_worker_alone(workers: Airflow, second: Quarter) -> None:
    tasks = workers.tasks(PREPARE, second.prepare)
    assert {name for name, task in tasks.items() if task["queue"] == WRITER} == {"build_and_judge", "protect_and_seal"}
    took = {name: _taken(workers, name) for name in ("worker", "warehouse-worker")}
    assert took["warehouse-worker"] == 2, took
    assert took["worker"] > len(tasks), took


def test_the_same_click_publishes_once_the_portal_is_what_was_approved(
    workers: Airflow, second: Quarter, portal: Portal, chromium: ClosedChromium
) -> None:
    """Somebody edits the portal while the plan waits: the approved plan fails, names the field, and changes nothing."""
    name = package_name(DATASETS[0])
    title = portal.call("package_show", id=name)["title"]
    portal.call("package_patch", id=name, title="Tên khác", token=portal.admin_token)
    with signed_in(chromium, workers, STEWARD) as page:
        open_question(page, workers, second.publish)
        answer(page, "Approve")
    assert workers.finished(PUBLISH, second.publish) == "failed"
    states = workers.states(PUBLISH, second.publish)
    assert (states["approval"], states["stage"], states["apply"]) == ("success", "failed", "upstream_failed")
    assert workers.tasks(PUBLISH, second.publish)["stage"]["try_number"] == 1, "what a gate refused is not tried again"
    assert f"{name}: found edited by hand: title" in workers.log(PUBLISH, second.publish, "stage")
    assert not is_out(portal, PERIOD)

    portal.call("package_patch", id=name, title=title, token=portal.admin_token)
    cleared = workers.ask(
        "POST",
        f"/api/v2/dags/{PUBLISH}/clearTaskInstances",
        by=PREPARER,
        json={"dag_run_id": second.publish, "dry_run": False, "only_failed": True},
    )
    assert cleared.is_success, cleared.text
    assert workers.finished(PUBLISH, second.publish) == "success", workers.account(PUBLISH, second.publish)
    plan = workers.returned(PREPARE, second.prepare, "plan")["plan"]
    receipt = read(portal, workers, PERIOD, plan)
    assert (receipt["approver"], receipt["approval"]["how"]) == (STEWARD, "airflow")
    answers = [one["content"] for one in ledger(workers) if one["kind"] == "approved"]
    assert [(one["period"], one["login"]) for one in answers] == [(BEFORE, STEWARD), (PERIOD, STEWARD)]


def test_no_key_of_the_portal_is_shown_or_logged(workers: Airflow, second: Quarter, portal: Portal) -> None:
    assert second.publish
    secrets = [portal.publisher_token, unquote(urlsplit(portal.datastore_url).password or "")]
    shown = workers.ask("GET", "/api/v2/connections").text
    logs = [path for folder in ("logs", "airflow/logs") for path in (workers.home / folder).rglob("*.log")]
    assert len(logs) > 20
    for text in (shown, *(path.read_text(encoding="utf-8", errors="replace") for path in logs)):
        assert not [one for one in secrets if one in text]


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


def _enter_connections(airflow: Airflow, portal: Portal) -> None:
    """Enter what opens the portal into Airflow's own database, as an operator does in its pages."""
    tables = urlsplit(portal.datastore_url)
    wanted = {
        "minhbach_portal_ckan": {"conn_type": "http", "host": portal.url, "password": portal.publisher_token},
        "minhbach_portal_ckan_datastore": {
            "conn_type": "postgres",
            "host": tables.hostname,
            "port": tables.port,
            "schema": tables.path.strip("/"),
            "login": tables.username,
            "password": unquote(tables.password or ""),
        },
    }
    for name, about in wanted.items():
        made = airflow.ask("POST", "/api/v2/connections", json={"connection_id": name, **about})
        assert made.is_success or made.status_code == ENTERED, made.text


def _taken(airflow: Airflow, worker: str) -> int:
    """Count the tasks that a worker says it was given."""
    return (airflow.home / "logs" / f"{worker}.log").read_text(encoding="utf-8", errors="replace").count("received")
