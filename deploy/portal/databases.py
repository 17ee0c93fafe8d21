"""The portal's PostgreSQL cluster: made once, then its roles, its two databases, and who may do what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.services import Cluster

if TYPE_CHECKING:
    from pathlib import Path

    from .home import Home
    from .keys import Secrets

MAIN, DATASTORE = "ckan", "datastore"
OWNER, WRITER, READER = "ckan", "datastore_rw", "datastore_ro"
SETTINGS = {"max_connections": "100", "shared_buffers": "128MB", "max_wal_size": "2GB"}
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


def cluster(home: Home, secrets: Secrets) -> Cluster:
    """Return the cluster that holds both databases."""
    return Cluster(home.path / "postgres" / "data", home.ports.postgres, home.account, home.logs, secrets.postgres)


def address(role: str, password: str, port: int, database: str) -> str:
    """Return the address of a database."""
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"


def make_databases(home: Home, secrets: Secrets) -> None:
    """Make roles and databases, and grant what CKAN's own script for the DataStore grants; safe to repeat."""
    roles = ROLES.format(ckan=secrets.ckan, writer=secrets.datastore_write, reader=secrets.datastore_read)
    cluster(home, secrets).run_sql(roles)
    cluster(home, secrets).run_sql(permissions(home.venv), DATASTORE)


def permissions(venv: Path) -> str:
    """Return CKAN's own script for the DataStore, which `ckan datastore set-permissions` prints after a long start."""
    script = next(venv.glob("lib/python*/site-packages/ckanext/datastore/set_permissions.sql"))
    return script.read_text(encoding="utf-8").format(
        maindb=f'"{MAIN}"', datastoredb=f'"{DATASTORE}"', mainuser=f'"{OWNER}"', writeuser=f'"{WRITER}"',
        readuser=f'"{READER}"',
    )  # fmt: skip
