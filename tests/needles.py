"""Look for planted values in everything under a folder, decoding every store; a test tool, not part of the product.

A needle is looked for as it is (composed and decomposed UTF-8, UTF-16, base64), without accents and case, and, where it
holds digits, without the separators between them.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import html
import io
import json
import lzma
import re
import shutil
import sqlite3
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SHORTEST = 6
_HASH_BITS = 24
_SEPARATORS = re.compile(r"([0-9])[ .\-\u00a0/()]{1,2}(?=[0-9])")
_MARKS = re.compile("[\u0300-\u036f]+")
_RUN = re.compile(r"[0-9]{7,}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, order=True)
class Hit:
    """One needle that was found: its kind and number, the file, the store inside it, and the form it had."""

    kind: str
    number: int
    file: str
    store: str
    form: str


def search_needles(root: Path, needles: Mapping[str, Iterable[str]], *, skip: Iterable[Path] = ()) -> list[Hit]:
    """Search every file under `root` for the needles of every kind; `skip` names folders that may hold them.

    Raises:
        ValueError: there is no needle, or one is too short to mean anything.

    """
    haystack = Haystack(needles)
    left_out = [path.resolve() for path in skip]
    hits: set[Hit] = set()
    paths = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    for path in paths:
        if any(path.resolve().is_relative_to(folder) for folder in left_out):
            continue
        name = path.name if root.is_file() else path.relative_to(root).as_posix()
        hits |= {Hit(*found, name, "name", form) for found, form in haystack.find(name.encode())}
        for store, content in stores(path):
            hits |= {Hit(*found, name, store, form) for found, form in haystack.find(content)}
    return sorted(hits)


class Haystack:
    """All needles in all forms, found in one pass over bytes by their first six."""

    def __init__(self, needles: Mapping[str, Iterable[str]]) -> None:
        self._raw, self._bare = _Index(), _Index()
        self._digits: dict[str, set[tuple[str, int]]] = {}
        self._searched: dict[bytes, set[tuple[tuple[str, int], str]]] = {}
        count = 0
        for kind, values in needles.items():
            for number, value in enumerate(values):
                count += 1
                if len(value) < _SHORTEST:
                    raise ValueError(f"needle {number} of {kind} is shorter than {_SHORTEST} letters")
                self._take((kind, number), value)
        if not count:
            raise ValueError("there is no needle to look for")
        self._raw.close()
        self._bare.close()

    def _take(self, name: tuple[str, int], value: str) -> None:
        composed, split = (unicodedata.normalize(form, value) for form in ("NFC", "NFD"))
        for form, content in (
            ("nfc", composed.encode()),
            ("nfd", split.encode()),
            ("utf-16-le", composed.encode("utf-16-le")),
            ("utf-16-be", composed.encode("utf-16-be")),
        ):
            self._raw.add(content, name, form)
        for shift in range(3):
            inner = base64.b64encode(b"\0" * shift + composed.encode())
            cut = inner[(0, 2, 3)[shift] : len(inner) - (0, 4, 4)[-(shift + len(composed.encode())) % 3 and 1]]
            if len(cut) >= _SHORTEST + 2:
                self._raw.add(cut, name, f"base64+{shift}")
        self._bare.add(_bare(value).encode(), name, "bare")
        digits = re.sub(r"\D", "", value)
        if len(digits) > _SHORTEST and len(digits) > len(value) // 2:
            self._digits.setdefault(digits, set()).add(name)

    def find(self, content: bytes) -> set[tuple[tuple[str, int], str]]:
        """Give every needle in some bytes with its form; the same bytes are searched once."""
        mark = hashlib.sha256(content).digest()
        if mark not in self._searched:
            self._searched[mark] = set(self._find(content))
        return self._searched[mark]

    def _find(self, content: bytes) -> Iterator[tuple[tuple[str, int], str]]:
        yield from self._raw.find(content)
        text = _readable(content)
        yield from self._bare.find(_bare(text).encode())
        for run in set(_RUN.findall(text)) | set(_RUN.findall(_SEPARATORS.sub(r"\1", text))):
            for name in self._digits.get(run, ()):
                yield name, "digits"


class _Index:
    """Byte patterns by a hash of their first six bytes."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, list[tuple[bytes, tuple[str, int], str]]] = {}
        self._table = np.zeros(1 << _HASH_BITS, dtype=bool)

    def add(self, pattern: bytes, name: tuple[str, int], form: str) -> None:
        if len(pattern) >= _SHORTEST:
            self._patterns.setdefault(pattern[:_SHORTEST], []).append((pattern, name, form))

    def close(self) -> None:
        for head in self._patterns:
            self._table[self._hashes(head)] = True

    def find(self, content: bytes) -> Iterator[tuple[tuple[str, int], str]]:
        for start in range(0, len(content), 1 << 24):
            part = content[start : start + (1 << 24) + 4096]
            if len(part) < _SHORTEST:
                continue
            for place in np.flatnonzero(self._table[self._hashes(part)]).tolist():
                for pattern, name, form in self._patterns.get(part[place : place + _SHORTEST], ()):
                    if part.startswith(pattern, place):
                        yield name, form

    @staticmethod
    def _hashes(content: bytes) -> Any:
        letters = np.frombuffer(content, dtype=np.uint8)
        windows = np.zeros(len(letters) - _SHORTEST + 1, dtype=np.uint64)
        for step in range(_SHORTEST):
            windows = windows * np.uint64(257) + letters[step : step + len(windows)]
        return (windows * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _HASH_BITS)


def _bare(text: str) -> str:
    folded = text.casefold()
    if not folded.isascii():
        folded = _MARKS.sub("", unicodedata.normalize("NFKD", folded.replace("đ", "d")))
    return " ".join(folded.split())


def _readable(content: bytes) -> str:
    """Decode bytes as text and undo the escapes of JSON, HTML and addresses."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content[1:20:2].count(0) > 8 or content[0:20:2].count(0) > 8:
        text = content.decode("utf-16-le" if content[1:20:2].count(0) > 8 else "utf-16", errors="ignore")
    else:
        text = content.decode("utf-8", errors="ignore")
    if "\\u" in text:
        text += "\n" + _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if "&#" in text or "&amp;" in text:
        text += "\n" + html.unescape(text)
    if re.search(r"%[0-9A-Fa-f]{2}", text):
        text += "\n" + unquote(text, errors="ignore")
    return text


def stores(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the bytes of a file and of everything that can be decoded out of it."""
    content = path.read_bytes()
    yield "bytes", content
    if content[8:12] == b"DUCK":
        yield from _duckdb(path)
    elif content[:15] == b"SQLite format 3":
        yield from _sqlite(path)
    else:
        yield from _unpacked(content)


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:4] == b"PAR1":
        yield from _arrow(_parquet(content), "parquet")
    elif content[:6] == b"ARROW1":
        import pyarrow as pa

        yield from _arrow(pa.ipc.open_file(io.BytesIO(content)).read_all(), "arrow")
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield f"zip {name}", archive.read(name)
                yield from ((f"zip {name}: {store}", inner) for store, inner in _unpacked(archive.read(name)))
    else:
        for magic, name, unpack in (
            (b"\x1f\x8b", "gzip", gzip.decompress),
            (b"BZh", "bzip2", bz2.decompress),
            (b"\xfd7zXZ", "xz", lzma.decompress),
        ):
            if content.startswith(magic):
                inner = unpack(content)
                yield name, inner
                yield from ((f"{name}: {store}", deeper) for store, deeper in _unpacked(inner))


def _parquet(content: bytes) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(io.BytesIO(content))


def _arrow(table: Any, store: str) -> Iterator[tuple[str, bytes]]:
    for name in table.column_names:
        yield f"{store} {name}", _joined(table.column(name).to_pylist())
    yield f"{store} schema", repr(table.schema.metadata).encode()


def _joined(values: Iterable[Any]) -> bytes:
    """Put values on lines: text as it is, bytes as they are, everything else as JSON would write it."""
    lines = []
    for value in values:
        if isinstance(value, bytes):
            lines.append(value)
        elif value is not None:
            lines.append(
                (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)).encode(
                    errors="ignore"
                )
            )
    return b"\n".join(lines)


def _duckdb(path: Path) -> Iterator[tuple[str, bytes]]:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(path, Path(folder), (".wal",))
        with duckdb.connect(str(copy), read_only=not copy.with_name(copy.name + ".wal").exists()) as connection:
            for schema, table, column in connection.execute(
                "select table_schema, table_name, column_name from information_schema.columns"
            ).fetchall():
                source = f"{_quoted(schema)}.{_quoted(table)}"
                rows = connection.execute(
                    f"select distinct cast({_quoted(column)} as varchar) from {source}"
                ).fetchall()
                yield f"duckdb {schema}.{table}.{column}", _joined(row[0] for row in rows)
            for (sql,) in connection.execute("select sql from duckdb_views() where not internal").fetchall():
                yield "duckdb views", str(sql).encode()


def _sqlite(path: Path) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(path, Path(folder), ("-wal", "-shm"))
        connection = sqlite3.connect(copy)
        connection.text_factory = bytes
        try:
            tables = [
                row[0].decode() for row in connection.execute("select name from sqlite_master where type = 'table'")
            ]
            for table in tables:
                rows = connection.execute(f"select * from {_quoted(table)}").fetchall()
                yield f"sqlite {table}", _joined(value for row in rows for value in row)
                for value in {value for row in rows for value in row if isinstance(value, bytes)}:
                    yield from ((f"sqlite {table}: {store}", inner) for store, inner in _unpacked(value))
        finally:
            connection.close()


def _copied(path: Path, folder: Path, beside: tuple[str, ...]) -> Path:
    """Copy a database with its log, so that looking neither waits for a writer nor changes a byte."""
    copy = folder / path.name
    for suffix in ("", *beside):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + suffix))
    return copy


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
