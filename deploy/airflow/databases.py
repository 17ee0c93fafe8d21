"""PostgreSQL and Redis of one instance: a cluster and a queue of its own, on loopback, each behind a password."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from deploy.services import Cluster, Service, find_program

from .secret import secret

if TYPE_CHECKING:
    from .instance import Instance

DATABASES = ("airflow", "ledger")
"""Each with an owner of its own name."""
SETTINGS = {"max_connections": "120", "shared_buffers": "64MB"}
MAKE_DATABASE = """
select 'create role {name} login' where not exists (select from pg_roles where rolname = '{name}')\\gexec
alter role {name} password '{password}';
select 'create database {name} owner {name}' where not exists (select from pg_database where datname = '{name}')\\gexec
revoke all on database {name} from public;
"""


def cluster(instance: Instance) -> Cluster:
    """Return the cluster, which Airflow and the ledger share."""
    password = secret(instance, "postgres")
    return Cluster(instance.home / "postgres", instance.port("postgres"), instance.account, instance.logs, password)


def make_cluster(instance: Instance) -> None:
    """Make the cluster when it is missing."""
    cluster(instance).make()


def postgres(instance: Instance) -> Service:
    """Return the database server."""
    return cluster(instance).service(instance.home, SETTINGS)


def make_databases(instance: Instance) -> None:
    """Make the databases and their owners, and set the passwords to what they are."""
    statements = "".join(
        MAKE_DATABASE.format(name=name, password=secret(instance, f"postgres-{name}")) for name in DATABASES
    )
    cluster(instance).run_sql(statements)


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
