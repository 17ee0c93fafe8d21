"""All services of an instance in the order of their start, those of now and those that an earlier start left."""

from __future__ import annotations

import hashlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from deploy.services import Service, ServiceError
from deploy.services.programs import UMASK

from . import databases
from .instance import Instance, kept_wish
from .packages import copy_of, environment_folder
from .province import COMMAND, known_province, province_service, site_service
from .secret import write
from .servers import airflow_servers
from .settings import for_airflow, for_tasks, for_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.services import Account

    from .province import Province

BASES = ("postgres", "redis")


def databases_of(instance: Instance) -> list[Service]:
    """Return what has to stand before Airflow's own database can be seen to."""
    return [databases.postgres(instance), *([databases.redis(instance)] if instance.wish.celery else [])]


def servers_of(instance: Instance, venv: Path, copy: Path, province: Province) -> list[Service]:
    """Return all the others, Airflow's api-server first."""
    airflow = for_airflow(instance, venv, copy, province)
    tasks = for_tasks(instance, airflow, province)
    python = venv / "bin" / "python"
    return [
        *airflow_servers(instance, venv, airflow, tasks, for_warehouse(instance, airflow)),
        province_service(instance, python, copy, province.as_of),
        site_service(instance, python, copy),
    ]


def known_services(home: Path, account: Account) -> list[Service]:
    """Return the services of a home as it was last started; nothing when it never was."""
    wish = kept_wish(home)
    if wish is None:
        return []
    instance = Instance(home, account, wish)
    return [
        *databases_of(instance),
        *servers_of(instance, environment_folder(), copy_of(instance), known_province(instance)),
    ]


def run_command(home: Path, account: Account, words: list[str]) -> int:
    """Run the house's own command as a task would run: same copy, same settings, same account.

    Raises:
        ServiceError: the home was never started.
    """
    wish = kept_wish(home)
    if wish is None:
        raise ServiceError(f"{home}: found no Airflow, expected one that was started; `up` makes it.")
    instance = Instance(home, account, wish)
    province, copy, venv = known_province(instance), copy_of(instance), environment_folder()
    known = for_tasks(instance, for_airflow(instance, venv, copy, province), province)
    command = [str(venv / "bin" / "python"), "-c", COMMAND, *words]
    return subprocess.run(
        command, check=False, cwd=instance.house, env=known, umask=UMASK, **account.start_options()
    ).returncode


def stop_changed(instance: Instance, services: list[Service]) -> None:
    """End what runs with another command or environment than it would be started with now, and what is not wanted."""
    mark = instance.home / "run" / "made_of.json"
    before = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    known = {one.name: one for one in services}
    now = {name: _made_of(one) for name, one in known.items()}
    stop_all([known.get(name, _only_to_stop(instance, name)) for name in before if before[name] != now.get(name)])
    write(mark, json.dumps(now))


def stop_all(services: list[Service]) -> list[str]:
    """End services, the databases after all the others, and name those that ran.

    At once, not one after the other: a worker that ends a task in order takes its time.
    """
    ended = []
    bases = [one for one in services if one.name in BASES]
    with ThreadPoolExecutor() as pool:
        for group in ([one for one in services if one not in bases], bases):
            ended += [one.name for one, ran in zip(group, pool.map(Service.stop, group), strict=True) if ran]
    return ended


def _made_of(service: Service) -> str:
    words = [str(word) for word in service.command]
    return hashlib.sha256(json.dumps([words, sorted(service.environment.items())]).encode()).hexdigest()


def _only_to_stop(instance: Instance, name: str) -> Service:
    return Service(name, [], home=instance.home, account=instance.account, ready=lambda: False)
