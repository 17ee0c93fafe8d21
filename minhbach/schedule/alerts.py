"""Tells people that something is late, waits for them or was refused: by e-mail and webhook. Decides nothing.

Where to stands in Airflow: the connection `minhbach_smtp` (an SMTP connection with `from_email` in its extra), the
variable `minhbach_alert_to` (addresses, with commas between), the connection `minhbach_webhook` (`host` is a whole
address, `password` a bearer token). What is not there is not used. A text holds names, counts and the house's own
sentences, never a record.
"""

from __future__ import annotations

import html
import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Connection, Variable
from airflow.sdk.bases.notifier import BaseNotifier
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..flow.answering import Question

SMTP, WEBHOOK, ALERT_TO = "minhbach_smtp", "minhbach_webhook", "minhbach_alert_to"
PATIENCE = 20.0
"""Seconds that a webhook has to answer."""
log = logging.getLogger(__name__)


class WebhookNotifier(BaseNotifier):
    """Posts `{"title", "text"}` as JSON to the address of an Airflow connection."""

    def __init__(self, title: str, text: str, connection: str = WEBHOOK) -> None:
        super().__init__()
        self.title, self.text, self.connection = title, text, connection

    def notify(self, context: Any) -> None:
        """Post it; raises httpx.HTTPError when it did not arrive."""
        import httpx

        del context
        where = Connection.get(self.connection)
        headers = {"Authorization": f"Bearer {where.password}"} if where.password else {}
        body = {"title": self.title, "text": self.text}
        httpx.post(where.host, json=body, headers=headers, timeout=PATIENCE).raise_for_status()


def failed(context: Any) -> None:
    """Tell that a task was refused or failed for good (`on_failure_callback`)."""
    task = context["task"]
    reason = _reason(context.get("exception"))
    send(
        f"Minh Bạch: «{task.task_display_name}» đã dừng",
        f"Công việc «{task.task_display_name}» ({task.dag_id}.{task.task_id}) đã dừng và cần người xem.\n"
        f"Lần chạy: {context['run_id']}\nLý do (nguyên văn): {reason}\n\n"
        f"The task {task.dag_id}.{task.task_id} stopped and needs somebody to look. Reason: {reason}\n{_page(context)}",
        context,
    )


def late_delivery(context: Any, period: str, agencies: Mapping[str, str]) -> None:
    """Tell which agencies had not delivered when the books were to be closed."""
    absent = {name: state.partition(": ")[2] for name, state in agencies.items() if state.startswith("missing")}
    named = "\n".join(f"- {name}: {tables}" for name, tables in absent.items())
    send(
        f"Minh Bạch: kỳ {period} còn thiếu {len(absent)} cơ quan",
        f"Đã đến giờ khóa sổ kỳ {period} mà chưa nhận đủ dữ liệu:\n{named}\n"
        "Việc khóa sổ chờ; có thể miễn bằng `minhbach freeze --waive CƠ_QUAN --reason LÝ_DO`.\n\n"
        f"The books of {period} were to be closed and these have not delivered; the run waits.\n{_page(context)}",
        context,
    )


def approval_wanted(context: Any, asked: Question) -> None:
    """Tell that a plan waits for somebody's answer."""
    plan, what = asked.plan[:12], f"{asked.publication}, {asked.period}"
    send(
        f"Minh Bạch: kế hoạch kỳ {asked.period} chờ phê duyệt",
        f"Kế hoạch {plan} ({what}) chờ phê duyệt; ngày công bố {asked.issued}.\n\n"
        f"Plan {plan} ({what}) waits for approval; it goes out on {asked.issued}.\n{_page(context)}",
        context,
    )


def send(title: str, text: str, context: Any) -> list[str]:
    """Send by every way that is set up; return the ways it went. A way that fails is logged and stops nobody."""
    import smtplib

    import httpx

    failures = (OSError, smtplib.SMTPException, httpx.HTTPError, AirflowException)
    went = []
    for way, notifier in _notifiers(title, text).items():
        try:
            notifier.notify(context)
        # The last three are what a connection causes that somebody mistyped: no address, an odd port, a foreign letter.
        except (*failures, httpx.InvalidURL, TypeError, ValueError) as error:
            log.warning("%s: the alert did not go out: %s", way, type(error).__name__)
        else:
            went.append(way)
    return went


def _notifiers(title: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    to = [one.strip() for one in (Variable.get(ALERT_TO, default="") or "").split(",") if one.strip()]
    if to and _is_there(SMTP):
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        body = f"<pre>{html.escape(text)}</pre>"
        found["smtp"] = SmtpNotifier(to=to, subject=title, html_content=body, smtp_conn_id=SMTP)
    if _is_there(WEBHOOK):
        found["webhook"] = WebhookNotifier(title, text)
    return found


def _is_there(connection: str) -> bool:
    try:
        Connection.get(connection)
    except AirflowNotFoundException:
        return False
    return True


def _reason(error: Any) -> str:
    """Give the house's own sentence; of a foreign error only its kind, as its text may quote a value."""
    from ..core.errors import MinhBachError

    if isinstance(
        own := error if isinstance(error, MinhBachError) else getattr(error, "__cause__", None), MinhBachError
    ):
        return str(own)
    return type(error).__name__ if error is not None else "?"


def _page(context: Any) -> str:
    return str(getattr(context.get("ti"), "log_url", "") or "")
