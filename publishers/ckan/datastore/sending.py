"""Loads a table through the API of any portal that gives us a token, into a resource that nobody sees yet.

Each chunk is a transaction of the portal's own, so either all of it is there or nothing: after a lost answer, and after
we were killed, its first and last key tell which. Plain inserts take half the time of upserts, and the key refuses a
chunk that comes twice. Two requests are under way at a time: within one, the portal and its database take turns.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec

from minhbach.core.errors import GateRefused, PortalFailed
from publishers.ckan.errors import ActionRefused, OutcomeUnknown

from .checking import check, structure_problems
from .digest import Adding
from .loader import Prepared
from .rows import conformed, lines, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager

    from publishers.ckan.client import Portal

    from .digest import Digest
    from .rows import Rows
    from .spec import TableSpec

CHUNK = 1_024
"""Rows of one request; more rows save little and hold much."""
TOGETHER = 2
"""Requests under way; more would take the portal from its readers."""
LIMIT = 8 << 20
"""Bytes of one request: proxies in front of a portal refuse more than 10 MiB by default."""
SMALLEST = 64
"""Rows below which a chunk is not halved any more."""
TOO_LARGE = 413
TOO_LONG = ("canceling statement", "statement timeout", "took too long")
TWICE = ("duplicate key", "unique constraint", "uniqueness constraint")

Record = dict[str, str | None]


class ApiLoader:
    """Loads tables of a portal whose database is not ours."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def prepare(self, resource_id: str, spec: TableSpec, rows: Rows) -> Prepared:
        """Load and prove the resource's table; see `Loader.prepare`."""
        resumed = self._rows_there(resource_id, spec)
        digest = self._sent(resource_id, spec, rows, resumed)
        problems = check(self.portal, resource_id, spec, digest)
        if problems and resumed:  # what was there was not the beginning of this
            self.drop(resource_id)
            digest = self._sent(resource_id, spec, rows, self._rows_there(resource_id, spec))
            problems = check(self.portal, resource_id, spec, digest)
        if problems:
            raise PortalFailed(f"{problems[0].rstrip('.')}; run again.")
        return Prepared(resource_id, digest, f"{spec.fingerprint()}{digest.values}", resource_id)

    def swap(self, prepared: Prepared) -> AbstractContextManager[None]:  # noqa: ARG002  the interface's
        """Do nothing: the resource itself is moved by the request that the body sends; see `Loader.swap`."""
        return nullcontext()

    def drop(self, resource_id: str) -> None:
        """Remove the table; see `Loader.drop`."""
        try:
            self.portal.action("datastore_delete", {"resource_id": resource_id, "force": True})
        except ActionRefused as refused:
            if not refused.is_not_found:
                raise

    def clean(self, keep: Collection[str] = ()) -> list[str]:  # noqa: ARG002  the interface's
        """Find nothing: a table that waits is a resource in a private dataset, which its owner clears."""
        return []

    def _rows_there(self, resource_id: str, spec: TableSpec) -> int:
        """Make the table when it is not there as it must be; return how many rows it has already."""
        try:
            info = self.portal.read("datastore_info", id=resource_id)
        except ActionRefused as refused:
            if not refused.is_not_found:
                raise
            info = None
        if info is not None:
            if not structure_problems(info, spec):
                return int(info["meta"]["count"])
            self.drop(resource_id)
        table = {
            "resource_id": resource_id,
            "force": True,
            "fields": [field.document() for field in spec.fields],
            "primary_key": list(spec.primary_key),
            "indexes": [list(index) for index in spec.indexes],
            "calculate_record_count": False,
        }
        self.portal.action("datastore_create", table)
        return 0

    def _sent(self, resource_id: str, spec: TableSpec, rows: Rows, there: int) -> Digest:
        """Send what is not there yet; return the digest of all."""
        adding, sender = Adding(spec), _Sender(self.portal, resource_id, spec, looks_first=there > 0)
        under_way: deque[Future[None]] = deque()
        with ThreadPoolExecutor(TOGETHER) as pool:
            for batch in conformed(rows, spec):
                cells = texts(batch, spec)
                adding.batch(cells, lines(cells))
                columns = [column.to_pylist() for column in cells]
                records: list[Record] = [dict(zip(spec.names, row, strict=True)) for row in zip(*columns, strict=True)]
                for chunk in _cut(records, CHUNK):
                    if len(under_way) == TOGETHER:
                        under_way.popleft().result()
                    under_way.append(pool.submit(sender.send, chunk))
            for sent in under_way:
                sent.result()
        sender.count()
        return adding.digest()


class _Sender:
    """Sends chunks, and knows of each whether it is there."""

    def __init__(self, portal: Portal, resource_id: str, spec: TableSpec, *, looks_first: bool) -> None:
        self.portal, self.resource_id, self.spec = portal, resource_id, spec
        self.looks_first = looks_first

    def send(self, chunk: list[Record]) -> None:
        """Send one chunk whole, or in halves where it is too much for the portal."""
        if self.looks_first and self._is_there(chunk):
            return
        body = self._body(chunk)
        if len(body) > LIMIT and len(chunk) > SMALLEST:
            self._halved(chunk)
            return
        try:
            self.portal.action("datastore_upsert", {}, body=body)
        except (ActionRefused, OutcomeUnknown) as failed:
            if self._is_there(chunk):  # the answer was lost, the chunk was not
                return
            if _is_too_much(failed) and len(chunk) > SMALLEST:
                self._halved(chunk)
            elif isinstance(failed, ActionRefused):
                raise _refusal(failed, self.resource_id) from failed
            else:
                raise

    def _halved(self, chunk: list[Record]) -> None:
        for half in _cut(chunk, (len(chunk) + 1) // 2):
            self.send(half)

    def _is_there(self, chunk: list[Record]) -> bool:
        return all(self._has({name: row[name] for name in self.spec.primary_key}) for row in (chunk[0], chunk[-1]))

    def _has(self, key: Record) -> bool:
        found = self.portal.read(
            "datastore_search", resource_id=self.resource_id, filters=key, limit=1, include_total=False
        )
        return bool(found["records"])

    def count(self) -> None:
        """Have the portal count the rows and look at them for its plans, once, at the end."""
        self.portal.action("datastore_upsert", {}, body=self._body([], count=True))

    def _body(self, records: list[Record], *, count: bool = False) -> bytes:
        order = {
            "resource_id": self.resource_id,
            "force": True,
            "method": "insert",
            "records": records,
            "calculate_record_count": count,
        }
        return msgspec.json.encode(order)


def _cut(records: list[Record], size: int) -> Iterator[list[Record]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _is_too_much(failed: PortalFailed) -> bool:
    if isinstance(failed, ActionRefused):
        return failed.status == TOO_LARGE or any(words in str(failed.error) for words in TOO_LONG)
    return True


def _refusal(failed: ActionRefused, resource_id: str) -> PortalFailed | GateRefused:
    """Say in a sentence why the portal did not take a chunk; its own words quote rows."""
    said = failed.error
    if any(words in str(said) for words in TWICE):
        return GateRefused(f"DataStore table {resource_id}: found a key twice, expected one row per key.")
    if "records" in said or "data" in said:
        return GateRefused(f"DataStore table {resource_id}: found a value that the portal cannot hold, expected none.")
    return failed
