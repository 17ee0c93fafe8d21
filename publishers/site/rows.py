"""HTML of table rows, fast: tens of thousands of cells a build. Knows the table, the words, and nothing of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from .finding import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minhbach.core.catalog import Catalog, Column

    from .table import Row, Table
    from .words import Words

NUMBERS = ("integer", "decimal")


@dataclass(frozen=True)
class Head:
    """One column as a page heads it."""

    name: str
    label: str
    unit: str
    is_number: bool
    is_dimension: bool


@dataclass(frozen=True)
class Shown:
    """A table ready for a page: heads, rows as HTML, and what is the same in every row."""

    heads: list[Head]
    body: Markup
    facts: list[tuple[str, str]]
    rows: int
    has_symbols: bool


def is_number(column: Column) -> bool:
    """Tell whether a column holds numbers, which stand to the right."""
    return column.type.startswith(NUMBERS)


class Rows:
    """Renders rows of one table in one language; formatted cells are remembered."""

    def __init__(self, table: Table, catalog: Catalog, words: Words, *, hidden: str = "") -> None:
        self.table, self.words = table, words
        self.names = Names(table, catalog, words.language)
        self.written: dict[str, str] = {}
        labels = {label for label in self.names.labels.values() if label}
        self.columns = [column for column in table.columns if column.name not in {*labels, hidden}]

    def order(self, rows: Sequence[Row]) -> list[Row]:
        """Sort rows for reading: totals first, then by the first number from the largest, hidden ones last."""
        measure = next((column.name for column in self.columns if is_number(column)), None)
        at = self.table.position.get(measure or "")
        totals = [(self.table.position[name], code) for name, code in self.table.dataset.totals.items()]

        def key(row: Row) -> tuple[int, float, Row]:
            cell = row[at] if at is not None else ""
            try:
                size = -float(cell)
            except ValueError:
                size = 0.0
            return -sum(row[place] == code for place, code in totals), size, row

        return sorted(rows, key=key)

    def shown(self, rows: Sequence[Row], *, fold: bool = True) -> Shown:
        """Render rows; what is the same in all of them is told once instead (`fold`)."""
        constant = self._constant(rows) if fold and len(rows) > 1 else []
        kept = [column for column in self.columns if column not in constant]
        facts = [(self._head(column).label, self._text(column, rows[0])) for column in constant]
        notes: list[bool] = []
        body = Markup("".join(self._row(row, kept, notes) for row in rows))  # noqa: S704  every cell is escaped below
        return Shown([self._head(column) for column in kept], body, facts, len(rows), bool(notes))

    def _constant(self, rows: Sequence[Row]) -> list[Column]:
        found = []
        for column in self.columns:
            at = self.table.position[column.name]
            if not is_number(column) and all(row[at] == rows[0][at] for row in rows):
                found.append(column)
        return found

    def _head(self, column: Column) -> Head:
        label = self.names.labels[column.name]
        text = (self.table.declared[label] if label else column).text.in_(self.words.language)
        units = self.words.sentences["units"]
        unit = units.get(column.unit, column.unit) if column.unit else ""
        return Head(column.name, text, unit, is_number(column), column.name in self.table.dataset.grain)

    def _text(self, column: Column, row: Row) -> str:
        return self.names.of(column.name, row) if column.codes else row[self.table.position[column.name]]

    def _row(self, row: Row, kept: list[Column], notes: list[bool]) -> str:
        position, dataset = self.table.position, self.table.dataset
        is_total = any(
            row[position[column.name]] == dataset.totals.get(column.name)
            for column in kept
            if column.name in dataset.totals
        )
        cells = ['<tr class="sum">' if is_total else "<tr>"]
        for column in kept:
            value = row[position[column.name]]
            if is_number(column):
                if not value:
                    notes.append(True)
                cells.append(self._number(value) if value else f'<td class="s">{self.table.symbol(row, column)}')
            elif column.name in dataset.grain:
                cells.append(self._header(column, row, value))
            else:
                cells.append(f'<td class="t">{escape(self._text(column, row))}')
        return "".join(cells)

    def _header(self, column: Column, row: Row, code: str) -> str:
        name = self._text(column, row)
        small = f" <small>{escape(code)}</small>" if name != code else ""
        return f'<th scope="row">{escape(name)}{small}'

    def _number(self, value: str) -> str:
        cell = self.written.get(value)
        if cell is None:
            cell = self.written[value] = f"<td>{escape(self.words.number(value))}"
        return cell
