"""Every file of a release: the same inputs give the same bytes, every format gives the same rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import time
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minhbach.core.errors import GateRefused
from minhbach.core.rows import csv_rows_sha256, read_csv, rows_sha256
from minhbach.release import logical_sha256
from minhbach.release.formats import read_parquet
from minhbach.release.tables import conform, text_of
from tests.release.small import DATASET, House, a_table

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "data.csv",
    "data.parquet",
    "data.xlsx",
    "dictionary.csv",
    "datapackage.json",
    "csv-metadata.json",
    "dataset.jsonld",
    "disclosure.json",
}


ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of_workbook(path: Path, scales: dict[str, int], dates: set[str]) -> tuple[list[str], list[list[str]]]:
    """Read the sheet `data` from its XML as canonical texts; openpyxl undoes only half of the escapes of texts."""
    with zipfile.ZipFile(path) as archive:
        shared = ET.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314  our own
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314  our own
    strings = [ESCAPED.sub(lambda found: chr(int(found[1], 16)), item.findtext(f"{MAIN}t") or "") for item in shared]
    grid = []
    for line in sheet.iter(f"{MAIN}row"):
        cells = {re.sub(r"\d", "", cell.attrib["r"]): cell for cell in line if cell.find(f"{MAIN}v") is not None}
        grid.append(cells)
    columns = {place: strings[int(cell.findtext(f"{MAIN}v") or "")] for place, cell in grid[0].items()}

    def text(column: str, cell: ET.Element | None) -> str:
        if cell is None:
            return ""
        value = cell.findtext(f"{MAIN}v") or ""
        kind = cell.attrib.get("t")
        if kind in {"s", "b"}:
            return strings[int(value)] if kind == "s" else ("true" if value == "1" else "false")
        if column in dates:
            return (dt.date(1899, 12, 30) + dt.timedelta(days=int(value))).isoformat()
        return text_of(Decimal(value).quantize(Decimal(1).scaleb(-scales.get(column, 0))))

    rows = [[text(column, cells.get(place)) for place, column in columns.items()] for cells in grid[1:]]
    return list(columns.values()), rows


def hashes(folder: Path) -> dict[str, str]:
    """Give the logical hash as each format reads back."""
    columns, rows = rows_of_workbook(folder / "data.xlsx", {"ty_le": 2}, {"ngay_dau"})
    return {
        "csv": csv_rows_sha256(folder / "data.csv"),
        "parquet": logical_sha256(read_parquet(folder / "data.parquet")),
        "xlsx": rows_sha256(columns, rows),
    }


def test_all_promised_files_are_there(small: House) -> None:
    written = small.write()
    assert set(written.files) == FILES == {path.name for path in written.folder.iterdir()}
    assert all(said["bytes"] > 0 for said in written.files.values())


def test_the_same_inputs_give_the_same_bytes(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = small.write()
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    time.sleep(2.1)  # a zip entry's clock ticks every two seconds
    table = a_table()
    again = small.write(table.take([2, 0, 1]), folder=small.staging.parent / "again")
    assert first.files == again.files
    assert first.logical_sha256 == again.logical_sha256


def test_every_format_reads_back_to_the_same_rows(small: House) -> None:
    written = small.write()
    assert set(hashes(written.folder).values()) == {written.logical_sha256}


def test_another_value_gives_another_hash(small: House) -> None:
    first = small.write().logical_sha256
    assert small.write(a_table(so_nhan=[121, None, 0])).logical_sha256 != first


TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.one_of(TEXTS, st.sampled_from(["=1+1", "'=x", ";=x", "\t=", "'", "_x000D_", "\r\n", " "]), st.none()),
        min_size=3,
        max_size=3,
    ),
    numbers=st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.none()), min_size=3, max_size=3),
)
def test_whatever_the_cells_hold_every_format_tells_the_same(
    small: House, names: list[str | None], numbers: list[int | None]
) -> None:
    written = small.write(a_table(ten_don_vi=names, chenh_lech=numbers))
    assert set(hashes(written.folder).values()) == {written.logical_sha256}


def test_csv_is_what_it_says(small: House) -> None:
    written = small.write(a_table(ten_don_vi=['phường "A", B', "=1+1", None]))
    content = (written.folder / "data.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfky_bao_cao,ma_don_vi,")
    assert content.count(b"\r\n") == 4
    assert b"\n" not in content.replace(b"\r\n", b"")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["ma_don_vi"] for row in rows] == ["A", "B", "C"]
    assert rows[0]["ten_don_vi"] == "'=1+1"
    assert rows[1]["ten_don_vi"] == 'phường "A", B'
    assert rows[1]["chenh_lech"] == "-5"
    assert rows[1]["ty_le"] == "75.00"
    assert rows[0]["so_nhan"] == ""
    assert rows[0]["ghi_chu_an_so"] == "c"


@pytest.mark.shared_data
def test_no_naughty_string_starts_a_formula(small: House, shared_data: Path) -> None:
    strings = [
        text
        for text in json.loads((shared_data / "naughty_strings" / "blns.json").read_text("utf-8"))
        if "\0" not in text
    ]
    strings += ["=cmd|' /C calc'!A0", "a;=1+1", "\t=1", "\r=1", "＝1", "'=1", "@SUM(1)", "-2+3", "x\n+1"]
    assert len(strings) > 500
    count = len(strings)
    table = pa.table(
        {
            name: pa.array([f"{place:04}" if name == "ma_don_vi" else value for place in range(count)], kind)
            for name, kind, value in [
                ("ky_bao_cao", pa.string(), "2026-Q3"),
                ("ma_don_vi", pa.string(), ""),
                ("so_nhan", pa.int64(), -1),
                ("so_cap", pa.int64(), 1),
                ("ty_le", pa.decimal128(5, 2), Decimal("-1.50")),
                ("chenh_lech", pa.int64(), -7),
                ("ngay_dau", pa.date32(), None),
                ("truc_tuyen", pa.bool_(), None),
                ("ghi_chu_an_so", pa.string(), None),
            ]
        }
    ).append_column("ten_don_vi", pa.array(strings, pa.string()))
    written = small.write(table)
    assert set(hashes(written.folder).values()) == {written.logical_sha256}
    with (written.folder / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [row["ten_don_vi"] for row in csv.DictReader(stream)]
    assert len(cells) == count
    for cell in cells:
        for piece in cell.replace("\r", ";").replace("\n", ";").replace("\t", ";").split(";"):
            assert not piece.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")), cell
        assert not cell.startswith(("\t", "\r", "\n"))
    columns, rows = read_csv(written.folder / "data.csv")
    place = columns.index("ten_don_vi")
    assert [row[place] for row in rows] == strings
    sheet = openpyxl.load_workbook(written.folder / "data.xlsx")["data"]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.append_column("ten_nguoi_nop", pa.array(["x"] * 3)), "found ten_nguoi_nop"),
        (lambda table: table.append_column("so_nguoi", pa.array([1, 2, 3])), "found so_nguoi"),
        (lambda table: table.drop_columns(["so_cap"]), "found no so_cap"),
        (lambda table: table.drop_columns(["ghi_chu_an_so"]), "found no ghi_chu_an_so"),
        (lambda _: a_table(ma_don_vi=["A", "A", "B"]), "twice"),
        (lambda _: a_table(ma_don_vi=["A", "", "B"]), "without"),
        (lambda _: a_table(ten_don_vi=["A", "a\0b", "B"]), "NUL"),
        (lambda _: a_table(ten_don_vi=["A", "x" * 32_768, "B"]), "32767"),
        (lambda t: t.set_column(3, "so_nhan", pa.array(["1", "hai", "3"])), "so_nhan"),
        (lambda t: t.set_column(5, "ty_le", pa.array([75.123, None, None])), "without rounding"),
        (lambda t: t.set_column(3, "so_nhan", pa.array([1.5, None, None])), "so_nhan"),
    ],
)
def test_a_table_that_is_not_declared_is_refused(small: House, change: Any, said: str) -> None:
    with pytest.raises(GateRefused, match=said) as caught:
        small.write(change(a_table()))
    assert caught.value.exit_code == 3
    assert str(caught.value).count("\n") == 0
    assert "hai" not in str(caught.value)


def test_a_rate_that_came_as_a_float_is_taken_when_nothing_is_rounded(small: House) -> None:
    table = a_table()
    floats = table.set_column(5, "ty_le", pa.array([75.0, None, None]))
    declared = small.catalog.dataset(DATASET)
    assert logical_sha256(conform(floats, declared)) == logical_sha256(conform(table, declared))


def test_what_a_killed_run_left_in_staging_is_gone(small: House) -> None:
    small.staging.mkdir(parents=True)
    (small.staging / ".data.csv.123.part").write_bytes(b"half")
    (small.staging / "manifest.json").write_bytes(b"{}")
    assert set(small.write().files) == FILES


def test_sources_stand_in_order(small: House) -> None:
    assert [source["table"] for source in small.write().sources] == ["bo_sung", "ho_so"]
