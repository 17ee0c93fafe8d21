"""Every text of the written bytes of a release, with the place it stands at; knows file formats, no rule.

A place is told by numbers and file names only: a column's name or a sheet's name may itself be the finding.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from minhbach.core.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_PLAIN = {".txt", ".sig", ".md", ".html", ".xml", ".svg", ".sha256", "", ".rdf", ".ttl", ".atom"}
_PAGE_CODES = re.compile(r"&[A-Z]")


@dataclass(frozen=True)
class Cell:
    """One text: where it stands, what its column is called, and whether the column is declared to hold numbers."""

    place: str
    text: str
    column: str = ""
    numeric: bool = False


def texts(path: Path, numeric: Collection[str]) -> Iterator[Cell]:
    """Give every text of a file; `numeric` names the columns declared to hold numbers.

    Raises:
        UnreadableFile: the file cannot be read as its name says, or its kind is unknown: nothing unread goes out.

    """
    readers = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx, ".json": _json, ".jsonld": _json}
    suffix = path.suffix.lower()
    if suffix not in readers and suffix not in _PLAIN:
        raise UnreadableFile(f'{path}: found a file of kind "{suffix}", expected one that the scan can read through.')
    try:
        yield from readers.get(suffix, _plain)(path, numeric)
    except (OSError, ValueError, KeyError, csv.Error, zipfile.BadZipFile, ET.ParseError) as error:
        raise UnreadableFile(
            f"{path}: found bytes that are no {suffix or 'text'} file, so it was not scanned."
        ) from error


def _csv(path: Path, numeric: Collection[str]) -> Iterator[Cell]:
    with io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows, [])
        for number, name in enumerate(header, start=1):
            yield Cell(f"row 1, column {number}", name)
        for row_number, row in enumerate(rows, start=2):
            for number, text in enumerate(row, start=1):
                name = header[number - 1] if number <= len(header) else ""
                yield Cell(f"row {row_number}, column {number}", text, name, name in numeric)


def _plain(path: Path, _: Collection[str]) -> Iterator[Cell]:
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig").splitlines(), start=1):
        yield Cell(f"line {number}", line)


def _json(path: Path, _: Collection[str]) -> Iterator[Cell]:
    yield from _values(json.loads(path.read_bytes()), "value", "")


def _values(value: Any, place: str, column: str) -> Iterator[Cell]:
    if isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items(), start=1):
            yield Cell(f"{place}, key {number}", str(key))
            yield from _values(inner, f"{place}.{number}", str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from _values(inner, f"{place}.{number}", column)
    elif isinstance(value, bytes):
        yield Cell(place, value.decode("utf-8", errors="replace"), column)
    elif isinstance(value, str):
        yield Cell(place, value, column)


def _parquet(path: Path, numeric: Collection[str]) -> Iterator[Cell]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    for key, value in (schema.metadata or {}).items():
        if key != b"ARROW:schema":
            yield Cell("metadata", f"{key.decode(errors='replace')} {value.decode(errors='replace')}")
    for number, field in enumerate(schema, start=1):
        yield Cell(f"column {number}, name", field.name)
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type):
            continue
        row = 0
        for batch in file.iter_batches(columns=[field.name]):
            for value in batch.column(0).to_pylist():
                row += 1
                for cell in _values(value, f"row {row}, column {number}", field.name):
                    yield Cell(cell.place, cell.text, field.name, field.name in numeric)


def _xlsx(path: Path, numeric: Collection[str]) -> Iterator[Cell]:
    with zipfile.ZipFile(path) as book:
        shared = _shared(book)
        for name in sorted(book.namelist()):
            yield Cell("member name", name)
            if name.endswith("/sharedStrings.xml") or not name.endswith((".xml", ".rels", ".vml")):
                continue
            root = ET.fromstring(book.read(name))  # noqa: S314 - our own release, written a moment ago
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if sheet:
                yield from _sheet(root, f"sheet {sheet[1]}", shared, numeric)
            else:
                yield from _elements(root, name)
        for number, text in enumerate(shared, start=1):
            yield Cell(f"shared string {number}", text, "", numeric=True)


def _shared(book: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in book.namelist():
        return []
    root = ET.fromstring(book.read(name))  # noqa: S314 - our own release, written a moment ago
    return ["".join(one.itertext()) for one in root]


def _sheet(root: ET.Element, place: str, shared: list[str], numeric: Collection[str]) -> Iterator[Cell]:
    header: dict[str, str] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            reference = element.get("r", "")
            text = _cell_text(element, shared)
            column = reference.rstrip("0123456789")
            if text is None:
                continue
            if reference == f"{column}1":
                header[column] = text
                yield Cell(f"{place}, cell {reference}", text)
            else:
                name = header.get(column, "")
                yield Cell(f"{place}, cell {reference}", text, name, name in numeric)
        elif tag not in {"v", "t", "is", "r"}:
            yield from _element(element, f"{place}, {tag}")


def _cell_text(cell: ET.Element, shared: list[str]) -> str | None:
    """Give a cell's text; None for a typed number."""
    kind = cell.get("t", "n")
    inner = "".join(text for part in cell if part.tag.rpartition("}")[2] in {"v", "is"} for text in part.itertext())
    if kind == "s":
        return shared[int(inner)]
    return None if kind in {"n", "b"} else inner


def _elements(root: ET.Element, place: str) -> Iterator[Cell]:
    for element in root.iter():
        yield from _element(element, place)


def _element(element: ET.Element, place: str) -> Iterator[Cell]:
    around_pages = element.tag.endswith(("Header", "Footer"))
    for text in (element.text, element.tail, *element.attrib.values()):
        if text and text.strip():
            yield Cell(place, _PAGE_CODES.sub(" ", text) if around_pages else text)
