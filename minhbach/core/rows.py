"""The canonical text of a table's rows and its hash: same rows, same hash, whichever format they were read from.

Needs the standard library alone, so that a reader can check a CSV without the engine. Knows cells as texts; types are
turned into texts by whoever reads a typed format: a missing value and an empty text are both the empty text, a count is
its digits, a decimal has all declared decimals, a date is ISO, a truth value is true or false.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING

from .errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MARK = "minhbach/rows/1"
# A spreadsheet runs a cell that starts like this. It may also cut a line at a semicolon, a tab or a line break inside
# a text (the list separator of Vietnamese Windows is the semicolon), so that a formula can start there as well.
_FORMULA = "=+\\-@＝＋－＠"
_START = r"(?:(?<![\s\S])|(?<=[;\t\r\n]))"
_TO_GUARD = re.compile(rf"{_START}(?='*[{_FORMULA}])|(?<![\s\S])(?='*[\t\r\n])")
_GUARDED = re.compile(rf"{_START}'(?='*[{_FORMULA}])|(?<![\s\S])'(?='*[\t\r\n])")


def neutral(text: str) -> str:
    """Give a text as a CSV cell that no spreadsheet runs: an apostrophe goes before whatever could start a formula."""
    return _TO_GUARD.sub("'", text)


def plain(cell: str) -> str:
    """Give the text that `neutral` made a cell of; nothing is lost on the way there and back."""
    return _GUARDED.sub("", cell) if "'" in cell else cell


def rows_sha256(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the hash of a table in hex: of the mark, the column names and the row texts in the order of their bytes.

    Each line is a compact JSON array of texts in UTF-8. The order of rows does not matter, the order of columns does.
    """
    hasher = hashlib.sha256(f"{MARK}\n".encode())
    hasher.update(_line(columns))
    for line in sorted(_line(row) for row in rows):
        hasher.update(line)
    return hasher.hexdigest()


def read_csv(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """Read a CSV of a release: its columns and, as they come, its rows in plain text.

    Raises:
        UnreadableFile: the file is missing, no UTF-8, no RFC 4180, empty, or a row is longer or shorter than the head.

    """
    rows = _cells(path)
    columns = next(rows, None)
    if columns is None:
        raise UnreadableFile(f"{path}: found no header line, expected the CSV of a release.")
    return columns, rows


def csv_rows_sha256(path: Path) -> str:
    """Return the hash of the rows of a release's CSV. Raises UnreadableFile."""
    columns, rows = read_csv(path)
    return rows_sha256(columns, rows)


def _cells(path: Path) -> Iterator[list[str]]:
    width = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, cells in enumerate(csv.reader(stream, strict=True), start=1):
                width = len(cells) if width is None else width
                if len(cells) != width:
                    raise UnreadableFile(f"{path}: row {number}: found {len(cells)} cells, expected {width}.")
                yield [plain(cell) for cell in cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path}: found no readable UTF-8 CSV, expected the CSV of a release.") from error


def _line(cells: Sequence[str]) -> bytes:
    return json.dumps(list(cells), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
