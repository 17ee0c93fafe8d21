"""Time the parse of the DAG folder: `python bench/dags.py`. Records seconds beyond Airflow's own import.

A parse reads the catalog and makes every DAG, in a fresh process, as the DAG processor does. The second catalog is the
project's with more agencies, each like one that is there; the last row is a task's process, which wants one DAG.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from recording import ROOT, keep, median, show, watched

TIMES = 3
LIKE = "dac_khu_van_don"
LIMIT_SECONDS, LIMIT_SECONDS_MANY, MANY = 1.0, 5.0, 100
HEAVY = (
    "adbc_driver_postgresql ckanapi cryptography dbt duckdb great_expectations highspy numpy pandas pyarrow scipy "
    "sqlglot vl_convert xlsxwriter"
)
PARSE = """
import json, os, sys, time
began = time.perf_counter()
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk.definitions.dag, airflow.providers.standard.operators.hitl, airflow.sdk.bases.sensor
airflow_seconds = time.perf_counter() - began
before = set(sys.modules)
from contextlib import nullcontext
wanted = sys.argv[2]
if wanted:
    from airflow.sdk.definitions.context import Context
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager
    around = _airflow_parsing_context_manager(dag_id=wanted, task_id="x")
else:
    around = nullcontext()
began, used = time.perf_counter(), time.process_time()
with around:
    bag = DagBag(dag_folder=sys.argv[1])
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
assert not bag.import_errors, bag.import_errors
heavy = sorted({name.partition(".")[0] for name in set(sys.modules) - before} & set(sys.argv[3].split()))
told = {"seconds": seconds, "cpu_seconds": cpu_seconds, "airflow_seconds": airflow_seconds}
print("PARSED " + json.dumps({**told, "dags": len(bag.dags), "heavy": heavy}))
"""


def with_more_agencies(count: int, folder: Path) -> Path:
    """Copy the project with more agencies, so many that there are `count`; return its folder."""
    shutil.copytree(ROOT / "catalog", folder / "catalog")
    agencies = folder / "catalog" / "agencies"
    for number in range(count - len(list(agencies.glob("*.yml")))):
        text = (
            f"title: {{vi: Cơ quan thứ {number}, en: Agency {number}}}\n"
            "steward: {name: Bộ phận Một cửa, email: mot-cua@example.com}\n"
            f"method: delimited\nconnection: hop_thu_{number}\nlike: {LIKE}\n"
        )
        (agencies / f"co_quan_{number:03d}.yml").write_text(text, encoding="utf-8")
    return folder


def parse(project: Path, wanted: str, home: Path) -> dict[str, Any]:
    """Parse the DAG folder once in a fresh process."""
    environment = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "MINHBACH_PROJECT": str(project),
    }
    ran = watched([sys.executable, "-c", PARSE, str(ROOT / "dags"), wanted, HEAVY], environment)
    line = next(line for line in ran.stdout.splitlines() if line.startswith("PARSED "))
    return {**json.loads(line.removeprefix("PARSED ")), "load": [ran.load_before, ran.load_after]}


def measure(case: str, project: Path, wanted: str, times: int, home: Path) -> dict[str, Any]:
    """Parse some times, and take the medians."""
    runs = [parse(project, wanted, home) for _ in range(times)]
    dags = runs[0]["dags"]
    return {
        "case": case,
        "dags": dags,
        "parse_seconds": median([run["seconds"] for run in runs]),
        "cpu_seconds": median([run["cpu_seconds"] for run in runs]),
        "limit_seconds": LIMIT_SECONDS_MANY if dags > MANY else LIMIT_SECONDS,
        "airflow_seconds": median([run["airflow_seconds"] for run in runs]),
        "heavy": len({name for run in runs for name in run["heavy"]}),
        "load": runs[-1]["load"],
    }


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--agencies", type=int, default=200, help="agencies of the larger catalog")
    asked.add_argument("--times", type=int, default=TIMES, help="runs, of which the median is taken")
    asked.add_argument("--no-record", action="store_true", help="print only")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="minhbach-dags-") as scratch:
        home = Path(scratch) / "airflow"
        home.mkdir()
        many = with_more_agencies(options.agencies, Path(scratch) / "project")
        rows = [
            measure(case, project, wanted, options.times, home)
            for case, project, wanted in (
                ("project", ROOT, ""),
                (f"{options.agencies}_agencies", many, ""),
                (f"{options.agencies}_agencies_one_wanted", many, f"extract__{LIKE}"),
            )
        ]
    show(rows, ["case", "dags", "parse_seconds", "cpu_seconds", "limit_seconds", "airflow_seconds", "heavy", "load"])
    if not options.no_record:
        about = f"seconds of a parse beyond Airflow's own import; medians of {options.times}"
        keep("dags", rows, about=about, same=["case"])


if __name__ == "__main__":
    main()
