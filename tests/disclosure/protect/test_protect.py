"""The whole protection on pretend marts: what goes out, what is refused, what a reader can still work out."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.errors import DeclarationError, Unprotectable
from minhbach.disclosure.protect import Protection, explain, protect

from .reader import Name, Reader
from .simulate import two_quarters
from .tables import ROOT, declarations, policy, two_way

FORM, PROCEDURES = "giai_quyet_ho_so", "dung_han_theo_thu_tuc"
BASES = {FORM: "tiep_nhan", PROCEDURES: "so_giai_quyet_trong_ky"}


@cache
def quarters(
    count: int, seed: int, agencies: int = 74
) -> tuple[tuple[dict[str, pa.Table], ...], tuple[Protection, ...]]:
    """Marts and protections of two quarters."""
    marts = two_quarters(count, seed, agencies)
    first = protect(marts[0], declarations())
    second = protect(marts[1], declarations(), [first.tables])
    return marts, (first, second)


def narrow(reader: Reader, names: list[Name]) -> list[tuple[Name, tuple[float, float]]]:
    """Unknowns without the declared width and number of integers."""
    assert names
    found = [(name, reader.interval(name)) for name in names]
    return [one for one in found if one[1][1] - one[1][0] < 10]


def some(names: list[Name], count: int) -> list[Name]:
    """Take a number of names, spread evenly."""
    return names[:: max(1, len(names) // count)]


def sensitive(protections: tuple[Protection, ...]) -> list[Name]:
    """Differences of 1 to 9, as the private reports know them, at agency × field and by field."""
    return [
        (one["dataset"], number, one["measure"], tuple(one["key"][1:]))
        for number, protection in enumerate(protections)
        for one in protection.report["cells"]
        if one["kind"] == "difference"
    ]


@pytest.mark.parametrize(("count", "seed"), [(600, 4), (6_000, 5)])
def test_a_reader_of_both_quarters_learns_no_protected_number(count: int, seed: int) -> None:
    _, protections = quarters(count, seed)
    reader = Reader([one.tables for one in protections], declarations())
    for base in BASES.values():
        assert narrow(reader, some(reader.hidden(base), 12)) == []
    assert narrow(reader, some([name for name in sensitive(protections) if name in reader.at], 12)) == []


def test_a_reader_of_a_full_province_learns_no_protected_number() -> None:
    """At full size the reader tries a few; the attacker, who is built for it, tries all where releases are made."""
    _, protections = quarters(150_000, 6)
    reader = Reader([protections[0].tables], declarations())
    names = some(reader.hidden("so_giai_quyet_trong_ky"), 4)
    names += some([name for name in sensitive(protections[:1]) if name in reader.at], 4)
    assert narrow(reader, names) == []


@pytest.mark.parametrize(("count", "ceiling"), [(600, 0.2), (6_000, 0.05), (150_000, 0.01)])
def test_most_numbers_go_out(count: int, ceiling: float) -> None:
    _, protections = quarters(count, {600: 4, 6_000: 5, 150_000: 6}[count])
    for protection in protections:
        assert protection.public["datasets"][FORM]["suppressed_share_at_most"] <= ceiling
        table = protection.tables[FORM].to_pylist()
        by_field = [row for row in table if row["ma_dinh_danh"] == "TONG"]
        named = {tuple(cell["key"]) for cell in protection.report["cells"] if cell["measure"] == "tiep_nhan"}
        assert by_field
        for row in by_field:
            assert row["tiep_nhan"] is not None or (row["ky_bao_cao"], "TONG", row["ma_linh_vuc"]) in named


def test_no_published_base_has_fewer_persons_than_the_threshold() -> None:
    marts, protections = quarters(150_000, 6)
    for tables, protection in zip(marts, protections, strict=True):
        for name, table in tables.items():
            persons = table["so_chu_ho_so"].to_numpy()
            shown = protection.tables[name][BASES[name]].to_pylist()
            assert sum(value is None for value in shown) > 0 or persons.min() >= 10
            assert all(value is None for value, few in zip(shown, persons < 10, strict=True) if few)


def test_only_declared_columns_go_out_in_order() -> None:
    _, protections = quarters(600, 4)
    for name, said in declarations().items():
        told = [column["name"] for column in said["columns"] if column.get("treatment") != "drop"]
        assert protections[0].tables[name].column_names == [*told, "ghi_chu_an_so"]


def test_one_code_marks_every_row_with_a_hidden_cell_and_rates_go_with_their_parts() -> None:
    _, protections = quarters(6_000, 5)
    rows = protections[0].tables[PROCEDURES].to_pylist()
    counts = [column["name"] for column in declarations()[PROCEDURES]["columns"] if column.get("role")]
    hidden = [row for row in rows if any(row[name] is None for name in counts)]
    assert hidden
    assert {row["ghi_chu_an_so"] for row in hidden} == {"c"}
    for row in rows:
        for rate, part, whole in (
            ("ty_le_dung_han_chinh_thuc", "so_dung_han_chinh_thuc", "so_giai_quyet_trong_ky"),
            ("ty_le_dung_han_chat", "so_dung_han_chat", "so_da_giai_quyet"),
        ):
            if row[part] is None or not row[whole]:
                assert row[rate] is None
            else:
                assert row[rate] == Decimal(int(Decimal(row[part]) * 10_000 / row[whole] + Decimal("0.5"))) / 100
        if row["ghi_chu_an_so"] is None:
            assert all(row[name] is not None for name in counts)


def test_a_suppressed_base_hides_its_row() -> None:
    _, protections = quarters(6_000, 5)
    counts = [column["name"] for column in declarations()[FORM]["columns"] if column.get("role")]
    rows = [row for row in protections[0].tables[FORM].to_pylist() if row["tiep_nhan"] is None]
    assert rows
    assert all(row[name] is None for row in rows for name in counts)


def test_same_input_same_pattern() -> None:
    marts, protections = quarters(6_000, 5)
    again = protect(dict(reversed(marts[0].items())), list(reversed(declarations().values())))
    assert again.tables == protections[0].tables
    assert json.dumps(again.report) == json.dumps(protections[0].report)


def test_catalog_objects_serve_as_declarations() -> None:
    catalog = load_catalog(ROOT)
    marts, protections = quarters(600, 4)
    assert protect(marts[0], catalog.datasets.values()).tables == protections[0].tables


def test_the_ladder_is_climbed_by_the_published_total() -> None:
    for count, seed, steps in ((600, 4, 5), (6_000, 5, 4), (25_000, 7, 2), (150_000, 6, 0)):
        _, protections = quarters(count, seed)
        assert len(protections[0].public["ladder"]) == steps
    assert set(quarters(6_000, 5)[1][0].tables[PROCEDURES]["ma_dinh_danh"].to_pylist()) == {"TONG"}
    rows = quarters(25_000, 7)[1][0].tables[FORM].to_pylist()
    assert {row["ma_dinh_danh"] for row in rows} == {"so", "xa", "TONG"}
    leaves = [row for row in rows if "TONG" not in {row["ma_dinh_danh"], row["ma_linh_vuc"]}]
    assert leaves
    assert all(row["cap"] == row["ma_dinh_danh"] for row in leaves)


def test_coarser_rows_carry_the_name_of_their_code() -> None:
    marts, _ = quarters(25_000, 7)
    codes = {"cap": [{"code": "xa", "vi": "Cấp xã"}, {"code": "so", "vi": "Sở, ban, ngành"}]}
    rows = protect(marts[0], declarations(), codes=codes).tables[FORM].to_pylist()
    assert {row["ten_co_quan"] for row in rows if row["ma_dinh_danh"] == "xa"} == {"Cấp xã"}


def test_a_total_with_one_child_is_the_same_cell() -> None:
    counts = {
        ("A", "X"): 4,
        ("A", "Y"): 300,
        ("A", "Z"): 260,
        ("B", "Y"): 210,
        ("B", "Z"): 190,
        ("C", "Y"): 60,
        ("C", "Z"): 75,
    }
    protection = protect({"plain": two_way(counts, "agency", "field")}, [policy("agency", "field")])
    shown = {(row["agency"], row["field"]): row["n"] for row in protection.tables["plain"].to_pylist()}
    assert shown["A", "X"] is None
    assert shown["TONG", "X"] is None
    assert shown["TONG", "TONG"] is not None


@pytest.mark.parametrize("seed", range(12))
def test_random_tables_keep_their_widths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = {
        (f"a{a}", f"f{f}"): int(n)
        for a in range(int(rng.integers(3, 9)))
        for f in range(int(rng.integers(3, 9)))
        if (n := rng.negative_binomial(1, 0.02))
    }
    said = policy("agency", "field")
    protection = protect({"plain": two_way(counts, "agency", "field")}, [said])
    reader = Reader([protection.tables], {"plain": said})
    hidden = reader.hidden("n")
    assert sum(value is None for value in protection.tables["plain"]["n"].to_pylist()) == len(hidden)
    assert [name for name in hidden if reader.interval(name)[1] - reader.interval(name)[0] < 10] == []


def test_without_complements_a_reader_computes_primaries() -> None:
    """The reader's own proof: put back what only protects others, and small numbers fall out."""
    marts, protections = quarters(150_000, 6)
    kinds = {(c["dataset"], tuple(c["key"])) for c in protections[0].report["cells"] if c["kind"] == "primary"}
    opened = {}
    for name, table in protections[0].tables.items():
        grain = declarations()[name]["grain"]
        truth = {tuple(row[c] for c in grain): row for row in marts[0][name].to_pylist()}
        keys = [tuple(row[c] for c in grain) for row in table.to_pylist()]
        rows = [
            row if (name, key) in kinds else row | {c: v for c, v in truth[key].items() if c in row}
            for key, row in zip(keys, table.to_pylist(), strict=True)
        ]
        opened[name] = pa.Table.from_pylist(rows, schema=table.schema)
    reader = Reader([opened], declarations())
    found = narrow(reader, reader.hidden("so_giai_quyet_trong_ky")[:20])
    assert any(low == high for _, (low, high) in found)


def test_what_cannot_be_protected_is_refused_by_name() -> None:
    with pytest.raises(Unprotectable, match=r"plain\[2026, TONG, TONG\]\.n: found fewer persons") as refused:
        protect({"plain": two_way({("A", "X"): 3, ("B", "X"): 2}, "agency", "field")}, [policy("agency", "field")])
    assert refused.value.exit_code == 3


def test_a_mart_that_does_not_add_up_is_refused() -> None:
    marts, _ = quarters(150_000, 6)
    rows = marts[0][FORM].to_pylist()
    rows[0]["tiep_nhan"] += 1
    with pytest.raises(Unprotectable, match="do not add up"):
        protect({**marts[0], FORM: pa.Table.from_pylist(rows, schema=marts[0][FORM].schema)}, declarations())


def test_books_that_do_not_join_are_refused() -> None:
    marts, protections = quarters(150_000, 6)
    rows = protections[0].tables[FORM].to_pylist()
    at = next(n for n, row in enumerate(rows) if row["dang_giai_quyet"])
    rows[at]["dang_giai_quyet"] += 1
    wrong = {**protections[0].tables, FORM: pa.Table.from_pylist(rows, schema=protections[0].tables[FORM].schema)}
    with pytest.raises(Unprotectable, match="books of the two periods"):
        protect(marts[1], declarations(), [wrong])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "cell_key"}, "suppress or none"),
        ({"tables": {"threshold": 10, "zeros": "suppressed"}}, "published"),
    ],
)
def test_a_policy_of_another_kind_is_refused(change: dict[str, Any], message: str) -> None:
    said = policy("agency", "field")
    said["disclosure"] = {**said["disclosure"], **change}
    with pytest.raises(DeclarationError, match=message):
        protect({"plain": two_way({("A", "X"): 30, ("B", "X"): 20}, "agency", "field")}, [said])


def test_public_figures_and_words_hold_no_hidden_number() -> None:
    _, protections = quarters(6_000, 5)
    told = protections[0].public["datasets"][FORM]
    assert (told["suppressed_share_at_most"] * 200).is_integer()
    assert "primary" not in json.dumps(protections[0].public)
    assert "số gốc" in explain(protections[0])
    assert "hidden" in explain(protections[0], "en")
