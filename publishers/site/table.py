"""Reads the published table of a sealed release: rows, labels, symbols, groups. Sums published cells only."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from minhbach.core.errors import SealBroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from minhbach.core.catalog import Column, Dataset

NOTE = "ghi_chu_an_so"
"""Column with the reason code of a row's empty cells: interface.md §3."""
SYMBOLS = ("b", "c", "p", "r", "x", "z")
NUMERIC = re.compile(r"-?\d+(\.\d+)?")

Row = tuple[str, ...]


@dataclass(frozen=True)
class Shares:
    """A part of a whole, summed over published cells; `hidden` rows could not be added."""

    part: int
    whole: int
    hidden: int

    @property
    def rate(self) -> float:
        """The share, between 0 and 1."""
        return self.part / self.whole if self.whole else 0.0


class Table:
    """The rows of `data.csv` with what the declaration says about their columns."""

    def __init__(self, dataset: Dataset, header: Sequence[str], rows: list[Row]) -> None:
        self.dataset = dataset
        self.header = list(header)
        self.rows = rows
        self.position = {name: index for index, name in enumerate(self.header)}
        self.declared = {column.name: column for column in dataset.published}

    @classmethod
    def read(cls, dataset: Dataset, path: Path) -> Table:
        """Read `data.csv` of a release. Raises SealBroken when it is no table."""
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = iter(csv.reader(stream, strict=True))
            header = next(lines, None)
            if not header:
                raise SealBroken(f"{path}: found no header, expected the columns of {dataset.name}.")
            return cls(dataset, header, [tuple(line) for line in lines])

    @property
    def columns(self) -> list[Column]:
        """Published columns that this file has, in its order."""
        return [self.declared[name] for name in self.header if name in self.declared]

    @property
    def group(self) -> str | None:
        """The column whose values get a page each: the first dimension of the grain after the period."""
        return next((name for name in self.dataset.grain[1:] if name in self.position), None)

    @property
    def dimensions(self) -> list[str]:
        """The columns of the grain that are not the period."""
        return [name for name in self.dataset.grain[1:] if name in self.position]

    def label_of(self, name: str) -> str | None:
        """Name the column that holds the words for a column's codes: the plain text that follows it directly."""
        column = self.declared[name]
        at = self.position[name] + 1
        if not column.codes or at >= len(self.header):
            return None
        following = self.declared.get(self.header[at])
        plain = following is not None and following.type == "string" and not following.codes
        return self.header[at] if plain and following is not None and following.name not in self.dataset.grain else None

    @cached_property
    def by_group(self) -> dict[str, list[Row]]:
        """The rows of every group, in the order of the file."""
        groups: dict[str, list[Row]] = {}
        if self.group is not None:
            at = self.position[self.group]
            for row in self.rows:
                groups.setdefault(row[at], []).append(row)
        return groups

    def is_total(self, row: Row, name: str) -> bool:
        """Tell whether a row sums over a dimension."""
        return row[self.position[name]] == self.dataset.totals.get(name)

    @cached_property
    def level(self) -> str:
        """The column that only repeats in which dimensions a row is a total: readers see that by the row itself."""
        for column in self.columns:
            if column.type != "string" or column.name in self.dataset.grain or not column.codes:
                continue
            at = self.position[column.name]
            pairs = {(tuple(self.is_total(row, name) for name in self._summed), row[at]) for row in self.rows}
            if len({pattern for pattern, _ in pairs}) == len(pairs) > 1:
                return column.name
        return ""

    def overall(self) -> list[Row]:
        """Return the rows that together are the whole place: totals in every dimension that has them."""
        return [row for row in self.rows if all(self.is_total(row, name) for name in self._summed)]

    def of_group(self, code: str) -> list[Row]:
        """Return the rows that together are one group: totals in every other dimension that has them."""
        others = [name for name in self._summed if name != self.group]
        return [row for row in self.by_group.get(code, []) if all(self.is_total(row, name) for name in others)]

    def shares(self, rows: Iterable[Row], part: str, whole: str) -> Shares | None:
        """Add up a part and its whole over the rows that publish both; nothing when none does."""
        at_part, at_whole = self.position.get(part), self.position.get(whole)
        if at_part is None or at_whole is None:
            return None
        parts = wholes = hidden = shown = 0
        for row in rows:
            if row[at_part] and row[at_whole]:
                parts, wholes, shown = parts + int(row[at_part]), wholes + int(row[at_whole]), shown + 1
            else:
                hidden += 1
        return Shares(parts, wholes, hidden) if shown else None

    def total(self, rows: Iterable[Row], measure: str) -> int | None:
        """Add up a measure over the rows that publish it; nothing when none does."""
        at = self.position.get(measure)
        cells = [row[at] for row in rows if row[at]] if at is not None else []
        return sum(map(int, cells)) if cells else None

    def symbol(self, row: Row, column: Column) -> str:
        """Say why a cell is empty: `z` a rate of nothing, else the code that the row's note gives, else `x`."""
        if column.derived_from and row[self.position[column.derived_from[1]]] == "0":
            return "z"
        at = self.position.get(NOTE)
        codes = re.findall(r"\b[bcprxz]\b", row[at]) if at is not None else []
        return next((code for code in ("c", *codes) if code in codes and code != "z"), "x")

    @property
    def _summed(self) -> list[str]:
        return [name for name in self.dataset.totals if name in self.position and name in self.dataset.grain]
