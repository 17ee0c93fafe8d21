"""What every server of the house is: on loopback, for reading alone, silent about who reads. Knows no page."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"


class ReadingHandler(BaseHTTPRequestHandler, ABC):
    """Answers GET and HEAD; what comes is for the subclass to say in `answer`."""

    protocol_version = "HTTP/1.1"
    server_version = "minhbach"
    sys_version = ""
    disable_nagle_algorithm = True
    """Headers and body leave together; one packet each would wait 40 ms for the other side's answer."""
    timeout = 60

    def do_GET(self) -> None:
        """Answer with headers and body."""
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self.answer(with_body=False)

    @abstractmethod
    def answer(self, *, with_body: bool) -> None:
        """Answer the request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name http.server gives it
        """Say nothing: who reads what is nobody's business, and an address may hold a token."""


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """Run a server for a while in a thread; gives its address."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
