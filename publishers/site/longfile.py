"""One table over all periods of a dataset, the newest revision of each, with a mark where the series breaks."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import DatasetView, Edition

BREAK = "ngat_chuoi"
"""Column of the mark."""
MARK = "b"


def long_file(view: DatasetView) -> bytes:
    """Join the periods: UTF-8 with BOM, RFC 4180, like the releases; a column that a period lacks is empty."""
    editions = list(view.by_period.values())
    header = list(dict.fromkeys(name for edition in editions for name in edition.table.header))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*header, BREAK])
    before: Edition | None = None
    for edition in editions:
        mark = MARK if before is not None and is_break(before, edition) else ""
        places = [edition.table.position.get(name) for name in header]
        writer.writerows(
            [*("" if place is None else row[place] for place in places), mark] for row in edition.table.rows
        )
        before = edition
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def is_break(before: Edition, edition: Edition) -> bool:
    """Tell whether a period cannot be compared with the one before: other columns, a gap, or a declared break."""
    other_columns = before.table.header != edition.table.header
    gap = str(edition.period.previous) != str(before.period)
    return other_columns or gap or bool(edition.manifest.get("series_break"))
