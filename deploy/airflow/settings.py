"""The environment of each process: what Airflow has to know, what only those that run tasks may know, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import databases
from .portal import known_keys
from .secret import OWN_KEYS, fernet, key, secret

if TYPE_CHECKING:
    from pathlib import Path

    from .instance import Instance
    from .province import Province

PARALLEL = "4"
"""Tasks at a time on one machine: each brings an interpreter with Airflow, 200 MB and more."""


def for_airflow(instance: Instance, venv: Path, copy: Path, province: Province) -> dict[str, str]:
    """Return what every Airflow process knows: no key of the house, no way to an agency."""
    executor = "CeleryExecutor" if instance.wish.celery else "LocalExecutor"
    return {
        "PATH": f"{venv / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(copy),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # the copy was compiled when it was made, and stays as it is
        "AIRFLOW_HOME": str(instance.airflow),
        "AIRFLOW__CORE__EXECUTOR": executor,
        "AIRFLOW__CORE__AUTH_MANAGER": "minhbach.schedule.auth.MinhBachAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(copy / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "AIRFLOW__CORE__PARALLELISM": PARALLEL,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{instance.address}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": secret(instance, "fernet", fernet),
        "AIRFLOW__API__SECRET_KEY": secret(instance, "api-secret"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(instance.port("api-server")),
        "AIRFLOW__API__BASE_URL": instance.address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API__EXPOSE_STACKTRACE": "False",
        "AIRFLOW__API__INSTANCE_NAME": "Minh Bạch",
        "AIRFLOW__API_AUTH__JWT_SECRET": secret(instance, "jwt"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": databases.address(instance, "airflow"),
        "AIRFLOW__CELERY__BROKER_URL": databases.queue(instance),
        "AIRFLOW__CELERY__RESULT_BACKEND": databases.address(instance, "airflow").replace(
            "postgresql", "db+postgresql"
        ),
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(instance.airflow / "logs"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "MINHBACH_MODE": "rehearsal",
        "MINHBACH_PROJECT": str(copy),
        "MINHBACH_NOW": province.now,
    }


def for_warehouse(instance: Instance, airflow: dict[str, str]) -> dict[str, str]:
    """Return what those know that build, judge and protect: places and keys of the house, no way out of it."""
    return {
        **airflow,
        "MINHBACH_LAKE": str(instance.house / "lake"),
        "MINHBACH_WAREHOUSE": str(instance.house / "warehouse"),
        "MINHBACH_LEDGER": databases.address(instance, "ledger"),
        **{f"MINHBACH_{name}": secret(instance, name.lower(), key) for name in OWN_KEYS},
    }


def for_tasks(instance: Instance, airflow: dict[str, str], province: Province) -> dict[str, str]:
    """Return what those know that run any task: the ways to the agencies and to the portal as well."""
    return {**for_warehouse(instance, airflow), **province.connections, **known_keys(instance)}
