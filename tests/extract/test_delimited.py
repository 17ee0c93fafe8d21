"""Files that are not written as declared are refused whole, by file and line; strictness is RFC 4180's."""

from __future__ import annotations

import csv
import gzip
import io
import random
from datetime import datetime

import pytest

from minhbach.core.errors import SourceUnreachable, UnreadableFile, UsageError
from minhbach.extract.rfc4180 import Form, records
from tests.extract.conftest import CSV, Extractor, drop, with_access
from tests.extract.sample import PERSON, line

NAME = "ho_so_2026-Q3_20260916.csv"


def read(content: bytes, **form: object) -> list[list[str]]:
    return [fields for _, fields in records(io.BytesIO(content), "x.csv", Form("utf-8", ";", **form))]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_by_the_rules_is_read_back(seed: int) -> None:
    drawn = random.Random(seed)
    letters = ['"', ";", "\r\n", "\n", "á", "x", " ", "1", ""]
    table = [["".join(drawn.choices(letters, k=drawn.randrange(6))) for _ in range(3)] for _ in range(400)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator=drawn.choice(["\r\n", "\n"])).writerows(table)
    assert read(text.getvalue().encode()) == table


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b'a;b\n1;"2\n3;4\n', 2, "never closed"),
        (b'a;b\n1;2"3"\n', 2, "lone quote"),
        (b'a;b\n1;"2"3\n', 2, "lone quote"),
        (b'a;b\n1;2"\n3;4"5\n', 2, "lone quote"),
        (b"a;b\n1;2\n1;\x00\n", 3, "NUL"),
        (b"a;b\n1;2\xff\n", 2, "utf-8"),
        (b"a;b\r1;2\n", 1, "carriage return"),
    ],
)
def test_what_is_not_is_refused_with_its_line(content: bytes, line: int, found: str) -> None:
    with pytest.raises(UnreadableFile, match=rf"^x\.csv: line {line}: found .*{found}"):
        read(content)


SPOILT = {
    "a lone quote": lambda text: text.replace(b"Chua", b'Ch"ua'),
    "a NUL": lambda text: text.replace(b"Chua", b"Ch\0ua"),
    "another encoding": lambda text: text.replace(b"Chua", "Chưa".encode("cp1258")),
    "a field too many": lambda text: text.replace(b"Chua", b"Chua;"),
    "a field too few": lambda text: text.replace(b"Chua;", b"Chua"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_file_is_refused_whole(extractor: Extractor, inbox, how: str) -> None:
    path = drop(inbox, [line(1), line(2, Email="Chua"), line(3)])
    path.write_bytes(SPOILT[how](path.read_bytes()))
    with pytest.raises(UnreadableFile, match=rf"^{NAME}: line 3: found .* the whole file is refused") as caught:
        extractor(CSV)
    assert caught.value.exit_code == 1
    assert PERSON not in str(caught.value)
    assert extractor.lake.manifests(CSV, "ho_so") == []
    drop(inbox, [line(1), line(2), line(3)])
    assert extractor(CSV).landed == 3


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Mã hồ sơ;", "Mã;", "no column Mã hồ sơ"),
        (";Email;", ";Email;Email;", r"undeclared or repeated columns at \[9\]"),
        (";Email;", ";Email;Họ tên mẹ;", r"undeclared or repeated columns at \[9\]"),
    ],
)
def test_a_header_must_be_the_declared_one(extractor: Extractor, inbox, old: str, new: str, found: str) -> None:
    path = drop(inbox, [])
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    with pytest.raises(UnreadableFile, match=f"{NAME}: line 1: found {found}"):
        extractor(CSV)


def test_columns_may_stand_in_another_order(extractor: Extractor, inbox) -> None:
    path = drop(inbox, [line(1)])
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(row[::-1] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert extractor.landed(extractor(CSV))[0]["ma_linh_vuc"] == "CHUNG_THUC"


def test_an_empty_file_has_no_header(extractor: Extractor, inbox) -> None:
    (inbox / NAME).write_bytes(b"")
    with pytest.raises(UnreadableFile, match="line 1: found no column"):
        extractor(CSV)


def test_no_drop_yet_is_said(extractor: Extractor, inbox) -> None:
    with pytest.raises(SourceUnreachable, match=r"found no file ho_so_\*.csv in the inbox"):
        extractor(CSV)
    inbox.rmdir()
    with pytest.raises(SourceUnreachable, match="no inbox folder"):
        extractor(CSV)


def test_an_inbox_is_a_folder(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_CONN_HOP_THU_VAN_DON", "http://127.0.0.1:1/")
    with pytest.raises(UsageError, match="expected file:///folder"):
        extractor(CSV)


def test_gzip_is_read_and_a_cut_one_refused(extractor: Extractor, inbox) -> None:
    with_access(extractor.catalog, CSV, compression="gzip", page_size=2)
    path = drop(inbox, [line(i) for i in range(1, 6)])
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[:-30])
    with pytest.raises(UnreadableFile, match="no whole gzip file"):
        extractor(CSV)
    path.write_bytes(packed)
    assert extractor(CSV).landed == 5


def test_foreign_bytes_may_stand_in_dropped_columns_only(extractor: Extractor, inbox) -> None:
    with_access(extractor.catalog, CSV, encoding_errors="in_dropped_columns")
    path = drop(inbox, [line(1, Email="@@1"), line(2, Lệ_phí="@@2")])
    content = path.read_bytes()
    path.write_bytes(content.replace(b"@@1", b"\xff\xfe"))
    path.write_bytes(path.read_bytes().replace(b"@@2", b"1\xff"))
    with pytest.raises(UnreadableFile, match=r"line 3: found bytes that are no utf-8 in Lệ phí"):
        extractor(CSV)
    path.write_bytes(content.replace(b"@@1", b"\xff\xfe").replace(b"@@2", b"2"))
    assert extractor(CSV).landed == 2


def test_a_file_may_not_change_while_it_is_read(extractor: Extractor, inbox) -> None:
    path = drop(inbox, [line(1)])

    def spoil(*_: object) -> None:
        with path.open("ab") as stream:
            stream.write(b"\n")

    with pytest.raises(UnreadableFile, match="a file at rest"):
        extractor(CSV, progress=spoil)
    assert extractor.lake.manifests(CSV, "ho_so") == []


@pytest.mark.usefixtures("inbox")
def test_since_is_not_for_files(extractor: Extractor) -> None:
    with pytest.raises(UsageError, match="files are read whole"):
        extractor(CSV, since=datetime.fromisoformat("2026-07-01"))
