"""Lets a task reach agencies and portals by Airflow's connections, where the environment does not name them.

An agency: the connection of the name that its declaration gives; `host` is the address (`https://…`, `file:///…`),
`login` and `password` are client id and secret. A portal: `minhbach_portal_<name>` with its address in `host` and the
publishing account's token in `password`; its database of tables: `minhbach_portal_<name>_datastore`, of type postgres.
What Airflow reads from a secrets backend is a connection as well. The environment outranks all of them.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def reaching(agencies: Sequence[str] = (), portals: Sequence[str] = ()) -> Iterator[None]:
    """Set what Airflow knows of these into this process's environment, as long as it lasts."""
    found: dict[str, str] = {}
    for name in agencies:
        variable = f"MINHBACH_CONN_{name.upper()}"
        if not os.environ.get(variable) and (way := _connection(name)):
            opened = {"client_id": way.login or "", "client_secret": way.password or ""}
            found[variable] = json.dumps({"url": _address(way), **opened})
    for name in portals:
        prefix = f"MINHBACH_PORTAL_{name.upper()}_"
        if way := _connection(f"minhbach_portal_{name}"):
            found |= {f"{prefix}URL": _address(way), f"{prefix}TOKEN": way.password or ""}
        if way := _connection(f"minhbach_portal_{name}_datastore"):
            found[f"{prefix}DATASTORE_URL"] = way.get_uri()
    new = {
        name: value
        for name, value in found.items()
        if value and not os.environ.get(name) and not os.environ.get(f"{name}_FILE")
    }
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)


def _connection(name: str) -> Any | None:
    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None


def _address(way: Any) -> str:
    """Return a connection's address: a whole one in `host`, or put together as Airflow's own HTTP connections are."""
    host = way.host or ""
    if not host or "://" in host:
        return host
    return f"{way.schema or way.conn_type}://{host}{f':{way.port}' if way.port else ''}/"
