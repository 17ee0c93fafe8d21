"""The DAG folder: what is declared is there, it parses at once, and DAGs are tied by what they bring."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core.catalog import load_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog

HEAVY = ("dbt", "great_expectations", "duckdb", "pyarrow", "pandas", "scipy", "highspy")
READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
print("READ " + json.dumps({
    "errors": {name: str(error) for name, error in bag.import_errors.items()},
    "heavy": [name for name in sys.argv[2].split() if name in sys.modules],
    "dags": {dag.dag_id: {
        "tasks": [task.task_id for task in dag.topological_sort()],
        "after": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
        "outlets": {task.task_id: sorted(one.uri for one in task.outlets) for task in dag.tasks},
        "timetable": type(dag.timetable).__name__,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "retries": sorted({task.retries for task in dag.tasks}),
        "doc": bool(dag.doc_md),
    } for dag in bag.dags.values()},
}))
"""


@pytest.fixture(scope="module")
def catalog(project: Path) -> Catalog:
    return load_catalog(project)


@pytest.fixture(scope="module")
def bag(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Read the DAG folder as Airflow does, in a process and with an Airflow home of its own."""
    home = tmp_path_factory.mktemp("airflow")
    return read(project, home)


def read(project: Path, home: Path) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "AIRFLOW"))}
    environment = {
        **clean,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "MINHBACH_PROJECT": str(project),
    }
    command = [sys.executable, "-c", READ, str(project / "dags"), " ".join(HEAVY)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=home, timeout=180)
    assert ran.returncode == 0, ran.stderr[-3000:]
    line = next(line for line in ran.stdout.splitlines() if line.startswith("READ "))
    found: dict[str, Any] = json.loads(line.removeprefix("READ "))
    return found


def test_the_folder_parses_and_loads_nothing_heavy(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert bag["heavy"] == []


def test_two_hundred_agencies_parse_and_load_nothing_heavy(project: Path) -> None:
    command = [sys.executable, str(project / "bench" / "dags.py"), "--no-record", "--times", "1"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    head, *lines = (line.split() for line in ran.stdout.splitlines())
    found = {line[0]: dict(zip(head, line, strict=False)) for line in lines}
    assert found["200_agencies"]["dags"] == "203", "an extract each, and three of the publication"
    assert found["200_agencies_one_wanted"]["dags"] == "1"
    assert {row["heavy"] for row in found.values()} == {"0"}, "parsing loads nothing that a stage needs"


def test_there_is_a_dag_for_each_that_is_declared(bag: dict[str, Any], catalog: Catalog) -> None:
    expected = {f"extract__{agency}" for agency in catalog.agencies}
    expected |= {f"{verb}__{name}" for name in catalog.publications for verb in ("prepare", "publish", "watch")}
    assert len(expected) >= 5
    assert set(bag["dags"]) == expected
    for name, dag in bag["dags"].items():
        assert dag["doc"], name
        assert dag["catchup"] is False
        assert dag["max_active_runs"] == 1
        assert min(dag["retries"]) >= 2, name


def test_an_agency_has_a_task_and_an_asset_for_each_table(bag: dict[str, Any], catalog: Catalog) -> None:
    for name, agency in catalog.agencies.items():
        dag = bag["dags"][f"extract__{name}"]
        assert set(dag["tasks"]) == set(agency.tables)
        assert dag["outlets"] == {table: [f"minhbach://landed/{name}/{table}"] for table in agency.tables}


def test_a_publication_is_prepared_in_order_and_published_after_approval(bag: dict[str, Any], catalog: Catalog) -> None:
    for name, publication in catalog.publications.items():
        prepare, publish = bag["dags"][f"prepare__{name}"], bag["dags"][f"publish__{name}"]
        order = ["wait_for_agencies", "close_books", "build_and_judge", "protect_and_seal", "plan"]
        assert prepare["tasks"] == order
        assert prepare["after"] == {task: order[:at][-1:] for at, task in enumerate(order)}
        assert prepare["outlets"]["plan"] == [f"minhbach://planned/{name}"]
        assert prepare["timetable"] == "AfterCutOff"
        order = ["approval", "stage", "wait_for_release", "apply"]
        assert publish["after"] == {task: order[:at][-1:] for at, task in enumerate(order)}
        assert publish["outlets"]["apply"] == sorted(f"minhbach://published/{one}" for one in publication.datasets)
        assert "Asset" in publish["timetable"], "tied by the plan, not by the clock"


def test_the_files_of_the_folder_are_thin(project: Path) -> None:
    files = sorted((project / "dags").glob("*.py"))
    assert [path.name for path in files] == ["agencies.py", "publications.py"]
    for path in files:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 12, path


def test_a_folder_of_another_province_gives_other_dags(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "project"
    for name in ("catalog", "dbt_project", "expectations", "dags"):
        shutil.copytree(project / name, other / name, ignore=shutil.ignore_patterns("target", "logs"))
    (other / "catalog" / "agencies" / "dac_khu_co_to.yml").rename(other / "catalog" / "agencies" / "dac_khu_moi.yml")
    for dataset in (other / "catalog" / "datasets").glob("*.yml"):
        dataset.write_text(
            dataset.read_text(encoding="utf-8").replace("dac_khu_co_to", "dac_khu_moi"), encoding="utf-8"
        )
    bag = read(other, tmp_path)
    assert bag["errors"] == {}
    assert "extract__dac_khu_moi" in bag["dags"]
    assert "extract__dac_khu_co_to" not in bag["dags"]
