"""What the attacker must know: hidden is not zero, books carry over, rates pin, the algorithm and its threshold."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core.errors import DeclarationError
from minhbach.disclosure.attack import Truth, attack, attack_csv

from .tables import Rows, model, percent, with_totals, write

if TYPE_CHECKING:
    from pathlib import Path

LOOSE = {"min_width": 1, "min_integers": 2}
RATES = {"rate": {"numerator": "late", "denominator": "n"}}


def counts(table: dict[tuple[str, str], int]) -> Rows:
    return with_totals({key: {"n": count} for key, count in table.items()})


def test_a_hidden_cell_is_not_zero_where_zeros_show(tmp_path: Path) -> None:
    """Two hidden cells that sum to two are one each, for everybody who knows that neither is none."""
    table = counts({("1", "1"): 1, ("1", "2"): 1, ("2", "1"): 1, ("2", "2"): 1, ("3", "1"): 40, ("3", "2"): 40})
    hide = [((row, column), "n") for row in "12" for column in "12"]
    blind = write(tmp_path / "blind", model(limits={"zeros": "suppressed", **LOOSE}), table, hide)
    knowing = write(tmp_path / "knowing", model(limits={"zeros": "published", **LOOSE}), table, hide)
    assert attack([blind]).recovered == 0
    assert attack([knowing]).recovered == 4


def test_a_pattern_of_large_cells_is_safe_and_a_lone_cell_is_not(tmp_path: Path) -> None:
    table = counts({("1", "1"): 7, ("1", "2"): 40, ("2", "1"): 50, ("2", "2"): 60, ("3", "1"): 70, ("3", "2"): 80})
    pattern = [((row, column), "n") for row in "12" for column in "12"]
    safe = attack([write(tmp_path / "safe", model(), table, pattern)])
    assert (safe.passed, safe.protected, safe.hidden) == (True, 4, 4)
    for kept in pattern:
        broken = attack(
            [write(tmp_path / f"without-{'-'.join(kept[0])}", model(), table, [one for one in pattern if one != kept])]
        )
        assert not broken.passed
        assert broken.recovered == 3


def test_a_small_base_that_was_written_is_named(tmp_path: Path) -> None:
    table = counts({("1", "1"): 7, ("1", "2"): 40})
    verdict = attack([write(tmp_path / "r", model(), table)])
    named = [(dict(one.key), one.rule) for one in verdict.offences]
    assert named == [({"a": "1", "b": "1"}, "below_threshold"), ({"a": "TONG", "b": "1"}, "below_threshold")]
    assert " 7" not in str(verdict.to_json()["offences"])


def test_the_carried_over_count_breaks_a_pattern(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "measures": {
            "n": {"role": "base"},
            "opening": {"role": "outcome"},
            "closed": {"role": "outcome"},
            "open": {"role": "outcome"},
        },
        "identities": ["n = closed + open"],
        "carried": {"opening": "open"},
        "limits": {"min_width": 5},
    }
    first = {
        ("1", "1"): {"n": 7, "opening": 0, "closed": 2, "open": 5},
        ("1", "2"): {"n": 40, "opening": 0, "closed": 20, "open": 20},
        ("2", "1"): {"n": 50, "opening": 0, "closed": 30, "open": 20},
        ("2", "2"): {"n": 60, "opening": 0, "closed": 30, "open": 30},
    }
    # Only "closed" of the hidden rows is written: n and open hide one another until the next quarter tells open.
    hide = [(key, measure) for key in first for measure in ("n", "open", "opening")]
    second = {key: {"n": 100, "opening": row["open"], "closed": 60, "open": 40} for key, row in first.items()}
    q2 = write(tmp_path / "q2", model(**more), with_totals(first), hide)
    q3 = write(tmp_path / "q3", model(**more) | {"period": "2026-Q3", "previous": "2026-Q2"}, with_totals(second))
    assert attack([q2]).passed
    assert attack([q2, q3]).recovered == 4
    stranger = write(tmp_path / "q4", model(**more) | {"period": "2026-Q4", "previous": "2026-Q3"}, with_totals(second))
    assert attack([q2, stranger]).passed


def test_a_group_that_is_gone_next_quarter_left_nobody_open(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "measures": {"n": {"role": "base"}, "opening": {"role": "outcome"}, "open": {"role": "outcome"}},
        "identities": ["open <= n"],
        "carried": {"opening": "open"},
    }
    first = {("1",): {"n": 70, "opening": 0, "open": 0}, ("2",): {"n": 60, "opening": 0, "open": 30}}
    second = {("2",): {"n": 60, "opening": 31, "open": 30}}
    q2 = write(tmp_path / "q2", model(["a"], **more), with_totals(first))
    q3 = write(
        tmp_path / "q3", model(["a"], **more) | {"period": "2026-Q3", "previous": "2026-Q2"}, with_totals(second)
    )
    verdict = attack([q2, q3])
    assert verdict.contradictions
    assert not verdict.passed


def test_a_published_rate_pins_the_count_behind_it(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "measures": {"n": {"role": "base"}, "late": {"role": "sensitive_outcome"}},
        "identities": ["late <= n"],
        "rates": RATES,
    }
    rows: Rows = {(str(place),): {"n": 400 + place, "late": 7 + place} for place in range(3)}
    hide = [(key, "late") for key in rows]
    assert attack([write(tmp_path / "hidden", model(["a"], **more), rows, hide)]).passed
    always = {**more, "rates": {"rate": {**RATES["rate"]}}}
    folder = write(tmp_path / "shown", model(["a"], **always), rows, hide)
    text = (folder / "data.csv").read_text(encoding="utf-8-sig").splitlines()
    shown = [text[0], *(f"{key[0]},{row['n']},,{percent(row['late'], row['n'])},c" for key, row in rows.items())]
    (folder / "data.csv").write_text("\n".join(shown), encoding="utf-8-sig")
    assert attack([folder]).recovered == 3


def test_only_one_cell_of_the_pattern_can_be_the_small_one(tmp_path: Path) -> None:
    """A pattern whose other cells are all known to be large leaves its small one in [8, 9]: two integers, not five."""
    more: dict[str, Any] = {
        "measures": {"n": {"role": "base"}, "late": {"role": "outcome"}},
        "identities": ["late <= n"],
    }
    rows = with_totals(
        {("1",): {"n": 9, "late": 8}, ("2",): {"n": 60, "late": 40}, ("3",): {"n": 90, "late": 3}}, places=[0]
    )
    hide = [(("1",), "n"), (("2",), "n")]
    verdict = attack([write(tmp_path / "r", model(["a"], **more), rows, hide)])
    assert [(dict(one.key)["a"], one.rule) for one in verdict.offences] == [("1", "too_few_integers")]
    unsure = write(tmp_path / "s", model(["a"], **more), rows, [*hide, (("2",), "late"), (("3",), "late")])
    assert attack([unsure]).passed


def test_what_nobody_wrote_but_everybody_can_subtract(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "measures": {"n": {"role": "base"}, "closed": {"role": "outcome"}, "granted": {"role": "outcome"}},
        "identities": ["closed <= n", "granted <= closed"],
        "protected": [{"name": "refused", "is": "closed - granted"}],
    }
    rows: Rows = {
        ("1",): {"n": 90, "closed": 60, "granted": 57},
        ("2",): {"n": 90, "closed": 60, "granted": 60},
        ("3",): {"n": 90, "closed": 60, "granted": 20},
    }
    verdict = attack([write(tmp_path / "open", model(["a"], **more), rows)])
    assert [(dict(one.key)["a"], one.measure, one.rule) for one in verdict.offences] == [("1", "refused", "recovered")]
    hidden = [(("1",), "granted"), (("2",), "granted")]
    assert attack([write(tmp_path / "hidden", model(["a"], **more), rows, hidden)]).passed


def test_the_house_judges_exactly_what_a_stranger_judges_cautiously(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "measures": {"n": {"role": "base"}, "closed": {"role": "outcome"}, "granted": {"role": "outcome"}},
        "identities": ["closed <= n", "granted <= closed"],
        "protected": [{"name": "refused", "is": "closed - granted"}],
    }
    rows: Rows = {("1",): {"n": 90, "closed": 4, "granted": 4}}
    folder = write(tmp_path / "r", model(["a"], **more), rows, [(("1",), "granted")])
    assert attack([folder]).narrow + attack([folder]).too_few_integers == 1
    assert attack([folder], private=Truth({("bang", "2026-Q2", "refused", ("1",)): 0})).passed
    assert not attack([folder], private=Truth({("bang", "2026-Q2", "refused", ("1",)): 3})).passed


def test_a_total_with_one_child_is_its_child(tmp_path: Path) -> None:
    table = counts({("1", "1"): 7, ("2", "2"): 60, ("2", "3"): 70, ("3", "2"): 60, ("3", "3"): 70})
    verdict = attack([write(tmp_path / "r", model(), table, [(("1", "1"), "n")])])
    assert {one.rule for one in verdict.offences} == {"recovered", "below_threshold"}


def test_rows_left_out_are_cells_too(tmp_path: Path) -> None:
    """A row whose breakdown was not written, in a table whose totals are: subtraction finds it."""
    cells = {(row, column): 30 + 5 * (row + column == "12") for row in "123" for column in "123"} | {("1", "1"): 4}
    table = counts(cells)
    left = {key: row for key, row in table.items() if key[0] != "1" or key[1] == "TONG"}
    verdict = attack([write(tmp_path / "r", model(), left)])
    assert {"a": "1", "b": "1"} in [dict(one.key) for one in verdict.offences]
    half = {key: row for key, row in left.items() if key[0] != "2" or key[1] == "TONG"}
    assert attack([write(tmp_path / "s", model(), half)]).passed


def test_any_csv_with_a_policy(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_text("phường,loại,n\nA,x,5\nA,y,20\nA,all,25\nB,x,c\nB,y,c\nB,all,70\n", encoding="utf-8")
    policy: dict[str, Any] = {
        "dimensions": {"phường": {}, "loại": {"total": "all"}},
        "measures": {"n": {"role": "base"}},
        "limits": {"threshold": 5},
    }
    assert attack_csv(path, policy).passed
    verdict = attack_csv(path, policy | {"limits": {"threshold": 6}})
    assert (verdict.below_threshold, verdict.passed) == (1, False)


def test_any_csv_with_a_declaration(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_text("ward,kind,n,note\nA,x,,c\nA,y,20,\nA,all,25,\nB,x,20,\nB,y,30,\nB,all,50,\n", encoding="utf-8")
    names = ["ward", "kind", "n"]
    declaration: dict[str, Any] = {
        "grain": names[:2],
        "columns": [{"name": name, "type": "string", "treatment": "keep"} for name in names[:2]]
        + [{"name": "n", "type": "integer", "role": "base", "treatment": {"count_of": "case"}}],
        "totals": {"kind": "all"},
        "disclosure": {"population": "cases", "method": "suppress", "tables": {"threshold": 10}},
    }
    assert attack_csv(path, declaration).recovered == 1
    with pytest.raises(DeclarationError, match="grain"):
        attack_csv(path, {key: value for key, value in declaration.items() if key != "grain"})


@pytest.mark.parametrize("seed", range(6))
def test_patterns_with_a_complement_put_back_are_broken(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    cells = {(str(row), str(column)): rng.randint(30, 90) for row in range(6) for column in range(5)}
    small = rng.sample(sorted(cells), 2)
    for key in small:
        cells[key] = rng.randint(1, 9)
    hide = set(small)
    for row, column in small:
        other_row = rng.choice([each for each in "012345" if all(each != key[0] for key in hide)])
        other_column = rng.choice([each for each in "01234" if all(each != key[1] for key in hide)])
        hide |= {(other_row, column), (row, other_column), (other_row, other_column)}
    table = counts(cells)
    whole = attack([write(tmp_path / "whole", model(), table, [(key, "n") for key in hide])])
    assert whole.passed, whole.offences
    for place, back in enumerate(sorted(hide - set(small))):
        verdict = attack([write(tmp_path / str(place), model(), table, [(key, "n") for key in hide - {back}])])
        assert verdict.recovered
