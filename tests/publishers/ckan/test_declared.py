"""What is declared or edited by hand is held to its form before anything is asked of a portal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from minhbach.core.errors import UsageError
from publishers.ckan.holdings import WITHDRAWN, Holdings
from publishers.ckan.publisher import Options

WHOLE = {"reason": "Sai mẫu số.", "on": "2026-10-01", "publication": "minh_bach_hang_quy"}


@pytest.mark.parametrize(
    "given",
    [{"mode": "sql"}, {"at_once": 0}, {"at_once": "4"}, {"at_once": 1.5}, {"timeout": 0}, {"timeout": True}, {"x": 1}],
    ids=str,
)
def test_an_option_that_cannot_be_followed_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"portals\.ckan\.options"):
        Options.read(given, "portals.ckan")


def test_options_that_can_be_followed() -> None:
    options = Options.read({"mode": "api", "at_once": 2, "timeout": 90}, "portals.ckan")
    assert (options.mode, options.at_once, options.timeout) == ("api", 2, 90)


@pytest.mark.parametrize(
    "broken",
    ["[]", '"x"', "{", json.dumps({"2026-Q2/r1": "x"}), json.dumps({"2026-Q2/r1": {"reason": "x"}}),
     json.dumps({"../r1": WHOLE})],
)  # fmt: skip
def test_a_tombstone_broken_by_hand_stops_no_look(broken: str) -> None:
    assert Holdings.of({"extras": [{"key": WITHDRAWN, "value": broken}]}).withdrawn == {}


def test_a_whole_tombstone_is_read() -> None:
    told = {"2026-Q2/r1": WHOLE}
    assert Holdings.of({"extras": [{"key": WITHDRAWN, "value": json.dumps(told)}]}).withdrawn == told
