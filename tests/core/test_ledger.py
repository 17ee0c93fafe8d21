"""The ledger is append-only and chained: what was written stays, and whoever changes it is noticed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from minhbach.core.errors import SealBroken, StorageFailed
from minhbach.core.ledger import APPEND_ONLY, GENESIS, TABLE, Ledger

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    book = Ledger(f"sqlite:///{tmp_path / 'house' / 'ledger.sqlite'}")
    for number in range(1, 6):
        book.append(
            "released", f"so_lieu/2026-Q3/r{number}", {"manifest_sha256": str(number) * 64, "ghi_chu": "Quý ba"}
        )
    return book


def tamper(ledger: Ledger, *statements: str) -> None:
    """Write past the engine, as somebody with the file in hand can."""
    path = ledger.address.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"drop trigger {TABLE}_no_{verb}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_entries_are_chained(ledger: Ledger) -> None:
    entries = ledger.entries()
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert ledger.head() == entries[-1].hash
    assert ledger.verify() == 5
    assert all(ledger.verify(entry.hash) == 5 for entry in entries)


def test_an_empty_ledger_is_whole(tmp_path: Path) -> None:
    empty = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}")
    assert (empty.head(), empty.verify(), empty.entries(), empty.last("frozen", "x")) == (GENESIS, 0, [], None)


def test_entries_are_found_by_kind_and_subject(ledger: Ledger) -> None:
    ledger.append("approved", "so_lieu/2026-Q3/r1", {"approver": "binh"})
    assert [entry.kind for entry in ledger.entries(subject="so_lieu/2026-Q3/r1")] == ["released", "approved"]
    assert [entry.number for entry in ledger.entries("approved")] == [6]
    assert ledger.last("released", "so_lieu/2026-Q3/r1") == ledger.entries()[0]
    assert ledger.entries("withdrawn") == []


def test_the_same_is_entered_once(ledger: Ledger) -> None:
    first = ledger.append_once("frozen", "cong_bo/2026-Q3", {"extracts": ["a", "b"]})
    assert ledger.append_once("frozen", "cong_bo/2026-Q3", {"extracts": ["a", "b"]}) == first
    assert ledger.append_once("frozen", "cong_bo/2026-Q3", {"extracts": ["a"]}).number == first.number + 1
    assert ledger.append_once("waived", "cong_bo/2026-Q3", {"extracts": ["a", "b"]}).number == first.number + 2
    assert ledger.verify() == 8


def test_another_process_reads_the_same(ledger: Ledger) -> None:
    assert Ledger(ledger.address).entries() == ledger.entries()


@pytest.mark.parametrize(
    ("statements", "entry"),
    [
        ([f"update {TABLE} set subject = 'so_lieu/2026-Q3/r9' where number = 2"], 2),
        ([f"update {TABLE} set kind = 'approved' where number = 1"], 1),
        ([f"update {TABLE} set at = '2020-01-01T00:00:00Z' where number = 4"], 4),
        ([f"update {TABLE} set content = replace(content, '3', '4') where number = 3"], 3),
        ([f"update {TABLE} set previous = '{GENESIS}' where number = 3"], 3),
        ([f"update {TABLE} set hash = '{'a' * 64}' where number = 5"], 5),
        ([f"delete from {TABLE} where number = 3"], 3),
        ([f"delete from {TABLE} where number = 1"], 1),
        (
            [
                f"delete from {TABLE} where number = 3",
                f"update {TABLE} set number = 3 where number = 4",
                f"update {TABLE} set number = 4 where number = 5",
            ],
            3,
        ),
        (
            [
                f"update {TABLE} set number = 6 where number = 5",
                f"insert into {TABLE} select 5, at, kind, 'x', content, previous, 'b' from {TABLE} where number = 4",
            ],
            5,
        ),
    ],
)
def test_what_was_changed_removed_or_inserted_is_named(ledger: Ledger, statements: list[str], entry: int) -> None:
    tamper(ledger, *statements)
    with pytest.raises(SealBroken, match=f"ledger entry {entry}:") as caught:
        Ledger(ledger.address).verify()
    assert caught.value.exit_code == 3


def test_a_chain_made_anew_no_longer_holds_a_published_head(ledger: Ledger) -> None:
    """Whoever rewrites everything after an entry gets a good chain; the receipts of others do not agree."""
    published = ledger.head()
    entries = ledger.entries()
    tamper(ledger, f"delete from {TABLE} where number > 2")
    again = Ledger(ledger.address)
    assert again.verify() == 2
    for entry in entries[2:]:
        again.append(entry.kind, entry.subject, {**entry.content, "manifest_sha256": "f" * 64})
    assert again.verify() == 5
    with pytest.raises(SealBroken, match=published):
        again.verify(published)
    assert again.verify(entries[1].hash) == 5


def test_content_that_is_no_json_is_named(ledger: Ledger) -> None:
    tamper(ledger, f"update {TABLE} set content = 'x' where number = 2")
    with pytest.raises(SealBroken, match="entry 2"):
        ledger.verify()


@pytest.mark.parametrize("statement", [f"update {TABLE} set kind = 'x'", f"delete from {TABLE}"])
def test_a_slip_of_the_hand_is_refused_by_the_database(ledger: Ledger, statement: str) -> None:
    assert len(APPEND_ONLY) == 2
    connection = sqlite3.connect(ledger.address.removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert ledger.verify() == 5


def test_a_ledger_that_is_no_database_is_the_outside(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageFailed, match="ledger: the database answered") as caught:
        Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}").append("frozen", "x", {})
    assert caught.value.exit_code == 1


def test_a_failed_append_leaves_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    head = ledger.head()
    monkeypatch.setenv("MINHBACH_NOW", "not a time")
    with pytest.raises(Exception, match="MINHBACH_NOW"):
        ledger.append("frozen", "x", {})
    monkeypatch.delenv("MINHBACH_NOW")
    assert ledger.head() == head
    assert ledger.append("frozen", "x", {}).number == 6


WRITER = """
import sys
from minhbach.core.ledger import Ledger
book = Ledger(sys.argv[1])
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    book.append("released", f"{sys.argv[2]}/{number}", {"number": number})
    book.append_once("frozen", "cong_bo/2026-Q3", {"same": True})
"""


def test_writers_at_once_keep_one_chain(tmp_path: Path) -> None:
    address, count = f"sqlite:///{tmp_path / 'l.sqlite'}", 25
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, address, name, str(count)], stdin=subprocess.PIPE, cwd=ROOT)
        for name in ("mot", "hai", "ba")
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.close()
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]
    book = Ledger(address)
    assert book.verify() == 3 * count + 1
    for name in ("mot", "hai", "ba"):
        numbers = [
            entry.content["number"] for entry in book.entries("released") if entry.subject.startswith(f"{name}/")
        ]
        assert numbers == list(range(count))


def test_contents_come_back_as_they_were(ledger: Ledger) -> None:
    content = {"tiếng": "Việt Ế", "số": [1, 2, None, True], "trong": {"b": 1, "a": "\u2028"}}
    entry = ledger.append("frozen", "x", content)
    assert ledger.entries("frozen")[0] == entry
    assert entry.content == content
    assert ledger.verify() == 6
