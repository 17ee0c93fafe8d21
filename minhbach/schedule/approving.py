"""The approval of a plan by a person who is logged in to Airflow. Decides nothing: the house checks who it is.

The task looks into the ledger first. Else it lays the newest plan open and parks; from time to time it looks into the
ledger again, for a signature made elsewhere. The answer goes to the ledger with the user whom Airflow authenticated,
for exactly the plan that was shown. Nothing that a run's configuration says is an approval.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import timezone
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput

from . import alerts
from .links import LINKS, desk
from .question_page import page
from .running import call

if TYPE_CHECKING:
    from .running import Window

LOOK_AGAIN = timedelta(minutes=30)
"""How long the task is parked before it looks whether somebody signed meanwhile."""


class PlanApproval(ApprovalOperator):
    """Approve or reject the newest plan of a period in Airflow's UI.

    Only the logins of `approved_by` may answer, without the preparer's; a rejection fails the task and is recorded.
    Without an answer in `response_timeout` it fails: nothing is ever approved by default.
    """

    operator_extra_links = LINKS
    waits = True

    def __init__(self, *, window: Window, response_timeout: timedelta, **more: Any) -> None:
        super().__init__(
            subject=f"Phê duyệt kế hoạch công bố · Approve the plan of {window.publication}",
            fail_on_reject=True,
            response_timeout=response_timeout,
            **more,
        )
        self.window = window

    def execute(self, context: Any) -> dict[str, Any]:
        """Pass when the ledger holds an approval; else lay the plan open and park."""
        period = self.window.period(context)
        asked = call("question", self.window.publication, period)
        if asked.approved_by:
            return self._told(period, asked.plan, asked.approved_by)
        if not self.waits:
            raise AirflowFailException(f"{asked.publication} {period}: plan {asked.plan[:12]} is not approved.")
        if not asked.logins:
            raise AirflowFailException(
                f"{asked.publication} {period}: found no login of anybody who may approve the plan of "
                f"{asked.prepared_by}, expected one in catalog/people.yml, or an approval by `minhbach approve`."
            )
        self.subject = f"{asked.publication} {period} · {asked.plan[:12]}"
        self.body = page(asked, desk(asked.publication, period))
        self.assigned_users = [{"id": login, "name": login} for login in asked.logins]
        until = timezone.utcnow() + self.response_timeout
        try:
            super().execute(context)
        except TaskAwaitingInput:
            alerts.approval_wanted(context, asked)
            raise self._parked(period, asked.plan, until) from None
        raise AirflowFailException("the task was not parked: this needs Airflow 3.3 or newer.")

    def execute_complete(
        self, context: Any, event: dict[str, Any], *, period: str = "", plan: str = "", until: str = ""
    ) -> dict[str, Any]:
        """Record the answer about the plan that was shown; without one, look into the ledger and park again."""
        del context
        if event.get("error_type") == "timeout":
            return self._look_again(period, plan, datetime.fromisoformat(until))
        if "error" in event:
            self.process_trigger_event_error(event)
        user = event.get("responded_by_user")
        if event.get("timedout") or not user or not user.get("name"):
            raise AirflowFailException(
                f"plan {plan[:12]}: found an answer without a user, expected a logged-in person."
            )
        self.validate_chosen_options(event["chosen_options"])
        is_yes = event["chosen_options"] == [self.APPROVE]
        told = call("answer", self.window.publication, period, plan, user["name"], is_yes=is_yes)
        if not is_yes:
            raise AirflowFailException(f"plan {plan[:12]} was rejected by {told['approver']}; the ledger holds it.")
        return self._told(period, plan, told["approver"])

    def _look_again(self, period: str, plan: str, until: datetime) -> dict[str, Any]:
        asked = call("question", self.window.publication, period)
        if asked.plan != plan:
            raise AirflowFailException(
                f"{asked.publication} {period}: found the newer plan {asked.plan[:12]}, expected {plan[:12]} as it was "
                "shown; its own run asks for it."
            )
        if asked.approved_by:
            return self._told(period, plan, asked.approved_by)
        if timezone.utcnow() >= until:
            raise AirflowFailException(f"{asked.publication} {period}: nobody answered about plan {plan[:12]} in time.")
        raise self._parked(period, plan, until)

    def _parked(self, period: str, plan: str, until: datetime) -> TaskAwaitingInput:
        """Park with what was shown: it comes back with the answer, and nobody can change it on the way in the UI."""
        return TaskAwaitingInput(
            method_name="execute_complete",
            kwargs={"period": period, "plan": plan, "until": until.isoformat()},
            timeout=min(LOOK_AGAIN, max(until - timezone.utcnow(), timedelta(seconds=1))),
        )

    def _told(self, period: str, plan: str, approver: str) -> dict[str, Any]:
        return {"publication": self.window.publication, "period": period, "plan": plan, "approver": approver}
