"""The portal's PostgreSQL cluster: made once, then its roles, its two databases, and who may do what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.services import find_program, run_program

if TYPE_CHECKING:
    from pathlib import Path

    from .home import Home
    from .keys import Secrets

VERSIONS = ("15", "16", "17")
MAIN, DATASTORE = "ckan", "datastore"
OWNER, WRITER, READER = "ckan", "datastore_rw", "datastore_ro"
QUIET = "-c client_min_messages=warning"
SETTINGS = """# Written by `python -m deploy.portal up`.
listen_addresses = '127.0.0.1'
port = {port}
# Only by loopback and password: no socket in a folder of others.
unix_socket_directories = ''
max_connections = 100
shared_buffers = 128MB
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
# A statement may hold a password or a value: it does not go to the log.
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""
ROLES = """
\\set QUIET on
select format('create role %I login', name) from unnest(array['ckan', 'datastore_rw', 'datastore_ro']) name
  where not exists (select from pg_roles where rolname = name) \\gexec
alter role ckan password '{ckan}';
alter role datastore_rw password '{writer}';
alter role datastore_ro password '{reader}';
select format('create database %I owner %I encoding ''UTF8'' template template0', name, owner)
  from (values ('ckan', 'ckan'), ('datastore', 'datastore_rw')) wanted (name, owner)
  where not exists (select from pg_database where datname = name) \\gexec
-- Otherwise the reading role of the DataStore could connect to the main database.
revoke all on database ckan, datastore from public;
grant connect, temporary on database datastore to ckan, datastore_rw;
grant connect on database datastore to datastore_ro;
"""
"""Secrets are letters, digits, - and _ (keys.py), so that they can stand in quotes as they are."""


def program(name: str) -> str:
    """Return a program of PostgreSQL's server, which Debian keeps off the PATH."""
    there = [f"/usr/lib/postgresql/{version}/bin/{name}" for version in VERSIONS]
    return find_program(*there, name, package="postgresql")


def address(role: str, password: str, port: int, database: str) -> str:
    """Return the address of a database."""
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"


def make_cluster(home: Home, secrets: Secrets) -> None:
    """Make the cluster when there is none, and write its settings."""
    folder = home.path / "postgres"
    if not (folder / "data" / "PG_VERSION").exists():
        password = home.account.file(folder / "password", secrets.postgres + "\n")
        run_program(
            [program("initdb"), "-D", folder / "data", "-U", "postgres", f"--pwfile={password}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
            account=home.account, log=home.logs / "postgres.log", folder=folder,
        )  # fmt: skip
        password.unlink()
    home.account.file(folder / "data" / "postgresql.auto.conf", SETTINGS.format(port=home.ports.postgres))


def make_databases(home: Home, secrets: Secrets) -> None:
    """Make roles and databases, and grant what CKAN's own script for the DataStore grants; safe to repeat."""
    roles = ROLES.format(ckan=secrets.ckan, writer=secrets.datastore_write, reader=secrets.datastore_read)
    run_sql(home, secrets, "postgres", roles)
    run_sql(home, secrets, DATASTORE, permissions(home.venv))


def permissions(venv: Path) -> str:
    """Return CKAN's own script for the DataStore, which `ckan datastore set-permissions` prints after a long start."""
    script = next(venv.glob("lib/python*/site-packages/ckanext/datastore/set_permissions.sql"))
    return script.read_text(encoding="utf-8").format(
        maindb=f'"{MAIN}"', datastoredb=f'"{DATASTORE}"', mainuser=f'"{OWNER}"', writeuser=f'"{WRITER}"',
        readuser=f'"{READER}"',
    )  # fmt: skip


def run_sql(home: Home, secrets: Secrets, database: str, text: str) -> None:
    """Run SQL as the superuser.

    Raises:
        ServiceError: a statement failed; the log names the error, not the statement.
    """
    run_program(
        [find_program("psql", package="postgresql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse",
         "-h", "127.0.0.1", "-p", str(home.ports.postgres), "-U", "postgres", "-d", database, "-o", "/dev/null"],
        account=home.account, log=home.logs / "psql.log", folder=home.path / "postgres", given=text,
        environment={"PGPASSWORD": secrets.postgres, "PGCONNECT_TIMEOUT": "10", "PGOPTIONS": QUIET},
    )  # fmt: skip


def is_ready(port: int) -> bool:
    """Say whether the server takes connections."""
    import subprocess

    asked = [find_program("pg_isready", package="postgresql"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False, timeout=10).returncode == 0


def data_folder(home: Home) -> Path:
    """Return the cluster's folder."""
    return home.path / "postgres" / "data"
