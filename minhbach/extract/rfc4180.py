"""A strict reader of delimited text (RFC 4180): a lone quote or a NUL stops it, with file and line.

Python's csv module, even strict, takes a quote inside an unquoted field for a letter; here it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_RECORD = 4_000_000
"""Characters after which an open quote is taken for a lone one."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Form:
    """How a file is written."""

    encoding: str
    delimiter: str
    lenient: bool = False
    """Undecodable bytes become surrogates instead of stopping; the caller decides where they may stand."""


def records(lines: Iterable[bytes], name: str, form: Form) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the first line, fields) of every record.

    Raises:
        UnreadableFile: the file is not written as declared; names file and line.

    """
    fields_of = re.compile(
        rf'(?:"((?:[^"]|"")*)"|([^"{re.escape(form.delimiter)}\r\n]*))({re.escape(form.delimiter)}|$)'
    )
    start, pending = 0, ""
    for number, raw in enumerate(lines, start=1):
        line = _text(raw.removeprefix(BOM) if number == 1 else raw, name, number, form)
        if pending or '"' in line:
            start = start or number
            pending += line
            if pending.count('"') % 2:
                if len(pending) > LONGEST_RECORD:
                    break
                continue
            yield start, _quoted(_unended(pending), fields_of, name, start)
            start, pending = 0, ""
        else:
            line = _unended(line)
            if "\r" in line:
                raise _unreadable(name, number, "a carriage return inside a field", "it within quotes")
            yield number, line.split(form.delimiter)
    if pending:
        raise _unreadable(name, start, "a quote that is never closed", "quotes in pairs")


def _text(raw: bytes, name: str, number: int, form: Form) -> str:
    if b"\0" in raw:
        raise _unreadable(name, number, "a NUL byte", "text")
    try:
        return raw.decode(form.encoding)
    except UnicodeDecodeError:
        if form.lenient:
            return raw.decode(form.encoding, "surrogateescape")
        raise _unreadable(name, number, f"bytes that are no {form.encoding}", f"text in {form.encoding}") from None


def _unended(line: str) -> str:
    line = line.removesuffix("\n")
    return line.removesuffix("\r")


def _quoted(record: str, fields_of: re.Pattern[str], name: str, line: int) -> list[str]:
    fields: list[str] = []
    position = 0
    while True:
        found = fields_of.match(record, position)
        if found is None or (found.end() < len(record) and not found[3]):
            raise _unreadable(name, line, "a lone quote", 'fields within quotes as a whole, and "" for a quote in them')
        quoted, plain, delimiter = found.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        position = found.end()
        if not delimiter:
            return fields


def _unreadable(name: str, line: int, found: str, expected: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name}: line {line}: found {found}, expected {expected}; the whole file is refused, ask for a new one."
    )
