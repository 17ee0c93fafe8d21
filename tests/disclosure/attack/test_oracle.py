"""The attacker against a linear program written apart (scipy), on random tables: same intervals, same verdict."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from minhbach.disclosure.attack import attack
from minhbach.disclosure.attack.files import read_release
from minhbach.disclosure.attack.intervals import Intervals
from minhbach.disclosure.attack.system import Unknown

from .oracle import Oracle
from .tables import FORM_06_PARTS, Rows, form_06, model, with_totals, write
from .test_worked_tables import form_06_model

if TYPE_CHECKING:
    from pathlib import Path

FAR = 1e6


def intervals(*folders: Path) -> dict[tuple[str, tuple[str, ...], str], tuple[int, int | None]]:
    found = Intervals([read_release(folder) for folder in folders])
    assert not found.contradictions
    return {
        (found.seen[target.table].table.model.period, target.key, target.measure): found.interval(target.value.number)
        for target in found.targets
        if isinstance(target.value, Unknown)
    }


def _far(found: tuple[int, int]) -> tuple[int, int | None]:
    return found[0], None if found[1] > FAR / 2 else found[1]


def margins(oracle: Oracle, rows: Rows, name: str, label: object) -> None:
    """Spell out: in a table of two keys, every total is the sum of its row or column."""
    for a, b in rows:
        if b == "TONG":
            oracle.equation(
                {(label, (a, b), name): -1.0} | {(label, key, name): 1.0 for key in rows if key[0] == a and key[1] != b}
            )
        if a == "TONG":
            oracle.equation(
                {(label, (a, b), name): -1.0} | {(label, key, name): 1.0 for key in rows if key[1] == b and key[0] != a}
            )


@pytest.mark.parametrize("zeros", ["published", "suppressed"])
@pytest.mark.parametrize("seed", range(25))
def test_intervals_of_random_two_way_tables_are_the_oracles(tmp_path: Path, seed: int, zeros: str) -> None:
    rng = random.Random(seed)
    height, width = rng.randint(2, 7), rng.randint(2, 6)
    cells = {
        (str(row), str(column)): {"n": rng.choice([rng.randint(1, 9), rng.randint(10, 60)])}
        for row in range(height)
        for column in range(width)
    }
    rows = with_totals(cells)
    hide = [key for key, row in rows.items() if row["n"] < 10 or rng.random() < 0.25]
    folder = write(tmp_path / "r", model(limits={"zeros": zeros}), rows, [(key, "n") for key in hide])
    least = 1 if zeros == "published" else 0
    oracle = Oracle(
        {(0, key, "n"): row["n"] for key, row in rows.items() if key not in hide},
        {(0, key, "n"): (least, FAR) for key in hide},
    )
    margins(oracle, rows, "n", 0)
    found = intervals(folder)
    assert found == {("2026-Q2", key, "n"): _far(oracle.interval((0, key, "n"))) for key in hide}
    named = {tuple(dict(one.key).values()): one.rule for one in attack([folder]).offences}
    assert named == _rules({key: found["2026-Q2", key, "n"] for key in hide})


def _rules(found: dict[tuple[str, ...], tuple[int, int | None]]) -> dict[tuple[str, ...], str]:
    """Judge intervals by hand: the widths, then the only cell of a pattern that can be below ten."""
    rules = {}
    for key, (low, high) in found.items():
        width = FAR if high is None else high - low
        if width < 10:
            rules[key] = "recovered" if width == 0 else "too_few_integers" if width < 4 else "narrow"
    patterns = [{key} for key in found]
    for place in (0, 1):
        for code in {key[place] for key in found}:
            joined = [pattern for pattern in patterns if any(key[place] == code for key in pattern)]
            patterns = [pattern for pattern in patterns if pattern not in joined] + [set().union(*joined)]
    for pattern in patterns:
        small = [key for key in pattern if found[key][0] < 10]
        if len(small) == 1 and small[0] not in rules:
            low, high = found[small[0]]
            left = min(9, 9 if high is None else high) - low + 1
            if left < 5:
                rules[small[0]] = "recovered" if left == 1 else "too_few_integers"
    return rules


@pytest.mark.parametrize("seed", range(8))
def test_intervals_of_two_quarters_of_form_06_are_the_oracles(tmp_path: Path, seed: int) -> None:
    """Never wider than the linear program, never narrower than whole numbers allow, and the truth is inside."""
    rng = random.Random(seed)
    quarters: dict[str, Rows] = {"2026-Q2": {}, "2026-Q3": {}}
    for key in [(row, column) for row in "123" for column in "12"]:
        scale = rng.choice([3, 12, 40])
        first, second = ([rng.randint(0, scale) for _ in range(5)] for _ in range(2))
        first[0] += 1
        second[3] += max(0, first[3] + first[4] - sum(second))
        quarters["2026-Q2"][key] = _form(rng, first, rng.randint(0, sum(first)))
        quarters["2026-Q3"][key] = _form(rng, second, first[3] + first[4])
    oracle = Oracle({}, {})
    folders = []
    for period, previous in (("2026-Q2", None), ("2026-Q3", "2026-Q2")):
        document, rows = form_06_model(period, previous), with_totals(quarters[period])
        small = [key for key, row in rows.items() if row["tiep_nhan"] < 10 or rng.random() < 0.2]
        hide = {(key, "*") for key in small} | {(key, "da_giai_quyet") for key in rows if rng.random() < 0.1}
        folders.append(write(tmp_path / period, document, rows, hide))
        _spell_out(oracle, document, rows, hide, period)
    for key in rows:
        oracle.equation({("2026-Q3", key, "ky_truoc_chuyen"): 1, ("2026-Q2", key, "dang_giai_quyet"): -1})
    found = intervals(*folders)
    assert found
    for name, (low, high) in found.items():
        loose, tight = oracle.interval(name), oracle.interval(name, whole=True)
        assert loose[0] <= low <= tight[0]
        assert (high is None) is (loose[1] > FAR / 2)
        assert high is None or tight[1] <= high <= loose[1]
        if name[1] in quarters[name[0]] and high is not None:
            assert low <= quarters[name[0]][name[1]][name[2]] <= high


def _form(rng: random.Random, ends: list[int], opening: int) -> dict[str, int]:
    online = rng.randint(0, sum(ends) - opening)
    return form_06(dict(zip(FORM_06_PARTS, [online, sum(ends) - opening - online, opening, *ends], strict=True)))


def _spell_out(oracle: Oracle, document: dict, rows: Rows, hide: set, period: str) -> None:
    for key, row in rows.items():
        for name in document["measures"]:
            if (key, name) in hide or (key, "*") in hide:
                oracle.hidden[period, key, name] = (1 if name == "tiep_nhan" else 0, FAR)
            else:
                oracle.known[period, key, name] = row[name]
        for whole, parts in (
            ("tiep_nhan", ["tiep_nhan_truc_tuyen", "tiep_nhan_truc_tiep", "ky_truoc_chuyen"]),
            ("tiep_nhan", ["da_giai_quyet", "dang_giai_quyet"]),
            ("da_giai_quyet", ["truoc_han", "dung_han", "qua_han"]),
            ("dang_giai_quyet", ["dang_trong_han", "dang_qua_han"]),
        ):
            oracle.equation({(period, key, whole): 1} | {(period, key, part): -1 for part in parts})
        of_which = {(period, key, "tiep_nhan_truc_tuyen"): -1, (period, key, "tiep_nhan_truc_tiep"): -1}
        oracle.inequality({(period, key, "nhan_muon"): 1} | of_which)
    for name in document["measures"]:
        margins(oracle, rows, name, period)
