"""Tasks that wait, and hold no slot: for agencies that have not delivered, a signature, the hour of release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.sensor import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from . import alerts
from .links import LINKS
from .running import call

if TYPE_CHECKING:
    from .running import Window

WORDS = {"delivered": "đã giao", "missing": "còn thiếu", "waived": "được miễn"}


class Wait(BaseSensorOperator):
    """A sensor that frees its slot between looks. Where nobody waits, in the embedded run, it says so at once."""

    operator_extra_links = LINKS
    waits = True

    def __init__(self, *, window: Window, **more: Any) -> None:
        settings = {"mode": "reschedule", "poke_interval": timedelta(minutes=5), **more}
        super().__init__(execution_timeout=timedelta(minutes=10), **settings)
        self.window = window


class WaitForAgencies(Wait):
    """Waits until every supplier has delivered or is waived; its XCom `agencies` tells who is missing what.

    An embedded run goes on to the freeze, which refuses in one sentence.
    """

    def poke(self, context: Any) -> PokeReturnValue:
        """Look at the deliveries and at the ledger's waivers."""
        period = self.window.period(context)
        seen = call("delivery", self.window.publication, period)
        for agency, state in seen["agencies"].items():
            kind, _, more = state.partition(": ")
            self.log.info("%s: %s %s", agency, WORDS[kind], more)
        told = {"publication": self.window.publication, "period": period, **seen}
        context["ti"].xcom_push(key="agencies", value=seen["agencies"])
        if not seen["complete"] and self.waits and not context.get("task_reschedule_count"):
            alerts.late_delivery(context, period, seen["agencies"])
        return PokeReturnValue(is_done=seen["complete"] or not self.waits, xcom_value=told)


class WaitForSignature(Wait):
    """Waits for an approval by signature, where nobody who may approve has a login."""

    def poke(self, context: Any) -> PokeReturnValue:
        """Look into the ledger."""
        period = self.window.period(context)
        seen = call("is_approved", self.window.publication, period)
        if not seen["approved"] and not self.waits:
            raise AirflowFailException(f"{self.window.publication} {period}: its newest plan is not approved.")
        told = {"publication": self.window.publication, "period": period}
        return PokeReturnValue(is_done=seen["approved"], xcom_value=told)


class WaitForRelease(Wait):
    """Waits for the publication's hour of release; looks again when it comes."""

    seconds_left = 0

    def poke(self, context: Any) -> PokeReturnValue:
        """Compare the hour with the house's clock."""
        period = self.window.period(context)
        due = call("release_due", self.window.publication, period)
        self.seconds_left = due["seconds"]
        self.log.info("%s: giờ công bố · goes out at %s", period, due["at"])
        if due["seconds"] and not self.waits:
            raise AirflowFailException(
                f"{self.window.publication} {period}: it goes out at {due['at']}; it is too early."
            )
        told = {"publication": self.window.publication, "period": period, "release_at": due["at"]}
        return PokeReturnValue(is_done=not due["seconds"], xcom_value=told)

    def _get_next_poke_interval(self, *looked: Any) -> float:
        """Look again at the hour itself, not up to a whole interval after it."""
        return float(min(super()._get_next_poke_interval(*looked), max(1, self.seconds_left)))
