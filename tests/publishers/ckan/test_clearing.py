"""What left a page is cleared from the portal's disk, also by the plan after one that was killed before it could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.release import load
from publishers.ckan.applying import Applier
from publishers.ckan.clearing import Clearings
from publishers.ckan.names import file_id
from tests.publishers.sealed import FORM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publishers.ckan.conftest import Room


class Killed(BaseException):
    """Stands for kill -9."""


def die(*_: object, **__: object) -> None:
    raise Killed


def stored(room: Room, place: str) -> Path:
    return room.portal.storage / "resources" / place[:3] / place[3:6] / place[6:]


def test_the_next_plan_clears_what_a_killed_withdrawal_left(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.publish("2026-Q2")
    withdrawn = load(room.house.lake, FORM, "2026-Q2")
    file = stored(room, file_id(FORM, "2026-Q2", "r1", "data.csv"))
    plan = room.plan([], withdraw=[withdrawn])
    with monkeypatch.context() as patch:
        patch.setattr(Applier, "clear", die)
        with pytest.raises(Killed):
            room.apply(plan, [withdrawn])
    assert file.is_file(), "the page is a tombstone, the killed run had it to clear"
    room.publish("2026-Q3")
    assert not file.exists()
    assert stored(room, file_id(FORM, "2026-Q3", "r1", "data.csv")).is_file()


def test_what_is_remembered_is_found_whichever_plan_it_was(tmp_path: Path) -> None:
    clearings = Clearings(tmp_path)
    clearings.remember("a" * 64, FORM, [{"id": "1"}, {"id": "2"}], is_withdrawn=True)
    clearings.remember("b" * 64, FORM, [{"id": "2"}, {"id": "3"}], is_withdrawn=False)
    clearings.remember("b" * 64, "other", [{"id": "4"}], is_withdrawn=True)
    gone, withdrawn = clearings.find(FORM)
    assert ([one["id"] for one in gone], withdrawn) == (["1", "2", "3"], {"1", "2"})
    clearings.over(FORM)
    assert clearings.find(FORM) == ([], set())
    assert clearings.find("other")[1] == {"4"}
