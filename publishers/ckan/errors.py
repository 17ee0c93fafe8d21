"""How a request to a portal can end badly: refused, surely not done, nobody knows. Each is a PortalFailed (exit 1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import PortalFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

VALIDATION, NOT_FOUND, NOT_ALLOWED = "Validation Error", "Not Found Error", "Authorization Error"
"""What CKAN calls its refusals in `__type`; messages are translated, types are not."""


class ActionRefused(PortalFailed):
    """Raised when the portal answered that it did not do what was asked; `error` is its own account."""

    def __init__(self, sentence: str, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.status = status
        self.error = dict(error)

    @property
    def kind(self) -> str:
        """The portal's type of refusal."""
        return str(self.error.get("__type", ""))

    @property
    def is_not_found(self) -> bool:
        """Whether what was asked for is not there, or not for this account."""
        return self.kind == NOT_FOUND or self.status == HTTPStatus.NOT_FOUND

    @property
    def is_moved(self) -> bool:
        """Whether an optimistic lock did not hold: somebody wrote since we looked."""
        return self.kind == VALIDATION and "match" in self.error


class NotDone(PortalFailed):
    """Raised when the request surely changed nothing: it never arrived, or was sent away unread."""


class OutcomeUnknown(PortalFailed):
    """Raised when the request may have been carried out: look before writing again."""
