"""Twenty seeded faults over publications to a real CKAN: whole after a second run, whole to readers all the while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.forking import children
from tests.publishers.ckan.campaign import Group, Outcome, empty
from tests.publishers.ckan.deck import ALL_KINDS, MODES, STEPS, Deck
from tests.publishers.ckan.small_disk import small_disk
from tests.publishers.sealed import FORM, RATES, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal import Portal

pytestmark = [pytest.mark.timeout(3600)]

MORTAL = "tests.publishers.ckan.mortal"
SEED = 20261124
FAULTS = 20
QUARTERS = ("2026-Q2", "2026-Q3")
AGENCIES = 4


@pytest.fixture(scope="module")
def template(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a house with two quarters of two datasets, each in two revisions, none published."""
    folder = tmp_path_factory.mktemp("template")
    house = open_house(root, folder)
    for dataset in (FORM, RATES):
        for period in QUARTERS:
            house.release(dataset, period, agencies=AGENCIES)
            house.release(dataset, period, agencies=AGENCIES, seed=2, reason="Sửa số liệu của một đơn vị")
    return folder


def test_twenty_faults_leave_nothing_half(portal: Portal, root: Path, template: Path, tmp_path: Path) -> None:
    deck = Deck()
    outcomes: list[Outcome] = []
    with children(MORTAL, root, tmp_path / "children.log") as dying, small_disk(portal) as is_fillable:
        assert is_fillable, "a small disk can be mounted, so that it can be full"
        for number in range(2 * FAULTS // len(STEPS)):
            if deck.struck.total() >= FAULTS:
                break
            empty(portal)
            mode = MODES[number % len(MODES)]
            group = Group(portal, dying, template, root, tmp_path / f"group-{number}", mode)
            for step in STEPS:
                seed, place = SEED + len(outcomes), f"{mode} {step}"
                outcome = group.run(step, seed, deck.deal(seed, place))
                deck.took(place, outcome.fault.kind, outcome.struck, outcome.requests, outcome.writes)
                outcomes.append(outcome)
    problems = [f"{one.title}: {said}" for one in outcomes for said in one.problems]
    assert problems == [], (tmp_path / "children.log").read_text()[-2000:]
    struck = [one for one in outcomes if one.struck]
    assert len(struck) >= FAULTS
    assert {one.mode for one in struck} == set(MODES)
    assert set(deck.struck) == set(ALL_KINDS), "every kind struck"
    assert any(one.ended for one in struck), "some faults were too much for one run"
    assert any(not one.ended for one in struck), "some faults were got over in one run"
    assert sum(one.polls for one in outcomes) > 10 * FAULTS
