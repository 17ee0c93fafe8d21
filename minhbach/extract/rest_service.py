"""Speaks to a REST service of the national-sync shape: token, envelope, retries, rate. Knows HTTP, no table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx
import msgspec
import tenacity

from ..core.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.catalog import Agency
    from .connection import Connection

S = TypeVar("S", bound=msgspec.Struct)
OK, EXPIRED = "00", "01"
LONGEST_WAIT = 30.0
HTTP_TOO_MANY, HTTP_REFUSED, HTTP_SERVER = 429, 400, 500
PASSING = {408, 425, HTTP_TOO_MANY}
"""Refusals that pass by themselves."""


class Envelope(msgspec.Struct):
    """What a service answers."""

    error_code: str
    total: int = 0
    pages: int = 0
    data: list[msgspec.Raw] = []


class Token(msgspec.Struct):
    """What the token service answers."""

    session: str = ""
    expires_in: float = 0


class _Passing(Exception):
    """Something that may be gone at the next attempt."""

    def __init__(self, what: str, wait: float = 0) -> None:
        super().__init__(what)
        self.wait = wait


class RestService:
    """One agency's service. Use as a context manager."""

    def __init__(self, agency: Agency, connection: Connection, unit: str) -> None:
        self._agency = agency
        self._connection = connection
        self._unit = unit
        self._session = ""
        self._next_at = 0.0
        self._http = httpx.Client(base_url=connection.url, timeout=agency.access.timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def page(self, service: str, *, since: str, page: int, page_size: int) -> Envelope:
        """Ask for one page.

        Raises:
            SourceRefused: the service answered with an error code of its own, or refuses the credentials.
            SourceUnreachable: no usable answer within the declared retries.

        """
        question = {"service": service, "since": since, "page": page, "page_size": page_size, "madonvi": self._unit}
        return self._insisting(service, lambda: self._ask(service, question))

    def _ask(self, service: str, question: dict[str, Any]) -> Envelope:
        if not self._session:
            self._session = self._new_session(service)
        answer = self._decoded(self._post("/api", {**question, "session": self._session}, service), Envelope)
        if answer.error_code == EXPIRED:
            self._session = ""
            raise _Passing("the session is refused again and again")
        if answer.error_code != OK:
            raise SourceRefused(
                f"{self._agency.name}/{service}: the service refused with error code {_short(answer.error_code)}, "
                f"expected {OK}; ask the agency what it means."
            )
        return answer

    def _new_session(self, service: str) -> str:
        known = {"client_id": self._connection.client_id, "client_secret": self._connection.client_secret}
        token = self._decoded(self._post("/token", known, service), Token)
        if not token.session:
            raise self._refused(service)
        return token.session

    def _post(self, path: str, body: dict[str, Any], service: str) -> bytes:
        self._keep_rate()
        try:
            answer = self._http.post(path, json=body)
        except httpx.TransportError as error:
            raise _Passing(type(error).__name__) from None  # its text may hold the address
        if answer.status_code in PASSING or answer.status_code >= HTTP_SERVER:
            raise _Passing(f"HTTP {answer.status_code}", _seconds(answer.headers.get("Retry-After", "")))
        if answer.status_code >= HTTP_REFUSED:
            if path == "/token":
                raise self._refused(service)
            raise SourceRefused(
                f"{self._agency.name}/{service}: found HTTP {answer.status_code}, expected 200; "
                f"check the address in {self._connection.variable}."
            )
        return answer.content

    def _refused(self, service: str) -> SourceRefused:
        return SourceRefused(
            f"{self._agency.name}/{service}: the service refused the credentials, expected a client id and secret "
            f"that it knows; correct {self._connection.variable}."
        )

    def _decoded(self, content: bytes, shape: type[S]) -> S:
        try:
            content.decode()  # records are split off unread, so that their text is checked here
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _Passing("a truncated or misshapen page") from None

    def _insisting(self, service: str, ask: Callable[[], Envelope]) -> Envelope:
        access = self._agency.access
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(access.retries + 1),
            wait=self._wait,
            reraise=True,
        )
        try:
            return attempts(ask)
        except _Passing as error:
            raise SourceUnreachable(
                f"{self._agency.name}/{service}: found {error} in {access.retries + 1} attempts, expected a whole "
                "page; nothing landed, run again later and it resumes."
            ) from None

    def _wait(self, state: tenacity.RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.wait if isinstance(failed, _Passing) else 0.0
        backed_off = self._agency.access.backoff_seconds * 2.0 ** (state.attempt_number - 1)
        return max(asked, min(backed_off, LONGEST_WAIT))

    def _keep_rate(self) -> None:
        rate = self._agency.access.requests_per_second
        if rate is None:
            return
        now = time.monotonic()
        if self._next_at > now:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / rate


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0


def _short(code: str) -> str:
    return code if code.isalnum() and len(code) <= 8 else "of an unknown form"  # noqa: PLR2004  never echo a text
