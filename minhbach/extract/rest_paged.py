"""Access method: a paged REST service of the national-sync shape. Knows paging and the spool; no contract, no agency.

Source of the shape: domain guide §3.1. Times travel as yyyyMMddHHmmss, local.
"""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from ..core.errors import SourceUnreachable
from .record_reader import RecordReader
from .rest_service import RestService
from .spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ..core.catalog import Table
    from .pages import Page, Request

RESTARTS = 3
"""How often reading starts anew because the service changed between two pages."""


class RestDelivery:
    """What a service gave for one question, in the spool."""

    def __init__(self, service: str, table: Table, spool: Spool) -> None:
        self.service = service
        self._spool = spool
        self._reader = RecordReader(table)
        self.counts: list[int] = []
        self.content = ""

    @property
    def files(self) -> dict[str, str]:
        """The service and the keyed hash of what it gave."""
        return {self.service: self.content}

    @property
    def count(self) -> int:
        """Number of records."""
        return sum(self.counts)

    def pages(self) -> Iterator[Page]:
        """Read the spool from its first page."""
        row = 1
        for number, count in enumerate(self.counts, start=1):
            yield self._reader.page(self.service, row, self._page(number))
            row += count

    def records(self, rows: Sequence[int]) -> Iterator[tuple[int, str, bytes]]:
        """Read raw records out of the spool."""
        ends = list(accumulate(self.counts))
        for number, wanted in groupby(rows, key=lambda row: bisect_left(ends, row)):
            records = self._page(number + 1)
            first = ends[number] - self.counts[number] + 1
            for row in wanted:
                yield row, self.service, records[row - first]

    def _page(self, number: int) -> list[bytes]:
        records = self._spool.read(number)
        if records is None:
            raise SourceUnreachable(f"{self.service}: a page of the spool is gone; run again and it is fetched.")
        return records

    def discard(self) -> None:
        """Remove the spool."""
        self._spool.discard()


def fetch(request: Request) -> RestDelivery:
    """Ask a service for everything newer than `since`, resuming from the spool.

    Raises:
        SourceRefused: the service answered with an error code of its own.
        SourceUnreachable: no usable answer, or the service changed while it was read.

    """
    service = request.table.service or ""
    question = _Question(service, request.since, request.agency.access.page_size, request.limit)
    with RestService(request.agency, request.connection, request.unit) as client:
        for _ in range(RESTARTS):
            spool = Spool(request.spool, request.key, {**question.__dict__, "since": question.asked})
            delivery = RestDelivery(service, request.table, spool)
            if _read_all(client, delivery, spool, question, request):
                return delivery
            spool.discard()
    raise SourceUnreachable(
        f"{request.agency.name}/{service}: the number of records changed while they were read, {RESTARTS} times, "
        "expected one that holds still; run again later."
    )


@dataclass(frozen=True)
class _Question:
    """What is asked page by page."""

    service: str
    since: datetime | None
    declared_size: int
    limit: int | None

    @property
    def asked(self) -> str:
        """Time from which on records are wanted, as it travels."""
        return self.since.strftime("%Y%m%d%H%M%S") if self.since else ""

    @property
    def size(self) -> int:
        """Records a page."""
        return min(self.declared_size, self.limit or self.declared_size)

    def pages(self, there: int) -> int:
        """Pages wanted of those that are there."""
        return there if self.limit is None else min(there, -(-self.limit // self.size))


def _read_all(client: RestService, delivery: RestDelivery, spool: Spool, question: _Question, request: Request) -> bool:
    """Read page by page into the spool; false when the service changed between two pages.

    The last page in the spool is asked for again: what it answers tells whether the service still holds the same.
    """
    content = hmac.new(request.key.value, digestmod=hashlib.sha256)
    kept = 0
    while spool.read(kept + 1) is not None:
        kept += 1
    total: int | None = None
    number, pages = 1, max(1, kept)
    while number <= pages:
        records = spool.read(number) if number < kept else None
        if records is None:
            answer = client.page(question.service, since=question.asked, page=number, page_size=question.size)
            records = [bytes(record) for record in answer.data]
            if total not in {None, answer.total} or (number == kept and records != spool.read(number)):
                return False
            total, pages = answer.total, question.pages(answer.pages)
            spool.write(number, records)
        for record in records:
            content.update(record + b"\n")
        delivery.counts.append(len(records))
        request.progress(question.service, delivery.count, total)
        number += 1
    delivery.content = content.hexdigest()
    return question.limit is not None or delivery.count == (total or 0)
