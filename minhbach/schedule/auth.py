"""Who may do what in Airflow: people sign in with roles of their own, and approving needs no right to change a DAG."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from airflow.providers.fab.www.security.permissions import RESOURCE_HITL_DETAIL


class MinhBachAuthManager(FabAuthManager):
    """FAB's users and roles with two differences that approvals need.

    An approval names people by the login that `catalog/people.yml` gives them, while FAB knows users by a number;
    and FAB asks whoever answers a waiting task for the right to change the DAG, which a steward must not have.
    """

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: Any) -> bool:
        """Say whether a person is among those whose answer a waiting task takes."""
        return user.get_name() in assigned_users

    def is_authorized_dag(
        self, *, method: Any, user: Any, access_entity: DagAccessEntity | None = None, details: Any = None
    ) -> bool:
        """Say whether a person may do this to a DAG; an answer asks only that the DAG may be read."""
        if access_entity is DagAccessEntity.HITL_DETAIL and method == "PUT":
            may_answer = self._is_authorized(method="PUT", resource_type=RESOURCE_HITL_DETAIL, user=user)
            return bool(may_answer and super().is_authorized_dag(method="GET", user=user, details=details))
        return bool(super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details))
