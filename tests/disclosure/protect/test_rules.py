"""Single rules of the protection: links between periods, lone primaries, sensitive columns, grand totals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from minhbach.core.errors import DeclarationError, Unprotectable
from minhbach.disclosure.protect import protect
from minhbach.disclosure.protect.earlier import complete
from minhbach.disclosure.protect.engine import learnt
from minhbach.disclosure.protect.links import Telling
from minhbach.disclosure.protect.pattern import Pattern
from minhbach.disclosure.protect.proof import Shown, region, single_primaries
from minhbach.disclosure.protect.region import exact
from minhbach.disclosure.protect.spec import spec_of
from minhbach.disclosure.protect.system import System, build

from .reader import Reader
from .tables import TOTAL, policy, two_way

FINE, COARSE = "fine", "coarse"


def linked() -> list[dict[str, Any]]:
    """A coarse table with what was carried in and what stays open, and a finer one that sums to it."""
    word = {"type": "string", "treatment": "keep"}
    count = {"type": "integer", "treatment": {"count_of": "case"}}
    limits = {
        "population": "cases",
        "method": "suppress",
        "tables": {"threshold": 10, "min_width": 10, "min_integers": 5},
    }
    coarse = {
        "name": COARSE,
        "grain": ["year", "field"],
        "columns": [
            {"name": "year", **word}, {"name": "field", **word}, {"name": "n", "role": "base", **count},
            {"name": "carried", "role": "outcome", **count}, {"name": "new", "role": "outcome", **count},
            {"name": "closed", "role": "outcome", **count}, {"name": "open", "role": "outcome", **count},
        ],
        "identities": ["n = carried + new", "n = closed + open"],
        "carried": {"carried": "open"},
        "totals": {"field": TOTAL},
        "disclosure": limits,
    }  # fmt: skip
    fine = {
        "name": FINE,
        "grain": ["year", "kind"],
        "columns": [
            {"name": "year", **word}, {"name": "field", **word}, {"name": "kind", "parent": "field", **word},
            {"name": "n", "role": "base", **count}, {"name": "resolved", "role": "outcome", **count},
        ],
        "identities": ["resolved <= n"],
        "sums_to": {"dataset": COARSE, "over": {"kind": "field"}, "measures": {"n": "n"}},
        "disclosure": {**limits, "protected": [{"name": "refused", "is": "coarse.closed - resolved"}]},
    }  # fmt: skip
    return [coarse, fine]


def coarse(**fields: tuple[int, int, int]) -> pa.Table:
    """Rows by field from (n, carried, open), with their total."""
    rows = dict(fields)
    rows[TOTAL] = tuple(int(x) for x in np.sum(list(fields.values()), axis=0))
    names = ("n", "carried", "new", "closed", "open")
    return pa.Table.from_pylist(
        [
            {"year": "2026", "field": f} | dict(zip(names, (n, c, n - c, n - o, o), strict=True))
            for f, (n, c, o) in rows.items()
        ]
    )


def fine(**kinds: tuple[int | None, int | None]) -> pa.Table:
    """Rows by kind (field and number in its name) from (n, resolved)."""
    rows = [{"year": "2026", "field": k[0], "kind": k, "n": n, "resolved": r} for k, (n, r) in kinds.items()]
    return pa.Table.from_pylist(rows)


BEFORE = coarse(a=(100, 0, 40), b=(55, 0, 0))


def two_periods(before: dict[str, pa.Table]) -> tuple[System, Pattern]:
    specs = {one["name"]: spec_of(one) for one in linked()}
    now = {COARSE: coarse(a=(60, 40, 10), b=(80, 0, 9)), FINE: fine(a1=(15, 13), a2=(45, 37), b1=(80, 71))}
    system = build(now, specs, [before])
    known = learnt(system, [before])
    complete(system)
    return system, Pattern(system, known)


def base(system: System, kind: str, age: int = 0) -> int:
    block = system.block(FINE, age)
    assert block is not None
    return system.cell(block, next(row for row, key in enumerate(block.keys) if key[1] == kind), "n")


def test_pending_records_of_the_period_before_bound_a_hidden_base() -> None:
    """40 were pending in field a; at most 25 of them in kind a2, so kind a1 counts at least 15 now."""
    system, pattern = two_periods({COARSE: BEFORE, FINE: fine(a1=(35, 10), a2=(65, 40), b1=(55, 50))})
    a1, a2 = base(system, "a1"), base(system, "a2")
    assert pattern.least[[a1, a2]].tolist() == [15.0, 15.0]
    pattern.hide_row(a1)
    pattern.hide_row(a2)
    where = region(pattern, pattern.free, reach=np.inf)
    low, high = exact(where)
    found = {int(cell): (round(a), round(b)) for cell, a, b in zip(where.cells, low, high, strict=True)}
    assert (found[a1], found[a2]) == ((15, 45), (15, 45))


def test_a_base_that_tells_on_the_period_before_is_hidden() -> None:
    """Kinds a1 and a2 were hidden then; a1 counts 15 now, so at least 25 of the 40 pending were in a2."""
    holes = {COARSE: BEFORE, FINE: fine(a1=(None, None), a2=(None, None), b1=(55, 50))}
    system, pattern = two_periods(holes)
    before = base(system, "a2", age=1)
    where = region(pattern, pattern.free, reach=np.inf)
    low, _ = exact(where)
    assert round(low[where.cells.tolist().index(before)]) == 25
    Telling(pattern).open(before, 1, max)
    assert pattern.hidden[base(system, "a1")]
    pattern.hide_row(base(system, "a2"))
    where = region(pattern, pattern.free, reach=np.inf)
    assert round(exact(where)[0][where.cells.tolist().index(before)]) == 1


def test_what_is_out_stays_as_it_is() -> None:
    system, pattern = two_periods({COARSE: BEFORE, FINE: fine(a1=(35, 10), a2=(65, 40), b1=(55, 50))})
    pattern.hide_row(base(system, "a1", age=1))
    pattern.hide_outcome(base(system, "a1", age=1) + 1)
    assert not pattern.hidden.any()


def test_marts_that_contradict_an_earlier_release_are_refused() -> None:
    """36 at least were pending in kind a1 by then, and it counts 15 now."""
    with pytest.raises(Unprotectable, match=r"contradict (an earlier release|their own identities)"):
        two_periods({COARSE: BEFORE, FINE: fine(a1=(60, 10), a2=(40, 36), b1=(55, 50))})


def test_no_link_where_the_earlier_rows_are_of_another_place() -> None:
    """Kinds that are not there any more had nothing pending; another field has its own books."""
    other = {COARSE: coarse(x=(10, 0, 0)), FINE: fine(x1=(10, 10))}
    specs = {one["name"]: spec_of(one) for one in linked()}
    now = {COARSE: coarse(a=(60, 0, 10)), FINE: fine(a1=(15, 13), a2=(45, 37))}
    system = build(now, specs, [other])
    complete(system)
    assert Pattern(system, learnt(system, [other])).least[base(system, "a1")] == 1


def test_a_lone_primary_of_a_pattern_is_found() -> None:
    """All others are at least 18 for sure, so the one left is the reason, and it is 9 exactly."""
    table = two_way({("A", "X"): 9, ("A", "Y"): 40, ("B", "X"): 50, ("B", "Y"): 60}, "agency", "field")
    system = build({"plain": table}, {"plain": spec_of(policy("agency", "field"))})
    pattern = Pattern(system, np.zeros(system.size, dtype=bool))
    block = system.blocks[0]
    cells = [
        system.cell(block, block.index()["2026", a, f], "n")
        for a, f in (("A", "X"), ("A", "Y"), ("B", "X"), ("B", "Y"))
    ]
    for cell in cells:
        pattern.hide_row(cell)
    shown = Shown(system.truth.astype(float), system.truth.astype(float))
    shown.low[cells], shown.high[cells] = [9, 18, 18, 18], [40, 60, 70, 80]
    assert single_primaries(pattern, shown).tolist() == [cells[0]]
    shown.low[cells[0]] = 4
    assert single_primaries(pattern, shown).tolist() == []
    shown.low[cells[0]], shown.low[cells[1]] = 9, 8
    assert single_primaries(pattern, shown).tolist() == []


def test_a_sensitive_column_below_the_threshold_is_protected() -> None:
    said = policy("agency", "field")
    said["columns"].append({"name": "refused", "role": "sensitive_outcome", "treatment": {"count_of": "case"}})
    said["identities"] = ["refused <= n"]
    counts = {(a, f): 200 + 10 * i for i, (a, f) in enumerate((a, f) for a in "ABC" for f in "XYZ")}
    plain = two_way(counts, "agency", "field").to_pylist()
    refused = {("A", "X"): 4, ("A", "Y"): 30, ("B", "X"): 21, ("B", "Y"): 25, ("C", "Z"): 40}
    rows = [
        row
        | {
            "refused": sum(
                n for (a, f), n in refused.items() if row["agency"] in {a, TOTAL} and row["field"] in {f, TOTAL}
            )
        }
        for row in plain
    ]
    protection = protect({"plain": pa.Table.from_pylist(rows)}, [said])
    reader = Reader([protection.tables], {"plain": said})
    low, high = reader.interval(("plain", 0, "refused", ("A", "X")))
    assert high - low >= 10
    assert protection.tables["plain"]["n"].null_count == 0


def test_the_grand_total_is_never_hidden() -> None:
    """The protection hides lines, or refuses; it never hides the total that chooses the ladder."""
    counts = {("A", "X"): 5, ("A", "Y"): 400, ("B", "X"): 300, ("B", "Y"): 7}
    protection = protect({"plain": two_way(counts, "agency", "field")}, [policy("agency", "field")])
    shown = {(row["agency"], row["field"]): row["n"] for row in protection.tables["plain"].to_pylist()}
    assert shown[TOTAL, TOTAL] == 712
    with pytest.raises(Unprotectable, match="too narrow however much is hidden"):
        protect({"plain": two_way({("A", "X"): 3, ("B", "X"): 8}, "agency", "field")}, [policy("agency", "field")])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("identities", ["n = 3 * x"], "identities"),
        ("totals", {"colour": "TONG"}, "totals.colour"),
        ("carried", {"n": "x"}, "carried.n"),
        ("grain", ["year", "colour"], "grain.colour"),
    ],
)
def test_a_declaration_that_says_too_little_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        spec_of({**policy("agency", "field"), key: value})
