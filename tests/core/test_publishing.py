"""A plan's hash covers what it does, not who signed the paper it is on; it survives its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from minhbach.core import jsonfile
from minhbach.core.publishing import Change, Plan, Release

CHANGE = Change(
    dataset="so_lieu",
    period="2026-Q3",
    revision="r1",
    action="create",
    manifest_sha256="a" * 64,
    metadata_diff=[{"key": "title", "live": None, "planned": "Số liệu"}],
    row_diff={"against": None, "added": 3, "examples": [{"kind": "added", "key": {"ma": "A"}}]},
)
PLAN = Plan("cong_bo", "2026-Q3", "site", "site", "state", (CHANGE,), "2026-09-23", "an_lap", "key", "signature")


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert PLAN.hash == "e76cfe85c46fb70e39e6856c0ae77e72b20658143aceb3a036b7da9191a28e6c"


def test_a_plan_survives_json() -> None:
    document = json.loads(jsonfile.pretty({"schema": "minhbach/plan/1", **PLAN.document()}))
    again = Plan.from_document(document)
    assert again == PLAN
    assert again.hash == document["hash"] == PLAN.hash


def test_everything_but_the_signature_is_in_the_hash() -> None:
    changed = {
        "publication": "x", "period": "x", "portal": "x", "portal_kind": "x", "live_state": "x", "changes": (),
        "issued": "x", "prepared_by": "x", "preparer_key": "x",
    }  # fmt: skip
    assert set(changed) == set(PLAN.body())
    hashes = {replace(PLAN, **{name: value}).hash for name, value in changed.items()}
    assert len(hashes | {PLAN.hash}) == len(changed) + 1
    assert replace(PLAN, signature="other").hash == PLAN.hash


def test_every_part_of_a_change_is_in_the_hash() -> None:
    changed = {
        "dataset": "x", "period": "x", "revision": "r2", "action": "withdraw", "manifest_sha256": "x",
        "metadata_diff": [], "row_diff": {}, "warnings": ["x"], "reason": "x", "live_state": "x",
    }  # fmt: skip
    assert set(changed) == set(PLAN.body()["changes"][0])
    hashes = {replace(PLAN, changes=(replace(CHANGE, **{name: value}),)).hash for name, value in changed.items()}
    assert len(hashes | {PLAN.hash}) == len(changed) + 1


def test_a_release_has_one_name() -> None:
    assert Release("so_lieu", "2026-Q3", "r1", Path(), {}, "a" * 64).subject == "so_lieu/2026-Q3/r1"
