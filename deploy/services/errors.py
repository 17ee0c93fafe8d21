"""What goes wrong with a service, as one sentence: where, found, expected, what to do."""

from __future__ import annotations


class ServiceError(Exception):
    """Raised when a program cannot be started, does not become ready, fails, or does not end."""
