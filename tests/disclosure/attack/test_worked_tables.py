"""Tables whose answer is known: the worked ones of the attacker model, and those of the literature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from minhbach.disclosure.attack import attack, public_model
from minhbach.disclosure.attack.files import read_release
from minhbach.disclosure.attack.intervals import Intervals
from minhbach.disclosure.attack.system import Unknown

from .tables import Key, Rows, model, with_totals, write
from .worked import AFTER_THIRD, DISJOINT, MIXED, SMALL, THIRD

DECLARATIONS = Path(__file__).resolve().parents[3] / "catalog" / "datasets"


def form_06_model(period: str = "2026-Q2", previous: str | None = None) -> dict[str, Any]:
    said = yaml.safe_load((DECLARATIONS / "giai_quyet_ho_so.yml").read_text(encoding="utf-8"))
    return public_model(said, period, previous, dataset="giai_quyet_ho_so")


def interval(folders: list[Path], key: Key, measure: str, period: str = "2026-Q2") -> tuple[int, int | None]:
    found = Intervals([read_release(folder) for folder in folders])
    assert not found.contradictions
    for target in found.targets:
        table = found.seen[target.table].table.model
        if (target.key, target.measure, table.period) == (key, measure, period) and isinstance(target.value, Unknown):
            return found.interval(target.value.number)
    raise AssertionError(key)


@pytest.mark.parametrize(
    ("table", "expected"), [(MIXED, (1, 82)), (DISJOINT, (5, 5)), (THIRD, (3, 25))], ids=["mixed", "disjoint", "third"]
)
def test_outcomes_in_totals_place_the_small_base(tmp_path: Path, table: Rows, expected: tuple[int, int]) -> None:
    folder = write(tmp_path / "q2", form_06_model(), with_totals(table), [(key, "*") for key in table])
    assert interval([folder], SMALL, "tiep_nhan") == expected


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ([], (5, 5)),
        (["ky_truoc_chuyen"], (5, 5)),
        (["ky_truoc_chuyen", "tiep_nhan_truc_tuyen"], (3, 13)),
    ],
    ids=["column 6 shown", "6 = 3 - 4 - 5", "6 and 4 hidden"],
)
def test_the_next_quarter_shows_what_this_one_hid(tmp_path: Path, hidden: list[str], expected: tuple[int, int]) -> None:
    first = write(tmp_path / "q2", form_06_model(), with_totals(THIRD), [(key, "*") for key in THIRD])
    assert interval([first], SMALL, "tiep_nhan") == (3, 25)
    second = write(
        tmp_path / "q3",
        form_06_model("2026-Q3", "2026-Q2"),
        with_totals(AFTER_THIRD),
        [(key, measure) for key in AFTER_THIRD for measure in hidden],
    )
    assert interval([first, second], SMALL, "tiep_nhan") == expected
    verdict = attack([first, second])
    assert verdict.passed is (expected == (3, 13))
    assert verdict.recovered == (4 if expected == (5, 5) else 0)


def test_the_feasibility_interval_of_geurts(tmp_path: Path) -> None:
    """SDC handbook, example 3; the original is without the knowledge that a hidden cell is not zero."""
    cells = {("1", "1"): 4, ("1", "2"): 3, ("2", "1"): 2, ("2", "2"): 1, ("3", "1"): 3, ("3", "2"): 3}
    rows = with_totals({key: {"n": count} for key, count in cells.items()})
    hide = [(key, "n") for key in cells if key[0] != "3"]
    assert [rows[key, "TONG"]["n"] for key in "12"] == [7, 3]
    limits = {"zeros": "suppressed"}
    folder = write(tmp_path / "r", model(limits=limits), rows, hide)
    found = [interval([folder], key, "n") for key, _ in hide]
    assert found == [(3, 6), (1, 4), (0, 3), (0, 3)]


def test_two_per_line_is_not_enough(tmp_path: Path) -> None:
    """sdcTable, test-simpleheuristic.R."""
    values = {"w": (30, 47, 64, 89), "x": (90, 124, 5, 31), "y": (92, 100, 59, 85), "z": (800, 991, 651, 685)}
    cells = {
        (row, column): {"n": value} for row, line in values.items() for column, value in zip("abcd", line, strict=True)
    }
    hide = [(tuple(name), "n") for name in ["wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd"]]
    rows = with_totals(cells)
    assert rows["TONG", "TONG"]["n"] == 3943
    limits = {"zeros": "suppressed"}
    folder = write(tmp_path / "r", model(limits=limits), rows, hide)
    assert interval([folder], ("w", "b"), "n") == (47, 47)
    verdict = attack([folder])
    assert [dict(one.key) for one in verdict.offences if one.rule == "recovered"] == [{"a": "w", "b": "b"}]
    mended = write(tmp_path / "s", model(limits=limits), rows, [*hide, (("x", "b"), "n")])
    assert interval([mended], ("w", "b"), "n") == (0, 141)


def linked(groups: dict[str, str]) -> dict[str, Any]:
    return {
        **model(["place"], limits={"threshold": 3, "zeros": "suppressed", "min_width": 1, "min_integers": 2}),
        "dimensions": {"place": {"total": "TONG", "groups": {name: list(members) for name, members in groups.items()}}},
    }


TOWNS = {"A": 2, "B": 2, "I": 8, "J": 8, "K": 3, "L": 3, "M": 3, "N": 7}
COUNTIES = {"county-1": "ABIJ", "county-2": "KLMN"}
SIZES = {"big": "LM", "small": "ABIJKN"}


def town_rows(groups: dict[str, str]) -> Rows:
    rows: Rows = {(town,): {"n": count} for town, count in TOWNS.items()}
    for name, members in groups.items():
        rows[name,] = {"n": sum(TOWNS[town] for town in members)}
    return rows


@pytest.mark.parametrize("more", [[], ["N"]], ids=["as found", "with N"])
def test_linked_tables_recover_what_each_alone_hides(tmp_path: Path, more: list[str]) -> None:
    """sdcTable, test-linked-tables.r: county-1 and small differ by K and N; each table alone is safe."""
    hide = [((town,), "n") for town in ["A", "B", "K", "L", *more]]
    hide = [*hide, (("M",), "n")]
    for name, groups in (("counties", COUNTIES), ("sizes", SIZES)):
        alone = write(tmp_path / name, linked(groups), town_rows(groups), hide)
        assert interval([alone], ("K",), "n") != (3, 3)
    both = write(tmp_path / "both", linked(COUNTIES | SIZES), town_rows(COUNTIES | SIZES), hide)
    found = interval([both], ("K",), "n")
    assert (found == (3, 3)) is (not more)
    recovered = [dict(one.key)["place"] for one in attack([both]).offences if one.rule == "recovered"]
    assert recovered == ([] if more else ["K"])
