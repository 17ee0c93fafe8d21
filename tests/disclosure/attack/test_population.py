"""Several tables of one population: a finer one under a coarser one, two quarters, and quarters on different rungs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.disclosure.attack import attack, intervals
from minhbach.disclosure.attack.files import read_release
from minhbach.disclosure.attack.intervals import Intervals
from minhbach.disclosure.attack.reduce import _open
from minhbach.disclosure.attack.system import Unknown

from .province import Province
from .tables import Rows, model, with_totals, write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from minhbach.disclosure.attack.system import Constraint, System

COARSE: dict[str, Any] = {
    "measures": {
        "n": {"role": "base"},
        "closed": {"role": "outcome"},
        "open": {"role": "outcome"},
        "opening": {"role": "outcome"},
    },
    "identities": ["n = closed + open", "opening <= n"],
    "carried": {"opening": "open"},
}
FINE: dict[str, Any] = {
    "dimensions": {"a": {"total": "TONG"}, "p": {"parent": "f"}},
    "measures": {"n": {"role": "base"}, "granted": {"role": "outcome"}},
    "identities": ["granted <= n"],
    "sums_to": {"dataset": "coarse", "over": {"p": "f"}, "measures": {"n": "n"}},
    "protected": [{"name": "refused", "is": "coarse.closed - granted"}],
}


def release(
    folder: Path, name: str, rows: Rows, period: str, hide: Collection[tuple[tuple[str, ...], str]] = ()
) -> Path:
    shape = COARSE if name == "coarse" else FINE
    previous = {"period": period, "previous": "2026-Q2" if period == "2026-Q3" else "2026-Q1"}
    document = model(["a", "f"] if name == "coarse" else ["a", "p"], dataset=name) | shape | previous
    extra = {key: {"f": key[1][0]} for key in rows} if name == "fine" else None
    return write(folder / name / period, document, rows, hide, extra=extra)


def unknowns(folders: Sequence[Path]) -> dict[tuple[str, str, tuple[str, ...], str], tuple[int, int | None]]:
    found = Intervals([read_release(folder) for folder in folders])
    assert not found.contradictions
    return {
        (table.dataset, table.period, target.key, target.measure): found.interval(target.value.number)
        for target in found.targets
        for table in [found.seen[target.table].table.model]
        if isinstance(target.value, Unknown)
    }


def two_levels(scale: int = 1) -> tuple[Rows, Rows]:
    fine = {
        (a, p): {"n": 60 * scale + 5 * ord(a) % 7 + ord(p[1]) % 5, "granted": 40 * scale, "closed": 40 * scale}
        for a in "xyz"
        for p in ("A1", "A2", "B1", "B2")
    }
    coarse: dict[tuple[str, ...], dict[str, int]] = {}
    for (a, p), row in fine.items():
        above = coarse.setdefault((a, p[0]), {"n": 0, "closed": 0, "open": 0, "opening": 0})
        above["n"] += row["n"]
        above["closed"] += row["closed"]
        above["open"] += row["n"] - row["closed"]
    return with_totals(coarse), with_totals(fine, places=[0])


def test_the_sum_of_procedures_is_the_field(tmp_path: Path) -> None:
    coarse, fine = two_levels()
    both = [
        release(tmp_path, "coarse", coarse, "2026-Q2"),
        release(tmp_path, "fine", fine, "2026-Q2", [(("x", "A1"), "n"), (("y", "A1"), "n")]),
    ]
    assert attack(both[1:]).passed
    verdict = attack(both)
    assert {tuple(dict(one.key).values()) for one in verdict.offences} == {("x", "A1"), ("y", "A1")}
    assert verdict.recovered == 2


def test_a_group_holds_at_least_what_it_had_open(tmp_path: Path) -> None:
    """Nothing was closed without a result, so what had no result is still there next quarter."""
    coarse, fine = two_levels()
    later_coarse, later_fine = two_levels()
    for (a, _), row in later_coarse.items():
        row["opening"] = coarse[a, _]["open"]
    square = [((a, p), measure) for a in "xy" for p in ("A1", "A2") for measure in ("n", "granted")]
    folders = [
        release(tmp_path, "coarse", coarse, "2026-Q2"),
        release(tmp_path, "coarse", later_coarse, "2026-Q3"),
        release(tmp_path, "fine", later_fine, "2026-Q3", square),
    ]
    name = ("fine", "2026-Q3", ("x", "A1"), "n")
    was_open = fine["x", "A1"]["n"] - fine["x", "A1"]["granted"]
    assert unknowns(folders)[name][0] < was_open
    earlier = release(tmp_path, "fine", fine, "2026-Q2")
    assert unknowns([*folders, earlier])[name][0] == was_open


def test_nothing_refused_is_no_disclosure_and_three_are(tmp_path: Path) -> None:
    coarse, fine = two_levels()
    clean = [
        release(tmp_path / "clean", "coarse", coarse, "2026-Q2"),
        release(tmp_path / "clean", "fine", fine, "2026-Q2"),
    ]
    assert attack(clean).passed
    for key in (("x", "A1"), ("TONG", "A1")):
        fine[key]["granted"] -= 3
    some = [
        release(tmp_path / "some", "coarse", coarse, "2026-Q2"),
        release(tmp_path / "some", "fine", fine, "2026-Q2"),
    ]
    named = {(one.measure, tuple(dict(one.key).values())) for one in attack(some).offences}
    assert named == {("refused", (a, f)) for a in ("x", "TONG") for f in ("A", "TONG")}


@pytest.mark.parametrize("first", ["fine", "coarse"])
def test_quarters_on_different_rungs_of_the_ladder_meet(tmp_path: Path, first: str) -> None:
    """One quarter by agency, one by level of agencies: the column that merges them is in the file."""
    said = model(["a"], **COARSE) | {"ladder": [{"below": 10, "dimension": "a", "to": "level"}]}
    by_agency = {(a,): {"n": 100, "closed": 60, "open": 40, "opening": 40} for a in "uvw"}
    by_level = {
        ("so",): {"n": 200, "closed": 120, "open": 80, "opening": 80},
        ("xa",): {"n": 100, "closed": 60, "open": 40, "opening": 40},
    }
    level = {("u",): "so", ("v",): "so", ("w",): "xa", ("so",): "so", ("xa",): "xa", ("TONG",): "TONG"}
    quarters = {"fine": by_agency, "coarse": by_level}
    order = [first, "coarse" if first == "fine" else "fine"]
    folders = []
    for period, previous, name in zip(("2026-Q2", "2026-Q3"), ("2026-Q1", "2026-Q2"), order, strict=True):
        rows = with_totals(quarters[name])
        extra = {key: {"level": level[key]} for key in rows}
        hide = [
            (key, measure)
            for key in rows
            if period == "2026-Q2" and key[0] in {"u", "v", "so", "xa"}
            for measure in ("n", "open")
        ]
        folders.append(
            write(tmp_path / period, said | {"period": period, "previous": previous}, rows, hide, extra=extra)
        )
    found = Intervals([read_release(folder) for folder in folders])
    assert not found.contradictions
    verdict = attack(folders)
    assert verdict.recovered == (0 if first == "fine" else 2)


def test_small_programs_give_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = Province(900, agencies=5, fields=4, procedures=6).write(tmp_path)
    small = unknowns(folders)

    def whole(system: System, wanted: Collection[int]) -> list[Constraint]:
        assert wanted
        return [row for row in (_open(system, constraint) for constraint in system.constraints) if row.terms]

    monkeypatch.setattr(intervals, "reduced", whole)
    assert len(small) > 20
    assert unknowns(folders) == small


def test_a_rough_pattern_over_a_province_does_not_hold(tmp_path: Path) -> None:
    """A sweep that only looks at single equations is broken, the same way every time."""
    folders = Province(15_000, agencies=20, fields=8).write(tmp_path)
    verdict = attack(folders)
    assert not verdict.contradictions
    assert verdict.offences
    assert attack(folders) == verdict
    text = json.dumps(verdict.to_json())
    assert all(one.rule in {"recovered", "too_few_integers", "narrow", "below_threshold"} for one in verdict.offences)
    assert "interval" not in text.replace("lp-intervals", "")
