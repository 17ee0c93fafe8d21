"""Tables whose intervals are known: the worked ones of the attacker model, and those of the literature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from minhbach.disclosure.protect import protect
from minhbach.disclosure.protect.engine import learnt
from minhbach.disclosure.protect.pattern import Pattern
from minhbach.disclosure.protect.proof import region
from minhbach.disclosure.protect.region import Region, exact
from minhbach.disclosure.protect.spec import spec_of
from minhbach.disclosure.protect.system import build

from .reader import Reader
from .tables import AFTER_THIRD, DISJOINT, KEYS, MIXED, THIRD, declarations, form_06, policy, two_way

NAME = "giai_quyet_ho_so"


def intervals(pattern: Pattern) -> dict[str, tuple[int, int]]:
    """Exact whole-number intervals of everything hidden, by name."""
    where = region(pattern, pattern.free, reach=np.inf)
    low, high = exact(where)
    whole = zip(np.ceil(low - 1e-6), np.floor(high + 1e-6), strict=True)
    return {pattern.system.name(int(cell)): (int(a), int(b)) for cell, (a, b) in zip(where.cells, whole, strict=True)}


def hidden_rows(rows: tuple[tuple[int, ...], ...], *, next_quarter: bool) -> dict[str, tuple[int, int]]:
    spec = spec_of(declarations()[NAME])
    system = build({NAME: form_06(rows)}, {NAME: spec})
    known = learnt(system, ()) if next_quarter else np.zeros(system.size, dtype=bool)
    pattern = Pattern(system, known)
    block = system.blocks[0]
    for key in KEYS:
        pattern.hide_row(system.cell(block, block.index()["2026-Q2", *key], "tiep_nhan"))
    return intervals(pattern)


@pytest.mark.parametrize(
    ("rows", "next_quarter", "expected"),
    [(MIXED, False, (1, 82)), (DISJOINT, False, (5, 5)), (THIRD, False, (3, 25)), (THIRD, True, (5, 5))],
    ids=["mixed", "disjoint", "third alone", "third once the next quarter shows column 6"],
)
def test_outcomes_of_published_totals_place_the_small_base(
    rows: tuple[tuple[int, ...], ...], next_quarter: bool, expected: tuple[int, int]
) -> None:
    found = hidden_rows(rows, next_quarter=next_quarter)
    assert found[f"{NAME}[2026-Q2, A, X].tiep_nhan"] == expected


@pytest.mark.parametrize(
    ("also_hidden", "expected"),
    [((), (5, 5)), (("ky_truoc_chuyen",), (5, 5)), (("ky_truoc_chuyen", "tiep_nhan_truc_tuyen"), (3, 13))],
    ids=["column 6 shown", "6 = 3 - 4 - 5", "4 and 6 hidden"],
)
def test_a_reader_of_two_quarters_agrees(also_hidden: tuple[str, ...], expected: tuple[int, int]) -> None:
    said = {NAME: declarations()[NAME]}
    measures = [column["name"] for column in said[NAME]["columns"] if column.get("role")]
    first = blank(form_06(THIRD), measures)
    second = blank(form_06(AFTER_THIRD, "2026-Q3"), also_hidden)
    assert Reader([{NAME: first}], said).interval((NAME, 0, "tiep_nhan", ("A", "X"))) == (3, 25)
    assert Reader([{NAME: first}, {NAME: second}], said).interval((NAME, 0, "tiep_nhan", ("A", "X"))) == expected


def blank(table: pa.Table, measures: Any) -> pa.Table:
    rows = [
        row | (dict.fromkeys(measures) if (row["ma_dinh_danh"], row["ma_linh_vuc"]) in KEYS else {})
        for row in table.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=table.schema)


def test_the_protector_refuses_what_four_rows_cannot_hide() -> None:
    protection = protect({NAME: form_06(MIXED)}, [declarations_without_ladder()])
    found = Reader([protection.tables], {NAME: declarations_without_ladder()})
    hidden = found.hidden("tiep_nhan")
    assert hidden
    assert all(high - low >= 10 for low, high in map(found.interval, hidden))


def declarations_without_ladder() -> dict[str, Any]:
    said = declarations()[NAME]
    return said | {"disclosure": {**said["disclosure"], "coarsen": []}}


def plain(
    counts: dict[tuple[str, str], int], hidden: list[tuple[str, str]], *, least: int
) -> dict[str, tuple[int, int]]:
    """Intervals of a plain table with chosen cells hidden, by a reader who knows that a count is at least `least`."""
    said = policy("row", "column")
    system = build({"plain": two_way(counts, "row", "column")}, {"plain": spec_of(said)})
    pattern = Pattern(system, np.zeros(system.size, dtype=bool))
    for key in hidden:
        pattern.hide_row(system.cell(system.blocks[0], system.blocks[0].index()["2026", *key], "n"))
    where = region(pattern, pattern.free, reach=np.inf)
    where.low[:] = least
    low, high = exact(where)
    names = [pattern.system.place(int(cell)) for cell in where.cells]
    return {
        "".join(block.keys[row][1:]): (round(float(a)), round(float(b)))
        for (block, row, _), a, b in zip(names, low, high, strict=True)
    }


def test_feasibility_interval_of_the_handbook() -> None:
    """SDC Handbook, example 3 (Geurts 1992, table 10): row totals 7 and 3, column remainders 6 and 4, zeros allowed."""
    counts = {("1", "1"): 5, ("1", "2"): 2, ("2", "1"): 1, ("2", "2"): 2, ("3", "1"): 3, ("3", "2"): 4}
    found = plain(counts, [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")], least=0)
    assert found == {"11": (3, 6), "12": (1, 4), "21": (0, 3), "22": (0, 3)}


WXYZ = dict(
    zip(
        [(row, column) for row in "wxyz" for column in "abcd"],
        (30, 47, 64, 89, 90, 124, 5, 31, 92, 100, 59, 85, 800, 991, 651, 685),
        strict=True,
    )
)
TWO_PER_LINE = [
    ("w", "a"),
    ("w", "b"),
    ("w", "c"),
    ("x", "a"),
    ("x", "c"),
    ("y", "b"),
    ("y", "d"),
    ("z", "b"),
    ("z", "d"),
]


def test_two_hidden_cells_per_line_are_not_enough() -> None:
    """sdcTable, test-simpleheuristic.R: every line hides two cells, and one of them is computable."""
    assert sum(WXYZ.values()) == 3943
    assert plain(WXYZ, TWO_PER_LINE, least=0)["wb"] == (47, 47)
    assert plain(WXYZ, [*TWO_PER_LINE, ("x", "b")], least=0)["wb"] == (0, 141)


def test_the_cheapest_pattern_is_found() -> None:
    """sdcTable, sdc_testproblem: primary A-female = 2; the optimum hides 18, 12 and 10 beside it."""
    counts = {("A", "m"): 18, ("A", "f"): 2, ("B", "m"): 14, ("B", "f"): 19, ("C", "m"): 12, ("C", "f"): 10}
    counts |= {("D", "m"): 11, ("D", "f"): 14}
    said = policy("group", "sex", threshold=3, min_width=2, min_integers=2)
    protection = protect({"plain": two_way(counts, "group", "sex")}, [said])
    hidden = {tuple(cell["key"][1:]): cell["value"] for cell in protection.report["cells"]}
    assert hidden == {("A", "f"): 2, ("A", "m"): 18, ("C", "m"): 12, ("C", "f"): 10}
    assert protection.tables["plain"]["n"].null_count == 4


TOWNS = dict(zip("ABIJKLMN", (2, 2, 8, 8, 3, 3, 3, 7), strict=True))
COUNTIES, SIZES = ("ABIJ", "KLMN"), ("LM", "ABIJKN")


def towns(hidden: str, *margins: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """UserSupport #136: intervals of hidden towns where the sums of some groups of towns are published."""
    groups = [group for margin in margins for group in margin if set(group) & set(hidden)]
    equal = sparse.csr_array(np.array([[float(town in group) for town in hidden] for group in groups]))
    truth = np.array([TOWNS[town] for town in hidden], dtype=float)
    nothing = sparse.csr_array((0, len(hidden)))
    size = len(hidden)
    where = Region(np.arange(size), equal, equal @ truth, nothing, np.zeros(0), np.ones(size), np.full(size, np.inf))
    low, high = exact(where)
    return {town: (round(float(a)), round(float(b))) for town, a, b in zip(hidden, low, high, strict=True)}


def test_linked_tables_are_one_system() -> None:
    """Each margin alone leaves doubt about K, both together give it; the only town that mends it is N."""
    assert towns("ABKLM", COUNTIES)["K"] == (1, 7)
    assert towns("ABKLM", SIZES)["K"] == (1, 5)
    assert towns("ABKLM", COUNTIES, SIZES)["K"] == (3, 3)
    mended = [town for town in "IJN" if towns(f"ABKLM{town}", COUNTIES, SIZES)["K"] != (3, 3)]
    assert mended == ["N"]
