"""A quarter under the scheduler: which runs make it up, and how to wait for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.catalog import load_catalog
from tests.airflow import ROOT, deploy_airflow

if TYPE_CHECKING:
    from tests.airflow import Airflow

PUBLICATION = "minh_bach_hang_quy"
PREPARE, PUBLISH = f"prepare__{PUBLICATION}", f"publish__{PUBLICATION}"
STEWARD, PREPARER = "steward_demo", "preparer_demo"
PARKED = "awaiting_input"


@dataclass(frozen=True)
class Quarter:
    """Run ids by DAG."""

    extracts: dict[str, str]
    prepare: str
    publish: str


def walk(airflow: Airflow, number: int) -> Quarter:
    """Follow what the scheduler does by itself in the n-th quarter: extracts, preparation, a plan that is asked for."""
    extracts = {}
    for agency in load_catalog(ROOT).agencies:
        dag = f"extract__{agency}"
        extracts[dag] = airflow.run_number(dag, number)
        assert airflow.finished(dag, extracts[dag]) == "success", airflow.account(dag, extracts[dag])
    prepare = airflow.run_number(PREPARE, number)
    assert airflow.finished(PREPARE, prepare) == "success", airflow.account(PREPARE, prepare)
    publish = airflow.run_number(PUBLISH, number)
    airflow.until(
        lambda: airflow.states(PUBLISH, publish)["approval"] in {PARKED, "success"},
        lambda: airflow.account(PUBLISH, publish),
    )
    return Quarter(extracts, prepare, publish)


def respond(airflow: Airflow, run: str, choice: str, *, by: str) -> Any:
    """Answer by the API, as a person."""
    path = f"/api/v2/dags/{PUBLISH}/dagRuns/{run}/taskInstances/approval/-1/hitlDetails"
    return airflow.ask("PATCH", path, by=by, json={"chosen_options": [choice], "params_input": {}})


def ledger(airflow: Airflow) -> list[dict[str, Any]]:
    """List the house's ledger, once its chain is proven."""
    proven = deploy_airflow("minhbach", "--home", airflow.home, "ledger", "verify")
    assert proven.returncode == 0, proven.stderr
    listed = deploy_airflow("minhbach", "--home", airflow.home, "ledger", "list", "--json")
    entries: list[dict[str, Any]] = json.loads(listed.stdout)
    return entries
