"""Read what the public holds of a release: `data.csv` and `disclosure.json`; opens nothing else."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minhbach.core.errors import UnreadableFile

from .declare import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .model import PublicModel

Key = tuple[str, ...]
DATA = "data.csv"
MODEL = "disclosure.json"


@dataclass
class Table:
    """One written table: its rows by key, hidden counts as None."""

    model: PublicModel
    where: str
    keys: list[Key] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    rates: dict[str, list[int | None]] = field(default_factory=dict)
    index: dict[Key, int] = field(default_factory=dict)

    @property
    def dimensions(self) -> list[str]:
        """Name the key columns in the order of a key."""
        return list(self.model.dimensions)

    def named(self, key: Key) -> dict[str, str]:
        """Give a key with the names of its columns, as a report shows it."""
        return dict(zip(self.dimensions, key, strict=True))


def read_release(folder: Path) -> Table:
    """Read the table of one release folder.

    Raises:
        UnreadableFile: a file is missing or does not hold what the model says; the row and column are named.
        DeclarationError: `disclosure.json` holds another model than the house knows.

    """
    path = folder / MODEL
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: found no readable JSON, expected the public model of the release.") from error
    if not isinstance(document, dict):
        raise UnreadableFile(f"{path}: found no JSON object, expected the public model of the release.")
    return read_table(folder / DATA, parse(document, str(path)))


def read_table(path: Path, model: PublicModel) -> Table:
    """Read any CSV by a public model.

    Raises:
        UnreadableFile: the file is missing, lacks a column, repeats a key, or holds a count that is none.

    """
    table = Table(model, str(path))
    for column in {dimension.parent for dimension in model.dimensions.values() if dimension.parent}:
        table.columns[column] = []
    if model.sums_to is not None:
        table.columns |= {column: [] for column in model.sums_to.over.values()}
    optional = tuple(str(step["to"]) for step in model.ladder if "to" in step)
    table.counts = {measure: [] for measure in model.measures}
    table.rates = {rate: [] for rate in model.rates}
    wanted = (*model.dimensions, *table.columns, *table.counts, *table.rates)
    for number, row in _rows(path, wanted):
        if not table.keys:
            table.columns |= {column: [] for column in optional if column in row}
        key = tuple(row[dimension] for dimension in model.dimensions)
        if table.index.setdefault(key, len(table.keys)) != len(table.keys):
            raise UnreadableFile(
                f"{path}: row {number}: found a key that an earlier row has, expected one row per key."
            )
        table.keys.append(key)
        for column, texts in table.columns.items():
            texts.append(row[column])
        for measure, counts in table.counts.items():
            counts.append(_number(row[measure], 0, model.suppression.code, f"{path}: row {number}: {measure}"))
        for name, rates in table.rates.items():
            rates.append(
                _number(row[name], model.rates[name].decimals, model.suppression.code, f"{path}: row {number}: {name}")
            )
    return table


def _rows(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            missing = [column for column in wanted if column not in header]
            if missing:
                raise UnreadableFile(
                    f'{path}: header: found no column "{missing[0]}", expected it by the public model.'
                )
            for number, cells in enumerate(reader, start=2):
                if len(cells) != len(header):
                    raise UnreadableFile(f"{path}: row {number}: found {len(cells)} cells, expected {len(header)}.")
                yield number, dict(zip(header, cells, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path}: found no readable UTF-8 CSV, expected the data of the release.") from error


def _number(text: str, decimals: int, code: str, where: str) -> int | None:
    """Read a number as a whole count of its last decimal; None is hidden."""
    text = text.strip()
    if text in {"", code}:
        return None
    whole, _, fraction = text.partition(".")
    digits = whole.removeprefix("-") + fraction.ljust(decimals, "0")
    if not digits.isascii() or not digits.isdecimal() or fraction[decimals:].strip("0"):
        raise UnreadableFile(f"{where}: found no number with {decimals} decimals, expected one or an empty cell.")
    size = int(digits[: len(whole.removeprefix("-")) + decimals])
    return -size if whole.startswith("-") else size
