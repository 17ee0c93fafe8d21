"""A scheduled quarter with the local executor: by itself to the plan, by a person's click to the public on CKAN."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from minhbach.cli.supervisor import embedded_run
from minhbach.core import jsonfile
from minhbach.flow.stages import run_order
from tests.airflow import DOSSIERS, SEED
from tests.line.rehearsal import Rehearsal
from tests.schedule.real.person import SLOW, answer, open_question, path_of, signed_in
from tests.schedule.real.processes import inspect
from tests.schedule.real.quarter import PARKED, PREPARE, PREPARER, PUBLICATION, PUBLISH, STEWARD, ledger, respond
from tests.schedule.real.reader import DATASETS, is_out, read

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.airflow import Airflow
    from tests.conftest import ClosedChromium
    from tests.portal import Portal
    from tests.schedule.real.quarter import Quarter

pytestmark = [pytest.mark.scheduler, pytest.mark.browser, pytest.mark.timeout(1800)]
PERIOD = "2026-Q2"
FORBIDDEN, CONFLICT = 403, 409


def test_every_server_is_well_unprivileged_and_on_loopback_alone(airflow: Airflow, first: Quarter) -> None:
    assert first.prepare
    inspect(airflow, tasks_run_in={"scheduler"}, publishes={"scheduler"})


def test_the_scheduler_runs_the_very_quarter_of_the_moved_clock(airflow: Airflow, first: Quarter) -> None:
    run = airflow.ask("GET", f"/api/v2/dags/{PREPARE}/dagRuns/{first.prepare}").json()
    assert run["run_type"] == "scheduled"
    assert run["data_interval_start"] == "2026-03-14T17:00:00Z", "the 15th of March, 00:00 in Hà Nội"
    assert run["data_interval_end"] == "2026-06-14T17:00:00Z"
    publish = airflow.ask("GET", f"/api/v2/dags/{PUBLISH}/dagRuns/{first.publish}").json()
    assert publish["run_type"] == "asset_triggered"
    assert publish["partition_key"] == PERIOD
    assert airflow.tasks(PREPARE, first.prepare)["build_and_judge"]["pool"] == "minhbach_warehouse"
    assert airflow.ask("GET", "/api/v2/pools/minhbach_warehouse").json()["slots"] == 1


def test_nobody_answers_who_may_not(airflow: Airflow, first: Quarter) -> None:
    if airflow.states(PUBLISH, first.publish)["approval"] != PARKED:
        pytest.fail("the plan was answered before this test could try")
    before = len(ledger(airflow))
    for login in (PREPARER, "admin"):
        refused = respond(airflow, first.publish, "Approve", by=login)
        assert refused.status_code == FORBIDDEN, (login, refused.text)
    assert airflow.states(PUBLISH, first.publish)["approval"] == PARKED
    assert len(ledger(airflow)) == before


def test_a_steward_may_approve_and_change_no_dag(airflow: Airflow, first: Quarter) -> None:
    paused = airflow.ask("PATCH", f"/api/v2/dags/{PUBLISH}", by=STEWARD, json={"is_paused": True})
    started = airflow.ask("POST", f"/api/v2/dags/{PUBLISH}/dagRuns", by=STEWARD, json={"logical_date": None})
    marked = airflow.ask(
        "PATCH",
        f"/api/v2/dags/{PUBLISH}/dagRuns/{first.publish}/taskInstances/approval",
        by=STEWARD,
        json={"new_state": "success"},
    )
    assert {paused.status_code, started.status_code, marked.status_code} == {FORBIDDEN}
    assert airflow.ask("GET", f"/api/v2/dags/{PUBLISH}", by=STEWARD).json()["is_paused"] is False
    assert airflow.ask("GET", "/api/v2/connections", by=STEWARD).status_code == FORBIDDEN


def test_a_click_in_the_ui_publishes_and_names_who_clicked(
    airflow: Airflow, first: Quarter, portal: Portal, chromium: ClosedChromium
) -> None:
    assert not is_out(portal, PERIOD)
    with signed_in(chromium, airflow, STEWARD) as page:
        open_question(page, airflow, first.publish)
        plan = airflow.returned(PREPARE, first.prepare, "plan")["plan"]
        page.get_by_text(plan).first.wait_for()  # the whole hash of what is approved is shown
        answer(page, "Approve")
        assert airflow.finished(PUBLISH, first.publish) == "success", airflow.account(PUBLISH, first.publish)
        told = airflow.returned(PUBLISH, first.publish, "apply")
        assert set(told["urls"]) == set(DATASETS)
        page.goto(portal.url + urlsplit(told["urls"][DATASETS[0]]).path)  # declared are the portal's public addresses
        expect(page.get_by_role("article").get_by_role("heading", name="Biểu 06")).to_be_visible(timeout=SLOW)
    entries = ledger(airflow)
    approved = next(one["content"] for one in entries if one["kind"] == "approved")
    assert (approved["login"], approved["approver"], approved["how"]) == (STEWARD, STEWARD, "airflow")
    published = next(one for one in entries if one["kind"] == "published")
    assert published["subject"] == plan
    assert published["content"]["approver"] == STEWARD
    receipt = read(portal, airflow, PERIOD, plan)
    assert (receipt["approver"], receipt["approval"]["how"]) == (STEWARD, "airflow")
    assert jsonfile.digest(receipt) == told["receipt"]
    assert respond(airflow, first.publish, "Approve", by=STEWARD).status_code == CONFLICT, "one answer for one question"


def test_a_person_finds_words_on_every_page(airflow: Airflow, first: Quarter, chromium: ClosedChromium) -> None:
    pages = {
        "/dags": ["Thu thập: ", "Chuẩn bị: ", "Công bố: "],
        path_of(PREPARE, first.prepare): ["Khóa sổ", "Dựng bảng và kiểm định", "Lập kế hoạch công bố"],
        path_of(PUBLISH, first.publish): ["Phê duyệt kế hoạch", "Chờ giờ công bố", "Công bố và đọc lại"],
        path_of(PREPARE, first.prepare, "close_books"): ["Khóa sổ"],
        "/assets": [f"planned__{PUBLICATION}", "giai_quyet_ho_so"],
    }
    with signed_in(chromium, airflow, STEWARD) as page:
        for path, words in pages.items():
            page.goto(airflow.url + path)
            for word in words:
                page.get_by_text(word).first.wait_for()


def test_what_is_red_can_be_cleared_by_the_preparer(airflow: Airflow, first: Quarter) -> None:
    """Airflow cannot clear a run whose DAG has a deadline: nobody may put one back."""
    for dag, run in ((PREPARE, first.prepare), *first.extracts.items()):
        asked = airflow.ask(
            "POST",
            f"/api/v2/dags/{dag}/clearTaskInstances",
            by=PREPARER,
            json={"dag_run_id": run, "dry_run": False, "only_failed": True},
        )
        assert asked.is_success, asked.text


def test_the_embedded_run_leaves_the_same_states_and_the_same_releases(
    airflow: Airflow, first: Quarter, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same province, clock and keys: what the scheduler's tasks left is what `minhbach run` leaves."""
    rehearsal = Rehearsal.new(project, tmp_path, dossiers=DOSSIERS, seed=SEED)
    keys = {name: airflow.instance.secrets / name for name in ("pseudonym_key", "landing_key", "signing_key")}
    steps: list[dict[str, Any]] = []
    with rehearsal.at(PERIOD) as house, rehearsal.served(PERIOD):
        for name, path in keys.items():
            monkeypatch.setenv(f"MINHBACH_{name.upper()}", path.read_text(encoding="utf-8").strip())
        publication = house.catalog.publication()
        order = run_order(house, publication, house.period(PERIOD, publication))
        with embedded_run(house.settings.environment(), steps.append) as run:
            for dag in order:
                run.run(dag, PERIOD)
        sealed = rehearsal.logical(PERIOD)
    embedded = {
        dag: {one["task"]: one["state"] for one in steps if one.get("dag") == dag and "task" in one} for dag in order
    }
    scheduled = {dag: airflow.states(dag, run) for dag, run in {**first.extracts, PREPARE: first.prepare}.items()}
    assert len(scheduled) >= 4
    assert embedded == scheduled
    kept = airflow.returned(PREPARE, first.prepare, "protect_and_seal")
    assert {name.split("/")[0]: digest for name, digest in kept.items() if "/" in name} == sealed
