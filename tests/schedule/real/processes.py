"""What the servers of an Airflow are to the machine: accounts, sockets, files, and what each of them knows."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil

from deploy.services import all_well, states, table
from tests.airflow import deploy_airflow

if TYPE_CHECKING:
    from deploy.services import Running
    from tests.airflow import Airflow

SECRET = ("MINHBACH_CONN_", "MINHBACH_PSEUDONYM_KEY", "MINHBACH_LANDING_KEY", "MINHBACH_SIGNING_KEY", "MINHBACH_LEDGER")
PORTAL = "MINHBACH_PORTAL_"
AIRFLOWS = {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "warehouse-worker"}
CLOSED = ("airflow", "app", "house", "logs", "postgres", "province", "redis", "run", "secrets")
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def inspect(airflow: Airflow, *, tasks_run_in: set[str], publishes: set[str]) -> None:
    """Look at every server: well, of nobody's account but its own, on loopback, knowing no more than it needs."""
    found = states(airflow.services())
    assert all_well(found), table(found)
    assert deploy_airflow("status", "--home", airflow.home).returncode == 0
    ports = set()
    secrets = {path.read_text(encoding="utf-8").strip() for path in airflow.instance.secrets.iterdir()}
    assert len(secrets) >= 10
    for service in airflow.services():
        if service.name in AIRFLOWS:  # as it was started: Airflow writes its title over what the system would show
            known = {name for name in service.environment if name.startswith(SECRET)}
            assert bool(known) == (service.name in tasks_run_in), (service.name, known)
            opens = {name for name in service.environment if name.startswith(PORTAL)}
            assert bool(opens) == (service.name in publishes), (service.name, opens)
        seen = [found for process in processes(airflow, service.name) if (found := look(process))]
        assert seen, service.name
        for uid, listening, words in seen:
            assert os.geteuid() != 0 or uid == airflow.instance.account.uid != 0, service.name
            assert {one.ip for one in listening} <= {"127.0.0.1"}, (service.name, listening)
            ports |= {one.port for one in listening}
            assert not secrets & set(words), "a command line is for all to read"
    assert ports == {port for service in airflow.services() for port in service.ports}
    for name in CLOSED:
        assert not (airflow.home / name).stat().st_mode & FOR_OTHERS, name
    for path in (airflow.home / "airflow").rglob("*"):
        assert path.is_symlink() or not path.stat().st_mode & FOR_OTHERS, path


def look(process: psutil.Process) -> tuple[int, list[Any], list[str]] | None:
    """Return the account, the listening sockets and the words of a process, or nothing when it has just ended."""
    try:
        listening = [one.laddr for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
        return process.uids().real, listening, process.cmdline()
    except psutil.NoSuchProcess:
        return None


def processes(airflow: Airflow, name: str) -> list[psutil.Process]:
    """Return a server's processes: itself and all that it started."""
    service = next(one for one in airflow.services() if one.name == name)
    running = service.process()
    assert running is not None, f"{name} does not run"
    alive = []
    for one in running.family():
        with suppress(psutil.NoSuchProcess):  # a task's process may end at any moment
            alive.append(psutil.Process(one.pid))
    assert alive
    return alive


def family(airflow: Airflow) -> set[Running]:
    """Return every process of every server."""
    return {one for service in airflow.services() if (running := service.process()) for one in running.family()}


def of_home(airflow: Airflow) -> list[psutil.Process]:
    """Find processes that belong to this home by what they know, wherever they have gone."""
    found = []
    for process in psutil.process_iter():
        try:
            known = process.environ()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if str(airflow.home) in {known.get("HOME", ""), known.get("AIRFLOW_HOME", "").removesuffix("/airflow")}:
            found.append(process)
    return found
