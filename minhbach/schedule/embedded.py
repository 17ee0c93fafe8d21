"""Runs DAGs one after the other in this process, with Airflow's own `dag.test()`. Started by the command as a child.

Speaks JSON lines: on standard input the DAGs to run (`{"dag", "period", "now"}`), on standard output what happened.
All that Airflow and the tasks print goes to a private log. The metadata database is thrown away with its folder:
`dag.test()` deletes earlier runs, so it is never a server's.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

RETRY_DELAY = timedelta(seconds=1)
"""A person waits at the terminal: the same retries as the scheduler's, without its minutes between them."""


def main() -> None:
    """Serve DAG runs until standard input ends."""
    home, log = Path(sys.argv[1]), Path(sys.argv[2])
    os.umask(0o077)
    home.mkdir(parents=True, exist_ok=True)
    speak = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    _redirect(log)
    _configure(home)
    try:
        bag = _start(speak)
    except BaseException as error:
        _say(speak, event="broken", error=f"{type(error).__name__}: {error}")
        raise
    for line in sys.stdin:
        _run(bag, json.loads(line), speak)


def _redirect(log: Path) -> None:
    """Send what Airflow and the tasks print to a file that only its owner reads; it is unmasked."""
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(stream, 1)
    os.dup2(stream, 2)
    os.close(stream)


def _configure(home: Path) -> None:
    """Set Airflow up for one process, before it is imported."""
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=str(Path(os.environ["MINHBACH_DAGS"])),
        AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="True",
        AIRFLOW__CORE__UNIT_TEST_MODE="False",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/run-{os.getpid()}.db",
        AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
        AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(home / "logs"),
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    )


def _start(speak: TextIO) -> Any:
    began = time.monotonic()
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.listener import get_listener_manager
    from airflow.utils import db

    from .progress import Progress

    db.initdb()
    get_listener_manager().add_listener(Progress(lambda **event: _say(speak, **event)))
    bag = DagBag(dag_folder=os.environ["MINHBACH_DAGS"])
    if bag.import_errors:
        raise RuntimeError("; ".join(str(error).strip().splitlines()[-1] for error in bag.import_errors.values()))
    for dag in bag.dags.values():
        for task in dag.tasks:
            task.retry_delay = RETRY_DELAY
            task.on_failure_callback = []  # whoever started the run reads it at the terminal
            if hasattr(task, "waits"):
                task.waits = False
    _say(speak, event="ready", seconds=round(time.monotonic() - began, 2), dags=sorted(bag.dags))
    return bag


def _run(bag: Any, asked: dict[str, Any], speak: TextIO) -> None:
    began = time.monotonic()
    if "now" in asked:
        os.environ["MINHBACH_NOW"] = asked["now"]
    dag = bag.dags[asked["dag"]]
    term = signal.getsignal(signal.SIGTERM)
    run = dag.test(run_conf={"period": asked["period"]})
    signal.signal(signal.SIGTERM, term)  # dag.test leaves a handler that swallows TERM
    seconds = round(time.monotonic() - began, 2)
    _say(speak, event="dag", dag=asked["dag"], period=asked["period"], state=str(run.state), seconds=seconds)


def _say(speak: TextIO, **event: Any) -> None:
    speak.write(json.dumps(event, default=str) + "\n")


if __name__ == "__main__":
    main()
