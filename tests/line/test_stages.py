"""What a task hands to the next stands in Airflow's database for all to see: ids, counts and hashes, nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.flow import stages
from tests.line.rehearsal import PERIODS, STAGES, Rehearsal, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.line

SECOND = PERIODS[1]
TOKEN = re.compile(r"[A-Za-z0-9_./:-]{1,80}")


def leaves(value: Any) -> Iterator[object]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def test_a_stage_returns_ids_counts_and_hashes(house: Rehearsal) -> None:
    with house.at(SECOND) as opened, house.served(SECOND, faults=False):
        publication = opened.catalog.publication()
        returned = [stages.extract_table("mot_cua_quang_ninh", "ho_so")]
        returned += [getattr(stages, name)(publication.name, SECOND) for name in (*STAGES, "is_approved", "apply_plan")]
    assert len(returned) == len(STAGES) + 3
    for said in returned:
        assert len(json.dumps(said)) < 2000
        found = list(leaves(said))
        assert len(found) >= 2
        for leaf in found:
            assert isinstance(leaf, int) or (isinstance(leaf, str) and TOKEN.fullmatch(leaf)), said


def test_what_a_gate_refuses_inside_airflow_ends_the_run_with_three(house: Rehearsal) -> None:
    """The next quarter's books cannot close yet: the sentence and the exit code are those of the stage."""
    with house.served(SECOND, faults=False):
        sentence = refused(house.command("-q", "run", "--period", "2026-Q4"), 3)
    assert "the books close at" in sentence


def test_stages_walked_again_change_no_release(house: Rehearsal) -> None:
    before = house.logical(SECOND)
    plans = sorted((house.folder / "lake" / "plans").rglob("*.json"))
    house.prepare(SECOND)
    assert house.logical(SECOND) == before
    assert house.releases(SECOND)["giai_quyet_ho_so"].revision == "r1"
    with house.at(SECOND) as opened:
        assert opened.ledger.verify() >= 10
    assert set(plans) <= set((house.folder / "lake" / "plans").rglob("*.json"))
