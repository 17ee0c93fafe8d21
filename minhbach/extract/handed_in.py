"""Reads a file of corrections: whole records, in the table's own form or under the source's field names.

Knows files and their form; no contract, no agency's system. A delimited agency hands in what it always drops; one that
is read over a service hands in NDJSON, or CSV with a head of field names.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from ..core.errors import UnreadableFile
from .delimited import DelimitedDelivery
from .record_reader import RecordReader
from .rfc4180 import Form, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..core.catalog import Agency, Table
    from .pages import Delivery, Page, Request

LARGEST = 256 << 20
"""Bytes: more than that is no correction but a delivery."""
COMMA = Form("utf-8", ",")


class RecordsDelivery:
    """Records of one file that was read whole."""

    def __init__(self, table: Table, name: str, found: list[bytes], content: str) -> None:
        self._reader = RecordReader(table)
        self._name = name
        self._records = found
        self.content = content
        self.files = {name: content}
        self.count: int | None = len(found)

    def pages(self) -> Iterator[Page]:
        """Give all records as one page."""
        yield self._reader.page(self._name, 1, self._records)

    def records(self, rows: Sequence[int]) -> Iterator[tuple[int, str, bytes]]:
        """Give some records as they were handed in."""
        return ((row, self._name, self._records[row - 1]) for row in rows)

    def discard(self) -> None:
        """Nothing is held."""


def delivery_of(path: Path, agency: Agency, table: Table, request: Request) -> Delivery:
    """Read a file of whole records.

    Raises:
        UnreadableFile: it is empty, too large, or not written as its agency's records are.

    """
    content = content_of(path)
    digest = sha256(content).hexdigest()
    if agency.method == "delimited":
        return cast("Delivery", DelimitedDelivery(request, [path], {path.name: digest}))
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    named = {(column.path or name).split(".")[0]: "." in (column.path or "") for name, column in table.columns.items()}
    is_csv = path.suffix.lower() == ".csv"
    found = list(_of_csv(path.name, lines, named) if is_csv else _of_ndjson(path.name, lines))
    if not found:
        raise UnreadableFile(f"{path.name}: found no record, expected at least one; nothing was taken.")
    return cast("Delivery", RecordsDelivery(table, path.name, found, digest))


def content_of(path: Path) -> bytes:
    """Read a handed-in file whole.

    Raises:
        UnreadableFile: it is missing, empty or too large.

    """
    try:
        size = path.stat().st_size
        if not 0 < size <= LARGEST:
            raise UnreadableFile(f"{path.name}: found {size} bytes, expected a correction of at most {LARGEST}.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path.name}: could not be read: {error.strerror}; hand it in again.") from None


def head_of(path: Path, agency: Agency) -> list[str]:
    """Read the head of a delimited file, or nothing where it has none that can be read."""
    access = agency.access
    form = Form(access.encoding, access.delimiter) if agency.method == "delimited" else COMMA
    for candidate in (form, COMMA):
        try:
            with path.open("rb") as stream:
                head = next(records(stream, path.name, candidate), (1, []))[1]
        except (OSError, UnreadableFile):
            continue
        if len(head) > 1:
            return head
    return []


def _of_ndjson(name: str, lines: Sequence[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            is_record = isinstance(json.loads(text), dict)
        except ValueError:
            is_record = False
        if not is_record:
            raise UnreadableFile(f"{name}: line {number}: found no JSON object, expected one record a line; refused.")
        yield text


def _of_csv(name: str, lines: Sequence[bytes], named: dict[str, bool]) -> Iterator[bytes]:
    """Make records of rows; a field that is nested at the source holds its JSON."""
    rows = records(lines, name, COMMA)
    head = next(rows, (1, [""]))[1]
    places = [place for place, field in enumerate(head, start=1) if field not in named or field in head[: place - 1]]
    if places:
        raise UnreadableFile(
            f"{name}: line 1: found undeclared or repeated fields at {places}, expected declared ones."
        )
    for number, fields in rows:
        if len(fields) != len(head):
            raise UnreadableFile(f"{name}: line {number}: found {len(fields)} fields, expected {len(head)}; refused.")
        try:
            record = {
                field: (json.loads(value) if value else None) if named[field] else value
                for field, value in zip(head, fields, strict=True)
            }
        except ValueError:
            raise UnreadableFile(f"{name}: line {number}: found a nested field without JSON; refused.") from None
        yield json.dumps(record, ensure_ascii=False).encode()
