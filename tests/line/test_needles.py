"""Nothing that names a person leaves the extractor: every store of a house is decoded and searched."""

from __future__ import annotations

import gzip
import json
import sqlite3
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.needles import search_needles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.line.demo import Shown
    from tests.line.rehearsal import Rehearsal

pytestmark = pytest.mark.line

STORES = ("lake", "warehouse", "site", "ledger.sqlite", "keys")
"""What a house is made of; the demo has a log and an Airflow database besides."""


@pytest.mark.parametrize("name", ["small", "line"])
def test_no_planted_identifier_is_anywhere(request: pytest.FixtureRequest, name: str) -> None:
    rehearsal: Rehearsal = request.getfixturevalue(name)
    for store in STORES:
        assert (rehearsal.folder / store).exists(), store
    hits = search_needles(rehearsal.folder, rehearsal.needles(), skip=[rehearsal.sandbox])
    assert hits == [], rehearsal.seed


def test_nor_in_what_the_demo_leaves(shown: Shown) -> None:
    """The whole command: its log, what it said, Airflow's database and task logs, work folders and temporary files."""
    left = {path.suffix for path in shown.kept.rglob("*") if path.is_file()}
    assert ".db" in left, "Airflow's database was caught before it was thrown away"
    assert (shown.rehearsal.folder / "logs" / "run.log").exists()
    needles = shown.rehearsal.needles()
    assert search_needles(shown.rehearsal.folder, needles, skip=[shown.rehearsal.sandbox]) == []
    assert search_needles(shown.kept, needles) == []
    said = shown.kept / "said.txt"
    said.write_text(shown.first.stdout + shown.first.stderr, encoding="utf-8")
    assert search_needles(said, needles) == []


def test_needles_are_where_they_were_planted_and_in_no_other_province(small: Rehearsal, line: Rehearsal) -> None:
    planted = small.needles()
    found = {(hit.kind, hit.number) for hit in search_needles(small.sandbox / "drops", planted)}
    found |= {(hit.kind, hit.number) for hit in search_needles(small.sandbox / "served", planted)}
    assert {kind for kind, _ in found} == set(planted), "every kind is planted"
    assert search_needles(line.folder, planted, skip=[line.sandbox / "truth" / "needles.json"]) == []


def test_the_search_finds_one_needle_in_each_store(small: Rehearsal, tmp_path: Path) -> None:
    house = small.copy(tmp_path / "house")
    needles = {kind: values[:1] for kind, values in house.needles().items()}
    values = [values[0] for values in needles.values()]
    places = plant(house.folder, values)
    assert len(places) >= 10
    hits = search_needles(house.folder, needles, skip=[house.sandbox])
    assert {hit.file for hit in hits} == set(places)
    assert {hit.kind for hit in hits} == set(list(needles)[: len(places)])


def plant(folder: Path, values: list[str]) -> list[str]:
    """Put one value each into a landed file, the warehouse, the ledger, public files, a log, a temporary file."""
    lake = folder / "lake"
    landed = next((lake / "landed").rglob("*.parquet"))
    table = pq.read_table(landed)
    pq.write_table(table.append_column("x", pa.array([values[0]] * table.num_rows)), landed)
    database = next((folder / "warehouse" / "runs").glob("*.duckdb"))
    database.chmod(0o600)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table leak as select ? as v from range(5000)", [values[1]])
    ledger = folder / "ledger.sqlite"
    with sqlite3.connect(ledger) as connection:
        connection.execute("create table leak (v text)")
        connection.execute("insert into leak values (?)", [values[2]])
    connection.close()
    release = next((lake / "releases").glob("*/*/r1"))
    workbook = release / "data.xlsx"
    workbook.unlink()
    with xlsxwriter.Workbook(workbook) as book:
        book.add_worksheet().write_string("B2", values[3])
    written = [
        (release / "data.csv", f"\n1,{values[4]}\n"),
        (next((lake / "verdicts").rglob("*.json")), json.dumps({"sample": values[5]})),
        (next((lake / "verdicts").rglob("*.html")), f"<td>{values[6]}</td>"),
        (next((folder / "site" / "current").resolve().rglob("index.html")), f"<p>{values[7]}</p>"),
        (folder / "logs" / "run.log", f"KeyError: {values[8]!r}\n"),
        (next((folder / "work").rglob("*.sql")), f"-- {values[9]}\n"),
    ]
    for path, text in written:
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            path.chmod(0o600)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)
    packed = folder / "tmp" / "page.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(values[10].encode()))
    places = [landed, database, ledger, workbook, *(path for path, _ in written), packed]
    return [str(path.relative_to(folder)) for path in places]
