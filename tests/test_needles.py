"""The search for planted values is proven: one needle in each kind of store and form is found, and only there."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import unicodedata
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.needles import search_needles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "Đặng Thị Mẫu Đơn"
NUMBER = "022905000123"
NEEDLES = {"name": ["Trần Không Có", NAME], "number": [NUMBER, "046899000456"], "mail": ["mau.don@example.com"]}


def _duckdb(path: Path, value: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema s; create table s.t as select range as n, repeat('x', 50) as filler from range(5000)"
        )
        connection.execute("create table s.u as select ? as v, [?] as w from range(3000)", [value, value])


def _sqlite(path: Path, value: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table t (a text, b blob)")
    connection.execute("insert into t values (?, ?)", [value, gzip.compress(value.encode())])
    connection.commit()
    connection.close()


def _xlsx(path: Path, value: str) -> None:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("an").write_string("C7", f"& {value}")
    book.close()


def _zip_in_zip(path: Path, value: str) -> None:
    with zipfile.ZipFile(path.with_suffix(".inner"), "w", zipfile.ZIP_DEFLATED) as inner:
        inner.writestr("x.txt", value * 20)
    with zipfile.ZipFile(path, "w") as outer:
        outer.write(path.with_suffix(".inner"), "inner.zip")
    path.with_suffix(".inner").unlink()


STORES: dict[str, Callable[[Path, str], object]] = {
    "raw": lambda path, value: path.write_bytes(b"\x00\x01" + value.encode() + b"\xff"),
    "parquet": lambda path, value: pq.write_table(pa.table({"a": ["x", value]}), path, compression="zstd"),
    "parquet nested": lambda path, value: pq.write_table(pa.table({"a": [[{"b": value}]]}), path, compression="zstd"),
    "parquet binary": lambda path, value: pq.write_table(pa.table({"a": [value.encode()]}), path, compression="zstd"),
    "duckdb": _duckdb,
    "sqlite": _sqlite,
    "xlsx": _xlsx,
    "zip in zip": _zip_in_zip,
    "gzip": lambda path, value: path.write_bytes(gzip.compress(value.encode())),
    "json": lambda path, value: path.write_text(json.dumps({"a": value}), encoding="utf-8"),
    "nfd": lambda path, value: path.write_text(unicodedata.normalize("NFD", value), encoding="utf-8"),
    "utf-16": lambda path, value: path.write_text(f"odd {value}", encoding="utf-16"),
    "utf-16-be": lambda path, value: path.write_bytes(f"odd {value}".encode("utf-16-be")),
    "base64": lambda path, value: path.write_bytes(b"x " + base64.b64encode(f"a{value}b".encode())),
    "base64 whole": lambda path, value: path.write_bytes(base64.b64encode(value.encode())),
    "base64 shifted": lambda path, value: path.write_bytes(base64.b64encode(f"ab{value} and more".encode())),
    "address": lambda path, value: path.write_text(f"?q={quote(value)}", encoding="utf-8"),
    "file name": lambda path, value: (path.parent / f"{value}.txt").write_text("x", encoding="utf-8"),
}


@pytest.mark.parametrize("value", [NAME, NUMBER, "mau.don@example.com"], ids=["name", "number", "mail"])
@pytest.mark.parametrize("store", STORES)
def test_a_needle_is_found_in_every_store(tmp_path: Path, store: str, value: str) -> None:
    STORES[store](tmp_path / "file", value)
    hits = search_needles(tmp_path, NEEDLES)
    assert {NEEDLES[hit.kind][hit.number] for hit in hits} == {value}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("DANG THI MAU DON", "name"),
        ("đặng  thị\nmẫu đơn", "name"),
        ("022 905 000 123", "number"),
        ("022-905.000-123", "number"),
        ("(022905000123)", "number"),
    ],
)
def test_a_needle_is_found_in_other_clothes(tmp_path: Path, written: str, kind: str) -> None:
    (tmp_path / "file").write_text(f"a {written} z", encoding="utf-8")
    assert {hit.kind for hit in search_needles(tmp_path, NEEDLES)} == {kind}


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    for name, plant in STORES.items():
        folder = tmp_path / name
        folder.mkdir()
        plant(folder / "file", "Phạm Văn Khác 1022905000123 022905000124")
    assert search_needles(tmp_path, {"name": [NAME], "mail": NEEDLES["mail"]}) == []
    assert {hit.form for hit in search_needles(tmp_path, {"number": [NUMBER]})} <= {
        "nfc",
        "nfd",
        "bare",
        "utf-16-le",
        "utf-16-be",
    } | {f"base64+{shift}" for shift in range(3)}


def test_a_folder_that_may_hold_them_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / "x").write_text(NAME, encoding="utf-8")
    assert search_needles(tmp_path, NEEDLES)
    assert search_needles(tmp_path, NEEDLES, skip=[tmp_path / "quarantine"]) == []


def test_no_needle_and_a_short_needle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no needle"):
        search_needles(tmp_path, {"name": []})
    with pytest.raises(ValueError, match="shorter"):
        search_needles(tmp_path, {"name": ["Lò A"]})
