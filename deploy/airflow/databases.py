"""PostgreSQL and Redis of one instance: a cluster and a queue of its own, on loopback, each behind a password."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import Service, find_program, run_program

from .secret import secret

if TYPE_CHECKING:
    from .instance import Instance

DATABASES = ("airflow", "ledger")
"""Each with an owner of its own name."""
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",  # by loopback and password alone
    "max_connections=120",
    "shared_buffers=64MB",
    "log_min_error_statement=panic",  # a statement may hold a value: it does not go to the log
    "log_parameter_max_length_on_error=0",
)
MAKE_DATABASE = """
select 'create role {name} login' where not exists (select from pg_roles where rolname = '{name}')\\gexec
alter role {name} password '{password}';
select 'create database {name} owner {name}' where not exists (select from pg_database where datname = '{name}')\\gexec
revoke all on database {name} from public;
"""


def make_cluster(instance: Instance) -> None:
    """Make the cluster when it is missing; what a killed start left is made anew."""
    data = instance.home / "postgres"
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    instance.account.folder(data)
    given = instance.account.file(instance.home / "initial", secret(instance, "postgres"))
    run_program(
        [_programs() / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8",
         "--locale=C.UTF-8", "--pwfile", given],
        account=instance.account, log=instance.logs / "initdb.log", folder=data,
    )  # fmt: skip
    given.unlink()


def postgres(instance: Instance) -> Service:
    """Return the database server."""
    programs, port = _programs(), instance.port("postgres")
    return Service(
        "postgres",
        [programs / "postgres", "-D", instance.home / "postgres", "-p", str(port), *(f"-c{one}" for one in SETTINGS)],
        home=instance.home,
        account=instance.account,
        ports=(port,),
        ready=lambda: _postgres_answers(programs, port),
        stop_signal=signal.SIGINT,  # fast: ends sessions, writes a checkpoint
    )  # fmt: skip


def make_databases(instance: Instance) -> None:
    """Make the databases and their owners, and set the passwords to what they are."""
    statements = "".join(
        MAKE_DATABASE.format(name=name, password=secret(instance, f"postgres-{name}")) for name in DATABASES
    )
    run_program(
        [_programs() / "psql", "-h", "127.0.0.1", "-p", str(instance.port("postgres")), "-U", "postgres",
         "-v", "ON_ERROR_STOP=1", "-q", "-X"],
        account=instance.account, log=instance.logs / "databases.log", folder=instance.home,
        environment={"PGPASSWORD": secret(instance, "postgres")}, given=statements,
    )  # fmt: skip


def address(instance: Instance, name: str) -> str:
    """Return the SQLAlchemy address of a database, with its password."""
    password, port = secret(instance, f"postgres-{name}"), instance.port("postgres")
    return f"postgresql+psycopg2://{name}:{password}@127.0.0.1:{port}/{name}"


def make_queue(instance: Instance) -> None:
    """Write what Redis reads: not its command line, which everybody on the machine may read."""
    folder = instance.account.folder(instance.home / "redis")
    settings = (
        f"bind 127.0.0.1\nport {instance.port('redis')}\nrequirepass {secret(instance, 'redis')}\n"
        f'dir {folder}\nappendonly yes\nsave ""\ndaemonize no\n'
    )
    instance.account.file(folder / "redis.conf", settings)


def redis(instance: Instance) -> Service:
    """Return Celery's queue."""
    port, password = instance.port("redis"), secret(instance, "redis")
    return Service(
        "redis",
        [find_program("redis-server", package="redis-server"), instance.home / "redis" / "redis.conf"],
        home=instance.home,
        account=instance.account,
        ports=(port,),
        ready=lambda: _redis_answers(port, password),
    )


def queue(instance: Instance) -> str:
    """Return the address of the queue, with its password."""
    return f"redis://:{secret(instance, 'redis')}@127.0.0.1:{instance.port('redis')}/0"


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL; Debian keeps servers off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return Path(
        find_program(*(str(one / "postgres") for one in reversed(found)), "postgres", package="postgresql")
    ).parent


def _postgres_answers(programs: Path, port: int) -> bool:
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0


def _redis_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as talk:
            talk.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while b"PONG" not in said:
                if not (more := talk.recv(100)):
                    return False
                said += more
            return True
    except OSError:
        return False
