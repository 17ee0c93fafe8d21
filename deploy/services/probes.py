"""Look from outside: is a port taken, does an address answer. Knows no service."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import ExitStack
from http import HTTPStatus

from .errors import ServiceError

HERE = "127.0.0.1"


def port_free(port: int) -> bool:
    """Say whether a program could listen on this port of loopback now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError:
            return False
    return True


def require_free(name: str, port: int, remedy: str = "choose other ports with --port-base") -> None:
    """Refuse a port that another program holds.

    Raises:
        ServiceError: it is taken.
    """
    if not port_free(port):
        raise ServiceError(
            f"{name}: found port {port} of {HERE} taken by another program, expected it free; "
            f"end that program or {remedy}."
        )


def listening(port: int) -> bool:
    """Say whether somebody accepts connections on this port of loopback."""
    try:
        with socket.create_connection((HERE, port), timeout=2):
            return True
    except OSError:
        return False


def answers(address: str, *, seconds: float = 5, contains: str = "") -> bool:
    """Say whether an address answers 2xx, and with this text in it."""
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:  # noqa: S310 - addresses of our own services
            return answer.status < HTTPStatus.MULTIPLE_CHOICES and contains in answer.read().decode("utf-8", "replace")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that were free a moment ago."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HERE, 0))
        return [probe.getsockname()[1] for probe in probes]
