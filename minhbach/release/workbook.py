"""Writes data.xlsx: data, dictionary, notes. The same release gives the same bytes; no text is ever a formula."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

EXACT_DIGITS = 15
"""A spreadsheet's numbers keep that many digits; longer ones are written as text."""
FIRST_DATE = dt.date(1900, 3, 1)
"""Spreadsheets count days wrongly before it."""
WIDTHS = (10, 60)
SAMPLE = 200
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def write_workbook(
    path: Path,
    table: pa.Table,
    dictionary: Sequence[Sequence[str]],
    notes: Sequence[Sequence[str]],
    *,
    title: str,
    created: dt.date,
) -> None:
    """Write the workbook; `created` is the planned day of release, so that no clock is in it."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    book = xlsxwriter.Workbook(path, OPTIONS)
    book.set_properties(
        {"title": title, "created": dt.datetime(created.year, created.month, created.day, tzinfo=dt.UTC)}
    )
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    _write_data(book, head, table)
    for name, rows in (("dictionary", dictionary), ("notes", notes)):
        _write_texts(book, head, name, rows)
    try:
        book.close()
    except FileCreateError as error:
        cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error))
        raise jsonfile.storage_failed(path, cause) from error


def _write_data(book: Any, head: Any, table: pa.Table) -> None:
    sheet = book.add_worksheet("data")
    sheet.freeze_panes(1, 0)
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        values = column.to_pylist()
        scale = getattr(column.type, "scale", None)
        number = book.add_format({"num_format": "0" if not scale else "0." + "0" * scale})
        sheet.set_column(place, place, _width([name, *map(str, values[:SAMPLE])]))
        sheet.write_string(0, place, name, head)
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, place, value, number)
    if table.num_rows:
        sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)


def _write_cell(sheet: Any, row: int, place: int, value: Any, number: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, place, value)
        case int() | Decimal() if len(str(abs(value)).replace(".", "")) <= EXACT_DIGITS:
            sheet.write_number(row, place, value, number)
        case dt.date() if value >= FIRST_DATE:
            sheet.write_datetime(row, place, value)
        case _:
            sheet.write_string(row, place, str(value))


def _write_texts(book: Any, head: Any, name: str, rows: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, cells in enumerate(zip(*rows, strict=True)):
        sheet.set_column(place, place, _width(cells))
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text, wrapped if number else head)


def _width(cells: Sequence[str]) -> int:
    least, most = WIDTHS
    return min(max(least, *(len(cell) + 2 for cell in cells)), most)
