"""Alerts arrive: a real SMTP server and a real web server on loopback take them; what fails to go stops nobody."""

from __future__ import annotations

import email
import json
import socketserver
import threading
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from minhbach.core.errors import GateRefused
from minhbach.schedule import alerts

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITES = ("MINHBACH_SMTP", "MINHBACH_WEBHOOK")


class Mailbox(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client speaks to hand over a message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], str]] = []
        super().__init__(("127.0.0.1", 0), Talk)


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Mailbox)
        to: list[str] = []
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].split()[0].upper()
            if verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
            if verb == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append((to, b"".join(lines).decode()))
            if verb == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.headers.get("Authorization"), body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WRITES:
        monkeypatch.delenv(f"AIRFLOW_CONN_{name}", raising=False)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        extra = {"from_email": "minhbach@example.com", "disable_tls": True, "disable_ssl": True, "retry_limit": 0}
        said = {"conn_type": "smtp", "host": host, "port": port, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_MINHBACH_SMTP", json.dumps(said))
        monkeypatch.setenv("AIRFLOW_VAR_MINHBACH_ALERT_TO", "truc@example.com, phong@example.com")
        yield server
        server.shutdown()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/bao"
        said = {"conn_type": "http", "host": address, "password": "only-here"}
        monkeypatch.setenv("AIRFLOW_CONN_MINHBACH_WEBHOOK", json.dumps(said))
        yield server
        server.shutdown()


def failure(error: BaseException) -> dict[str, Any]:
    task = SimpleNamespace(task_display_name="Khóa sổ", dag_id="prepare__x", task_id="close_books")
    return {"task": task, "run_id": "scheduled__1", "exception": error, "ti": SimpleNamespace(log_url="http://h/log")}


def refused(sentence: str) -> AirflowFailException:
    error = AirflowFailException(sentence)
    error.__cause__ = GateRefused(sentence)
    return error


def test_a_refused_gate_is_told_by_mail_and_webhook(mailbox: Mailbox, webhook: HTTPServer) -> None:
    alerts.failed(failure(refused("x 2026-Q3: found 3 <b>, expected none.")))
    ((to, raw),) = mailbox.taken
    assert to == ["truc@example.com", "phong@example.com"]
    message = email.message_from_string(raw, policy=policy.default)
    assert message["subject"] == "Minh Bạch: «Khóa sổ» đã dừng"
    assert message["from"] == "minhbach@example.com"
    body = message.get_body()
    assert body is not None
    assert "found 3 &lt;b&gt;, expected none." in body.get_content()
    ((bearer, said),) = webhook.taken  # type: ignore[attr-defined]
    assert bearer == "Bearer only-here"
    assert said["title"] == "Minh Bạch: «Khóa sổ» đã dừng"
    assert said["text"].startswith("Công việc «Khóa sổ»"), "Vietnamese first"
    assert "http://h/log" in said["text"]


def test_of_a_foreign_error_only_its_kind_is_told(webhook: HTTPServer) -> None:
    alerts.failed(failure(ValueError("Nguyễn Văn A, 012345678901")))
    ((_, said),) = webhook.taken  # type: ignore[attr-defined]
    assert "ValueError" in said["text"]
    assert "Nguyễn" not in said["text"]


def test_a_way_that_fails_is_logged_and_the_other_is_taken(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = {"conn_type": "http", "host": "http://127.0.0.1:1/bao"}
    monkeypatch.setenv("AIRFLOW_CONN_MINHBACH_WEBHOOK", json.dumps(nobody))
    assert alerts.send("tựa", "lời", {}) == ["smtp"]
    assert len(mailbox.taken) == 1
    assert "webhook: the alert did not go out: ConnectError" in caplog.text


@pytest.mark.parametrize("host", [None, "http://[::1", "http://h:99999999999/", "báo", "http://127.0.0.1:1/\n"])
def test_an_address_that_was_mistyped_stops_nobody(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, host: str | None
) -> None:
    mistyped = {"conn_type": "http", "host": host, "password": "bí mật"}
    monkeypatch.setenv("AIRFLOW_CONN_MINHBACH_WEBHOOK", json.dumps(mistyped))
    assert alerts.send("tựa", "lời", {}) == ["smtp"]
    assert len(mailbox.taken) == 1
    assert "webhook: the alert did not go out" in caplog.text
    assert "bí mật" not in caplog.text


def test_where_nothing_is_set_up_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_VAR_MINHBACH_ALERT_TO", raising=False)
    assert alerts.send("tựa", "lời", {}) == []
