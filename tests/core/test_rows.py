"""The canonical text of rows: neutral cells come back as they were, and the hash is of rows, not of their order."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minhbach.core.errors import UnreadableFile
from minhbach.core.rows import csv_rows_sha256, neutral, plain, read_csv, rows_sha256

if TYPE_CHECKING:
    from pathlib import Path

STARTS = "=+-@＝＋－＠"
TRICKY = st.text(st.sampled_from([*STARTS, "'", ";", "\t", "\r", "\n", "a", " ", ",", '"']), max_size=12)


@given(st.one_of(TRICKY, st.text(max_size=20)))
def test_nothing_is_lost_and_nothing_can_start(text: str) -> None:
    cell = neutral(text)
    assert plain(cell) == text
    assert not cell.startswith((*STARTS, "\t", "\r", "\n"))
    for sign in "\t\r\n":
        cell = cell.replace(sign, ";")
    assert not any(piece.startswith(tuple(STARTS)) for piece in cell.split(";"))


@given(st.one_of(TRICKY, st.text(max_size=20)), st.one_of(TRICKY, st.text(max_size=20)))
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert (neutral(one) == neutral(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("'=1", "''=1"),
        ("-5", "'-5"),
        ("a;=1", "a;'=1"),
        ("a\n@x", "a\n'@x"),
        ("\tx", "'\tx"),
        ("Đất đai - xây dựng", "Đất đai - xây dựng"),
        ("'trích'", "'trích'"),
        ("1.005641", "1.005641"),
        ("", ""),
    ],
)
def test_only_what_could_run_is_touched(text: str, cell: str) -> None:
    assert neutral(text) == cell
    assert plain(cell) == text


def test_the_hash_is_what_the_docstring_says() -> None:
    expected = hashlib.sha256(b'minhbach/rows/1\n["ma","so"]\n["A",""]\n["B","1"]\n').hexdigest()
    assert rows_sha256(["ma", "so"], [["B", "1"], ["A", ""]]) == expected


def test_the_order_of_rows_does_not_matter_and_everything_else_does() -> None:
    rows = [[str(number), "x" * (number % 3)] for number in range(50)]
    mixed = random.Random(7).sample(rows, len(rows))
    first = rows_sha256(["a", "b"], rows)
    assert rows_sha256(["a", "b"], mixed) == first
    others = [
        rows_sha256(["b", "a"], rows),
        rows_sha256(["a", "b"], rows[1:]),
        rows_sha256(["a", "b"], [*rows, rows[0]]),
        rows_sha256(["a", "b"], [[b, a] for a, b in rows]),
        rows_sha256(["a", "b"], [["01", ""], *rows[1:]]),
    ]
    assert len({first, *others}) == len(others) + 1


def test_cells_cannot_be_shifted_into_their_neighbours() -> None:
    assert rows_sha256(["a", "b"], [['x","y', ""]]) != rows_sha256(["a", "b"], [["x", 'y",""']])
    assert rows_sha256(["a"], [["x\n"], ["y"]]) != rows_sha256(["a"], [["x"], ["\ny"]])


def test_a_csv_is_read_with_or_without_mark_and_in_any_quotes(tmp_path: Path) -> None:
    contents = [
        '\ufeffma,ten\r\nA,"x,y"\r\nB,\'=1\r\n',
        'ma,ten\nB,\'=1\nA,"x,y"\n',
        '"ma","ten"\r\n"A","x,y"\r\n"B","\'=1"\r\n',
    ]
    found = set()
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.csv"
        path.write_text(content, encoding="utf-8", newline="")
        found.add(csv_rows_sha256(path))
        columns, rows = read_csv(path)
        assert columns == ["ma", "ten"]
        assert sorted(rows) == [["A", "x,y"], ["B", "=1"]]
    assert len(found) == 1


@pytest.mark.parametrize(
    "content", [b"", b'ma,ten\r\nA,"x', b"ma,ten\r\nA\r\n", b"ma\r\nA,B\r\n", b"ma\r\n\xff\r\n", None]
)
def test_a_csv_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "data.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"data\.csv"):
        csv_rows_sha256(path)
