"""Access method: delimited files in an inbox. Knows files and their form; no contract, no agency.

A file is read twice: once for its hash, once for its records; what changed in between is refused.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from ..core.errors import SourceUnreachable, UnreadableFile
from .pages import Page
from .rfc4180 import Form, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .pages import Request

_SURROGATE = re.compile("[\udc80-\udcff]")


class DelimitedDelivery:
    """Files of an inbox."""

    count: int | None = None

    def __init__(self, request: Request, paths: Sequence[Path], files: dict[str, str]) -> None:
        self._agency = request.agency
        self._table = request.table
        self._limit = request.limit
        self._paths = paths
        self.files = files
        self.content = hashlib.sha256("\n".join(self.files.values()).encode()).hexdigest()

    def pages(self) -> Iterator[Page]:
        """Read every file from its start.

        Raises:
            UnreadableFile: a file is not written as declared, or changed while it was read.

        """
        row = 1
        for path in self._paths:
            for page in self._pages_of(path, row):
                yield page
                row += page.count
                if self._limit is not None and row > self._limit:
                    return
            if _sha256(path) != self.files[path.name]:
                raise UnreadableFile(
                    f"{path.name}: found other bytes than a moment ago, expected a file at rest; run again."
                )

    def records(self, rows: Sequence[int]) -> Iterator[tuple[int, str, bytes]]:
        """Read the files again for some of their records."""
        wanted = set(rows)
        for page in self.pages():
            for row in range(page.first_row, page.first_row + page.count):
                if row in wanted:
                    yield row, page.source, page.record(row - page.first_row)

    def discard(self) -> None:
        """Nothing is held: the agency's files stay where they are."""

    def _pages_of(self, path: Path, first_row: int) -> Iterator[Page]:
        access = self._agency.access
        form = Form(access.encoding, access.delimiter, lenient=access.encoding_errors != "refuse")
        size = min(access.page_size, self._limit or access.page_size)
        with _opened(path, access.compression) as stream:
            rows = records(stream, path.name, form)
            header = self._header(path.name, rows)
            row = first_row
            while batch := list(islice(rows, size)):
                yield self._page(path.name, header, batch, row)
                row += len(batch)

    def _header(self, name: str, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
        _, header = next(rows, (1, [""]))
        declared = list(self._table.columns)
        missing = [column for column in declared if column not in header]
        strange = [n for n, column in enumerate(header, start=1) if column not in declared or column in header[: n - 1]]
        if missing or strange:
            found = f"no column {', '.join(missing)}" if missing else f"undeclared or repeated columns at {strange}"
            raise UnreadableFile(
                f"{name}: line 1: found {found}, expected exactly the {len(declared)} declared columns; "
                f"the whole file is refused, ask {self._agency.name} or change its declaration."
            )
        return header

    def _page(self, name: str, header: list[str], batch: list[tuple[int, list[str]]], row: int) -> Page:
        width = len(header)
        for line, fields in batch:
            if len(fields) != width:
                raise UnreadableFile(
                    f"{name}: line {line}: found {len(fields)} fields, expected {width}; the whole file is refused, "
                    "ask for a new one."
                )
        if self._agency.access.encoding_errors != "refuse":
            self._mend(name, header, batch)
        columns: Mapping[str, Sequence[object]] = dict(
            zip(header, zip(*(fields for _, fields in batch), strict=True), strict=True)
        )
        return Page(
            name,
            row,
            len(batch),
            columns,
            lambda index: msgspec.json.encode(dict(zip(header, batch[index][1], strict=True))),
        )

    def _mend(self, name: str, header: list[str], batch: list[tuple[int, list[str]]]) -> None:
        """Replace undecodable bytes where the column is dropped anyway; refuse the file where it is not."""
        for line, fields in batch:
            if "".join(fields).isascii():
                continue
            for index, text in enumerate(fields):
                if not _SURROGATE.search(text):
                    continue
                column = self._table.columns[header[index]]
                if column.lands or column.derive:
                    raise UnreadableFile(
                        f"{name}: line {line}: found bytes that are no {self._agency.access.encoding} in "
                        f"{header[index]}, expected them in dropped columns at most; the whole file is refused."
                    )
                fields[index] = _SURROGATE.sub("\ufffd", text)


def fetch(request: Request) -> DelimitedDelivery | None:
    """Find the files of an inbox that are new; nothing when there is none.

    Raises:
        SourceUnreachable: the inbox is missing.
        UnreadableFile: a file cannot be read.

    """
    agency, table = request.agency, request.table
    inbox = request.connection.folder()
    if not inbox.is_dir():
        raise SourceUnreachable(
            f"{agency.name}: found no inbox folder where {request.connection.variable} points, expected one."
        )
    paths = sorted(path for path in inbox.glob(table.files or "") if path.is_file())
    hashes = {path: _sha256(path) for path in paths}
    fresh = [path for path in paths if request.known.get(path.name) != hashes[path]]
    return DelimitedDelivery(request, fresh, {path.name: hashes[path] for path in fresh}) if fresh else None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"{path.name}: could not be read: {error.strerror}; check the inbox.") from None


@contextmanager
def _opened(path: Path, compression: str) -> Iterator[BinaryIO]:
    """Open a file; what is wrong with its compression is told as what is wrong with the file."""
    try:
        with cast("BinaryIO", gzip.open(path) if compression == "gzip" else path.open("rb")) as stream:
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise UnreadableFile(
            f"{path.name}: found bytes that are no whole gzip file, expected one; the whole file is refused."
        ) from None
    except OSError as error:
        raise UnreadableFile(f"{path.name}: could not be read: {error.strerror}; check the inbox.") from None
