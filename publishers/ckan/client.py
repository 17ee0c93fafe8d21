"""Talks to one CKAN: actions, streaming uploads, downloads; timeouts, bounded retries. Knows no dataset of ours.

Reads go as GET, writes as POST, so that the portal's own access log tells them apart.
"""

from __future__ import annotations

import json
import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

import requests
from ckanapi import RemoteCKAN
from requests_toolbelt import MultipartEncoder
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from .errors import ActionRefused, NotDone, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from .slots import Slots

One = TypeVar("One")
Found = TypeVar("Found")
AGENT = "minhbach-publisher"
CONNECT, READ, UPLOAD = 10.0, 60.0, 900.0
"""Seconds: to connect, for an answer, for an answer to an upload."""
ATTEMPTS = 6
SHORTEST, LONGEST = 0.25, 20.0
CHUNK = 1 << 20
REPEATABLE = frozenset(
    {
        "activity_delete",
        "datastore_create",
        "datastore_delete",
        "datastore_records_delete",
        "datastore_upsert",
        "dataset_purge",
        "package_delete",
        "package_patch",
        "package_revise",
        "resource_view_delete",
    }
)
"""Writes that end the same when they are sent twice: by id, with a key, or under an optimistic lock."""
SENT_AWAY = {429, 503}
REFUSALS = {400, 403, 404, 409}


class Portal:
    """One portal through the eyes of one account, or of nobody (`token=None`)."""

    def __init__(self, address: str, token: str | None, slots: Slots, *, read_timeout: float = READ) -> None:
        self.address = address.rstrip("/")
        self._token = token
        self.slots, self.read_timeout = slots, read_timeout
        self._wire: _Wire | None = None

    def __repr__(self) -> str:
        return f"Portal({self.address!r}, {'with a token' if self._token else 'anonymous'})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections; the next request opens new ones."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    @property
    def wire(self) -> _Wire:
        """The connections, opened when first needed: a forked process opens its own."""
        if self._wire is None:
            session = requests.Session()
            session.trust_env = False  # a .netrc or a proxy of this machine must not see or change what is sent
            self._wire = _Wire(self.address, apikey=self._token, user_agent=AGENT, session=session)
        return self._wire

    def read(self, name: str, /, **params: Any) -> Any:
        """Call a read action by GET.

        Raises:
            ActionRefused: the portal refused.
            NotDone | OutcomeUnknown: no usable answer within the retries.

        """
        written = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        return self._tried(name, lambda: self.wire.ask(name, composed(written), self._timeout(None)), repeatable=True)

    def action(
        self, name: str, data: Mapping[str, Any], *, timeout: float | None = None, body: bytes | None = None
    ) -> Any:
        """Call an action by POST with JSON; `body` is the JSON already encoded, `data` is ignored then.

        Raises:
            ActionRefused: the portal refused: surely not done.
            NotDone: it was never read.
            OutcomeUnknown: it may have been done.

        """
        content = body if body is not None else json.dumps(composed(data), allow_nan=False).encode()
        return self._tried(
            name, lambda: self.wire.tell(name, content, self._timeout(timeout)), repeatable=name in REPEATABLE
        )

    def upload(self, name: str, data: Mapping[str, Any], files: Mapping[str, Path]) -> Any:
        """Call an action by POST with files, streamed from disk; nested values go as JSON. Raises as `action`."""
        written = {key: value if isinstance(value, str) else json.dumps(value) for key, value in composed(data).items()}
        return self._tried(name, lambda: self.wire.send(name, written, files), repeatable=name in REPEATABLE)

    @contextmanager
    def stream(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Iterator[bytes]]:
        """GET a path of the portal, as chunks.

        Raises:
            ActionRefused: the answer is 4xx.
            NotDone | OutcomeUnknown: no usable answer within the retries, or it broke off.

        """

        def opened() -> requests.Response:
            return self.wire.open(path, params or {}, self._timeout(None))

        with self.slots.one():
            answer: requests.Response = self._repeated(path, opened, repeatable=True)
            try:
                yield self._chunks(path, answer)
            finally:
                answer.close()

    def each(self, ask: Callable[[One], Found], over: Iterable[One]) -> list[Found]:
        """Ask for many things, as many at a time as the portal has places; the first failure ends it."""
        with ThreadPoolExecutor(self.slots.limit) as pool:
            return list(pool.map(ask, over))

    def _chunks(self, path: str, answer: requests.Response) -> Iterator[bytes]:
        try:
            yield from answer.iter_content(CHUNK)
        except requests.RequestException as error:
            raise OutcomeUnknown(f"{self.address}{path}: the answer broke off; run again.") from error

    def _timeout(self, read: float | None) -> tuple[float, float]:
        return CONNECT, read or self.read_timeout

    def _tried(self, name: str, call: Any, *, repeatable: bool) -> Any:
        with self.slots.one():
            return self._repeated(name, call, repeatable=repeatable)

    def _repeated(self, name: str, call: Any, *, repeatable: bool) -> Any:
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception(
                lambda error: isinstance(error, NotDone) or (repeatable and isinstance(error, OutcomeUnknown))
            ),
            reraise=True,
        )
        return retrying(self._named, name, call)

    def _named(self, name: str, call: Any) -> Any:
        try:
            return call()
        except requests.exceptions.ConnectTimeout as error:
            raise NotDone(f"{self.address}: {name}: no connection within {CONNECT:.0f} s; run again later.") from error
        except requests.exceptions.ConnectionError as error:
            if _never_sent(error):
                raise NotDone(f"{self.address}: {name}: nobody answers there; run again when the portal does.") from (
                    error
                )
            raise OutcomeUnknown(f"{self.address}: {name}: the connection dropped; run again.") from error
        except requests.RequestException as error:
            what = "no answer in time" if isinstance(error, requests.Timeout) else "the connection broke"
            raise OutcomeUnknown(f"{self.address}: {name}: {what}; run again.") from error


class _Wire(RemoteCKAN):  # type: ignore[misc]  # ckanapi has no types
    """ckanapi's client with what it lacks: streaming bodies, timeouts, and answers told apart by status and type."""

    def ask(self, name: str, params: Mapping[str, str], timeout: tuple[float, float]) -> Any:
        answer = self.session.get(
            self._address(name), params=params, headers=self._headers(), timeout=timeout, allow_redirects=False
        )
        return self._result(name, answer)

    def tell(self, name: str, body: bytes, timeout: tuple[float, float]) -> Any:
        headers = {**self._headers(), "Content-Type": "application/json"}
        answer = self.session.post(
            self._address(name), data=body, headers=headers, timeout=timeout, allow_redirects=False
        )
        return self._result(name, answer)

    def send(self, name: str, fields: Mapping[str, str], files: Mapping[str, Path]) -> Any:
        opened = {key: path.open("rb") for key, path in files.items()}
        try:
            parts: dict[str, Any] = dict(fields)
            parts |= {key: (files[key].name, stream, "application/octet-stream") for key, stream in opened.items()}
            encoder = MultipartEncoder(parts)
            headers = {**self._headers(), "Content-Type": encoder.content_type}
            answer = self.session.post(
                self._address(name), data=encoder, headers=headers, timeout=(CONNECT, UPLOAD), allow_redirects=False
            )
        finally:
            for stream in opened.values():
                stream.close()
        return self._result(name, answer)

    def open(self, path: str, params: Mapping[str, str], timeout: tuple[float, float]) -> requests.Response:
        answer: requests.Response = self.session.get(
            self.address + path, params=params, headers=self._headers(), timeout=timeout, stream=True
        )
        if answer.status_code != requests.codes.ok:
            with answer:
                self._fail(path, answer, {})
        return answer

    def _address(self, name: str) -> str:
        return f"{self.address}/api/3/action/{name}"

    def _headers(self) -> dict[str, str]:
        return {"User-Agent": self.user_agent, **({"Authorization": self.apikey} if self.apikey else {})}

    def _result(self, name: str, answer: requests.Response) -> Any:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if isinstance(document, dict) and document.get("success") is True and answer.status_code == requests.codes.ok:
            return document.get("result")
        error = document.get("error") if isinstance(document, dict) else None
        return self._fail(name, answer, error if isinstance(error, dict) else {})

    def _fail(self, name: str, answer: requests.Response, error: Mapping[str, Any]) -> NoReturn:
        status = answer.status_code
        where = f"{self.address}: {name}"
        if status in SENT_AWAY:
            failed = NotDone(
                f"{where}: found the answer {status}, expected a portal with time for us; run again later."
            )
            failed.__notes__ = [answer.headers.get("Retry-After", "")]
            raise failed
        if status in REFUSALS and (error or not name.isidentifier()):
            fields = ", ".join(sorted(str(key) for key in error if key not in {"__type", "message"}))
            said = f"{error.get('__type') or 'no reason'}{f' in {fields}' if fields else ''}"
            raise ActionRefused(f"{where}: the portal refused with {status}: {said}.", status, error)
        if status < requests.codes.server_error and status not in REFUSALS:
            raise ActionRefused(f"{where}: found the answer {status}, expected CKAN; check the address.", status, error)
        raise OutcomeUnknown(f"{where}: found the answer {status} of a portal that failed, expected 200; run again.")


def composed(value: Any) -> Any:
    """Bring every text in a document to NFC: slugs, facets and string fields of the search are not folded."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {composed(key): composed(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [composed(one) for one in value]
    return value


def _pause(state: RetryCallState) -> float:
    """Wait as long as the portal asks, else exponentially longer, always with jitter, never longer than bounded."""
    error = state.outcome.exception() if state.outcome else None
    asked = next(iter(getattr(error, "__notes__", [])), "")
    grown = SHORTEST * 2 ** (state.attempt_number - 1)
    seconds = float(asked) if asked.isdigit() else grown * random.uniform(0.5, 1.5)  # noqa: S311  no secret
    return min(seconds + random.uniform(0, SHORTEST), LONGEST)  # noqa: S311


def _never_sent(error: requests.exceptions.ConnectionError) -> bool:
    """Tell a connection that was never made from one that dropped."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}
