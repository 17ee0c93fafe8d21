"""Rows as text, their digest, and what is refused before anything is sent; no portal."""

import csv
import datetime as dt
import io
import random
from decimal import Decimal

import pyarrow as pa
import pytest

from minhbach.core.errors import GateRefused
from publishers.ckan.datastore import Field, TableSpec, digest_of, rows_in
from publishers.ckan.datastore.digest import Adding
from publishers.ckan.datastore.rows import block, conformed, lines, texts

from .tables import SCHEMA, SPEC, record, release, rows_of_records


def _sent(spec, table):
    return b"".join(block(lines(texts(batch, spec))) for batch in conformed(rows_in(table), spec))


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (
            "text",
            ["a\tb\\c\nd\r", "", None, "Thủy lợi"],
            b"a\\tb\\\\c\\nd\\r\n\\N\n\\N\nTh\xe1\xbb\xa7y l\xe1\xbb\xa3i\n",
        ),
        ("bool", [True, False, None], b"t\nf\n\\N\n"),
        ("numeric", pa.array([Decimal("12.50"), Decimal("-0.05"), None]), b"12.50\n-0.05\n\\N\n"),
        ("numeric", pa.array([Decimal("0.0000000001")]), b"0.0000000001\n"),
        ("date", [dt.date(2026, 9, 5)], b"2026-09-05\n"),
        (
            "timestamp",
            [dt.datetime(2026, 9, 5, 8), dt.datetime(2026, 9, 5, 8, 0, 0, 120_000)],  # noqa: DTZ001
            b"2026-09-05 08:00:00\n2026-09-05 08:00:00.12\n",
        ),
    ],
)
def test_a_cell_is_written_as_postgresql_writes_it(kind, values, expected):
    spec = TableSpec((Field("a", kind), Field("khoa", "int4")), ("khoa",))
    array = values if isinstance(values, pa.Array) else pa.array(values)
    table = pa.table({"a": array, "khoa": pa.array(range(len(array)), pa.int32())})
    without_key = b"".join(line.rsplit(b"\t", 1)[0] + b"\n" for line in _sent(spec, table).splitlines())
    assert without_key == expected


def test_the_digest_of_rows_does_not_hang_on_their_order_but_on_every_cell():
    records = [record(number, "r1") for number in range(50)]
    one = digest_of(SPEC, rows_of_records(records))
    assert one.rows == 50
    random.Random(1).shuffle(records)
    assert digest_of(SPEC, rows_of_records(records)) == one
    records[3] = records[3] | {"ty_le": Decimal("999.99")}
    other = digest_of(SPEC, rows_of_records(records))
    assert other.keys == one.keys
    assert other.values != one.values
    assert digest_of(SPEC, rows_of_records([*records[:-1], records[0]])).keys != one.keys


def _dumped(value):
    match value:
        case None:
            return ""
        case bool():
            return "t" if value else "f"
        case dt.datetime():
            return value.isoformat(timespec="milliseconds")
    return str(value)


def test_the_digest_of_a_dump_is_that_of_what_was_sent():
    """As CKAN dumps a table: timestamps with T and thousandths, nothing for a missing value."""
    records = [record(number, "r1") for number in range(40)]
    text = io.StringIO()
    writer = csv.writer(text)
    for row in records:
        writer.writerow(_dumped(value) for value in row.values())
    adding = Adding(SPEC)
    for cells in csv.reader(io.StringIO(text.getvalue(), newline="")):
        adding.row(cells)
    assert adding.digest() == digest_of(SPEC, rows_of_records(records))


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("so_nho", pa.array([2**31]), "so_nho: found a value that does not fit int4"),
        ("so_lon", pa.array([1.5]), "so_lon: found values of type double, expected int8"),
        ("ty_le", pa.array([0.1]), "ty_le: found values of type double, expected numeric"),
        ("ngay", pa.array(["2026-09-05"]), "ngay: found values of type string, expected date"),
        ("mã_hồ_sơ", pa.array([""]), "mã_hồ_sơ: found a row without it, expected the whole key"),
        ("ban", pa.array(["a\0b"]), "ban: found a text with a NUL"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_sentence_without_it(column, values, said):
    table = pa.Table.from_pylist([record(1, "r1")], schema=SCHEMA)
    table = table.set_column(table.schema.get_field_index(column), column, values)
    with pytest.raises(GateRefused) as refused:
        digest_of(SPEC, rows_in(table))
    assert said in str(refused.value)
    assert "2147483648" not in str(refused.value)


def test_a_missing_column_is_refused():
    table = pa.Table.from_pylist([record(1, "r1")], schema=SCHEMA).drop_columns(["ty_le"])
    with pytest.raises(GateRefused, match="found no ty_le"):
        digest_of(SPEC, rows_in(table))


@pytest.mark.parametrize("name", ["_id", 'a"b', " a", "ă" * 40, ""])
def test_a_column_name_that_the_datastore_does_not_take_is_refused(name):
    with pytest.raises(GateRefused, match="found a name the DataStore does not take"):
        TableSpec((Field(name, "text"),), (name,))


def test_rows_are_read_as_often_as_asked():
    rows = release("r1", 20)
    assert digest_of(SPEC, rows) == digest_of(SPEC, rows)
