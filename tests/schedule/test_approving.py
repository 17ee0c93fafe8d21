"""The approval task on Airflow's own loop: who may answer, what is shown, what the ledger holds afterwards."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from minhbach.release import approval_for, approve, save_plan
from minhbach.schedule.dags import publication_dags
from tests.schedule.conftest import Airflow, planned

if TYPE_CHECKING:
    from minhbach.core.publishing import Plan
    from tests.release.small import House

YES, NO = "Approve", "Reject"


def answer(login: str, option: str = YES) -> dict[str, str]:
    return {"do": "answer", "as": login, "option": option}


def holds(small: House, plan: Plan) -> Any:
    return approval_for(plan, small.ledger, small.catalog, small.settings)


def test_whoever_is_logged_in_and_may_approves_the_plan_that_is_shown(small: House, airflow: Airflow) -> None:
    plan = planned(small)
    refused = [answer(login) for login in ("lap", "ngoai", "khong_ai")]
    told = airflow.play(steps=[*refused, answer("duyet")])
    assert [said["status"] for said in told["said"]] == [403, 403, 403, 200]
    shown = told["said"][-1]
    assert plan.hash in shown["body"]
    assert "Giấy phép theo đơn vị" in shown["body"]
    assert "hidden cells: 20; tỷ lệ nhiều nhất · share at most: 5,0 %" in shown["body"]
    assert shown["defaults"] is None, "nothing is approved by default"
    assert {one["id"] for one in shown["assigned_users"]} == {"duyet", "duyet_khac", "hai_vai", "khong_vai"}
    assert told["states"] == dict.fromkeys(("approval", "stage", "wait_for_release", "apply"), "success")
    given = holds(small, plan)
    assert (given.approver, given.how, given.login) == ("binh_duyet", "airflow", "duyet")
    assert given.document().keys() == {*given.__dict__} - {"login"}, "a receipt is public: no login in it"
    small.ledger.verify()


def test_the_preparer_of_a_plan_is_not_asked_though_he_may_approve_others(small: House, airflow: Airflow) -> None:
    plan = planned(small, preparer="giang_hai_vai")
    told = airflow.play(steps=[answer("hai_vai"), answer("duyet_khac")])
    assert [said["status"] for said in told["said"]] == [403, 200]
    assert holds(small, plan).approver == "chi_duyet"


def test_a_rejection_fails_once_and_stands_in_the_ledger(small: House, airflow: Airflow) -> None:
    plan = planned(small)
    told = airflow.play(steps=[answer("duyet", NO)])
    assert told["states"]["approval"] == "failed"
    assert told["states"]["apply"] == "upstream_failed"
    assert told["tries"] == 1, "a no is not asked again"
    (entry,) = small.ledger.entries("rejected", plan.hash)
    assert (entry.content["approver"], entry.content["login"]) == ("binh_duyet", "duyet")
    assert small.ledger.entries("approved") == []


def test_one_without_the_role_is_refused_though_named(small: House, airflow: Airflow) -> None:
    planned(small)
    told = airflow.play(steps=[answer("khong_vai")])
    assert told["states"]["approval"] == "failed"
    assert small.ledger.entries("approved") == []


def test_an_approval_in_the_ledger_passes_without_waiting(small: House, airflow: Airflow) -> None:
    plan = planned(small)
    sign(small, plan)
    told = airflow.play(steps=[])
    assert told["states"]["approval"] == "success"


def test_a_signature_made_while_the_task_is_parked_is_found(small: House, airflow: Airflow) -> None:
    plan = planned(small)
    path = small.lake.plan(plan.publication, plan.period, plan.hash)
    command = [str(Path(sys.executable).with_name("minhbach")), "approve", str(path), "--as", "binh_duyet"]
    steps = [{"do": "run", "as": "lap", "command": command}, {"do": "sweep", "as": "lap"}]
    told = airflow.play(steps=steps, look_again=1)
    assert told["said"][0] == 0
    assert told["states"]["approval"] == "success"
    assert holds(small, plan).how == "signature"


def test_nobody_s_answer_in_time_is_a_failure_and_no_approval(small: House, airflow: Airflow) -> None:
    planned(small)
    told = airflow.play(steps=[{"do": "sweep", "as": "lap"}], patience=1)
    assert told["states"]["approval"] == "failed"
    assert small.ledger.entries("approved") == []


def test_a_newer_plan_than_the_one_shown_is_not_approved(small: House, airflow: Airflow) -> None:
    planned(small)
    newer = small.plan([small.seal(small.write())], preparer="giang_hai_vai")
    save_plan(small.lake, newer)
    enter = (
        "import json, sys; from minhbach.core.ledger import Ledger;Ledger(sys.argv[1]).append(*json.loads(sys.argv[2]))"
    )
    entry = json.dumps(["planned", newer.hash, {"publication": "cong_bo", "period": "2026-Q3", "by": "giang_hai_vai"}])
    command = [sys.executable, "-c", enter, small.settings.ledger, entry]
    told = airflow.play(steps=[{"do": "run", "as": "lap", "command": command}, answer("duyet")])
    assert told["said"][0] == 0
    assert told["said"][1]["status"] == 200, "Airflow takes the answer, the house does not"
    assert told["states"]["approval"] == "failed"
    assert small.ledger.entries("approved") == []


def test_a_run_s_configuration_approves_nothing(small: House, airflow: Airflow) -> None:
    plan = planned(small)
    conf = {"approved": True, "approver": "binh_duyet", "plan": plan.hash, "chosen_options": [YES], "login": "duyet"}
    told = airflow.play(steps=[{"do": "sweep", "as": "lap"}], patience=1, conf=conf)
    assert told["states"]["approval"] == "failed"
    assert small.ledger.entries("approved") == []


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (None, "without a user"),
        ({"id": "7", "name": "lap"}, "preparer"),
        ({"id": "7", "name": "ngoai"}, "approved_by"),
        ({"id": "7", "name": "khong_ai"}, "khong_ai"),
        ({"id": "duyet", "name": ""}, "without a user"),
    ],
)
def test_an_answer_that_the_ui_should_not_have_taken_is_refused(
    small: House, user: dict[str, str] | None, said: str
) -> None:
    plan = planned(small)
    task = publication_dags(small.catalog)["publish__cong_bo"].task_dict["approval"]
    event = {"chosen_options": [YES], "params_input": {}, "responded_at": None, "responded_by_user": user}
    with pytest.raises(AirflowFailException, match=said):
        task.execute_complete({}, event, period=plan.period, plan=plan.hash, until="2030-01-01T00:00:00+00:00")
    assert small.ledger.entries("approved") == []


def test_without_a_login_of_anybody_a_signature_is_waited_for(small: House) -> None:
    people = small.root / "catalog" / "people.yml"
    people.write_text(
        "\n".join(line.split(", login")[0] + ", demo: true}" if ", login" in line else line
                  for line in people.read_text(encoding="utf-8").splitlines()),
        encoding="utf-8",
    )  # fmt: skip
    from minhbach.core.catalog import load_catalog

    task = publication_dags(load_catalog(small.root))["publish__cong_bo"].task_dict["approval"]
    assert type(task).__name__ == "WaitForSignature"


def sign(small: House, plan: Plan) -> None:
    approve(
        plan,
        "binh_duyet",
        small.private("binh_duyet"),
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
    )
