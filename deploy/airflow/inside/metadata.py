"""Run by the instance's own Python: brings Airflow's database to this version, and makes pools, roles and people in it.

Reads from standard input {"pools": {name: slots}, "users": [{"login", "title", "roles", "password"}],
"hold": [DAGs to pause]}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.pool import Pool
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from airflow.providers.fab.www.security import permissions
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from sqlalchemy import update

READER = FabAirflowSecurityManagerOverride.VIEWER_PERMISSIONS
APPROVER = [
    *READER,
    (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_HITL_DETAIL),
    (permissions.ACTION_CAN_ACCESS_MENU, permissions.RESOURCE_HITL_DETAIL),
]
PREPARER = [
    *READER,
    (permissions.ACTION_CAN_ACCESS_MENU, permissions.RESOURCE_HITL_DETAIL),
    (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_DAG),
    (permissions.ACTION_CAN_CREATE, permissions.RESOURCE_DAG_RUN),
    (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_DAG_RUN),
    (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_TASK_INSTANCE),
]
"""Starts and clears runs; FAB asks for the right to pause a DAG as well. No answer to an approval is theirs."""
ROLES = {"preparer": PREPARER, "steward": APPROVER, "publisher": APPROVER}
"""FAB roles by the roles of `catalog/people.yml`; `Admin` is Airflow's own."""


def main() -> None:
    """Do it all; a second time changes only what differs."""
    wanted = json.load(sys.stdin)
    initdb()
    for name, slots in wanted["pools"].items():
        Pool.create_or_update_pool(
            name, slots, description="one slot: the warehouse has one writer", include_deferred=False
        )
    with create_session() as session:
        session.execute(update(DagModel).where(DagModel.dag_id.in_(wanted["hold"])).values(is_paused=True))
    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        manager.bulk_sync_roles([{"role": name, "perms": perms} for name, perms in ROLES.items()])
        for user in wanted["users"]:
            _see_to(manager, user)


def _see_to(manager: Any, user: dict[str, Any]) -> None:
    roles = [manager.find_role(name) for name in user["roles"]]
    found = manager.find_user(username=user["login"])
    if found is None:
        address = f"{user['login']}@minhbach.invalid"
        if not manager.add_user(user["login"], user["title"], "", address, roles, user["password"]):
            raise SystemExit(f"{user['login']}: found that Airflow refused the account; its log says why.")
    elif {role.name for role in found.roles} != set(user["roles"]):
        found.roles = roles
        manager.update_user(found)


main()
