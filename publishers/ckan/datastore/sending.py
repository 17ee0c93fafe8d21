"""Loads a table through the API of any portal that gives us a token, into a resource that nobody sees yet.

Chunks go in order, each in a transaction of the portal's own, so the number of rows that are there says where to go on:
after a lost answer, and after we were killed. Plain inserts take half the time of upserts, and the key refuses a chunk
that comes twice.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

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

CHUNK = 8_192
"""Rows of one request; from 5,000 on more rows save nothing."""
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
        adding, sender, passed = Adding(spec), _Sender(self.portal, resource_id, there), 0
        for batch in conformed(rows, spec):
            cells = texts(batch, spec)
            adding.batch(cells, lines(cells))
            skipped = min(max(there - passed, 0), batch.num_rows)
            passed += batch.num_rows
            if skipped < batch.num_rows:
                columns = [column.slice(skipped).to_pylist() for column in cells]
                sender.take([dict(zip(spec.names, row, strict=True)) for row in zip(*columns, strict=True)])
        sender.count()
        return adding.digest()


class _Sender:
    """Sends chunks in order and knows how many rows are there."""

    def __init__(self, portal: Portal, resource_id: str, there: int) -> None:
        self.portal, self.resource_id, self.there = portal, resource_id, there
        self.size = CHUNK

    def take(self, records: list[Record]) -> None:
        """Send records in chunks; a chunk that takes too long is halved, and so are all after it."""
        waiting = list(_cut(records, self.size))
        while waiting:
            chunk = waiting.pop(0)
            body = self._body(chunk)
            small_enough = len(body) <= LIMIT or len(chunk) <= SMALLEST
            if not (small_enough and self._went(chunk, body)):
                self.size = max(SMALLEST, len(chunk) // 2)
                waiting = [*_cut(chunk, self.size), *waiting]

    def _body(self, records: list[Record], *, count: bool = False) -> bytes:
        order = {
            "resource_id": self.resource_id,
            "force": True,
            "method": "insert",
            "records": records,
            "calculate_record_count": count,
        }
        return msgspec.json.encode(order)

    def _went(self, chunk: list[Record], body: bytes) -> bool:
        """Send one chunk; False when it was too much for the portal and nothing of it is there."""
        try:
            self.portal.action("datastore_upsert", {}, body=body)
        except (ActionRefused, OutcomeUnknown) as failed:
            found = self._found()
            if found == self.there + len(chunk):  # the answer was lost, the chunk was not
                self.there = found
                return True
            if found != self.there:
                raise PortalFailed(
                    f"DataStore table {self.resource_id}: found {found} rows, expected {self.there}; run again."
                ) from failed
            if _is_too_much(failed) and len(chunk) > SMALLEST:
                return False
            if isinstance(failed, ActionRefused):
                raise _refusal(failed, self.resource_id) from failed
            raise
        self.there += len(chunk)
        return True

    def _found(self) -> int:
        return int(self.portal.read("datastore_info", id=self.resource_id)["meta"]["count"])

    def count(self) -> None:
        """Have the portal count the rows and look at them for its plans, once, at the end."""
        self.portal.action("datastore_upsert", {}, body=self._body([], count=True))


def _cut(records: list[Record], size: int) -> Iterator[list[Record]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _is_too_much(failed: PortalFailed) -> bool:
    if isinstance(failed, ActionRefused):
        return failed.status == TOO_LARGE or any(words in str(failed.error) for words in TOO_LONG)
    return True


def _refusal(failed: ActionRefused, resource_id: str) -> PortalFailed | GateRefused:
    """Say in a sentence why the portal did not take a chunk; its own words quote rows."""
    said: Any = failed.error
    if any(words in str(said) for words in TWICE):
        return GateRefused(f"DataStore table {resource_id}: found a key twice, expected one row per key.")
    if "records" in said or "data" in said:
        return GateRefused(f"DataStore table {resource_id}: found a value that the portal cannot hold, expected none.")
    return failed
