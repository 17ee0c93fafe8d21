"""A plan is the difference between releases and a portal: its hash is stable and its preparer signs it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core import jsonfile, keys
from minhbach.core.errors import SealBroken, UnreadableFile
from minhbach.core.publishing import Live, LiveDataset, Plan
from minhbach.release import make_plan, read_plan, row_diff, save_plan, sign_plan, withdrawal
from minhbach.release.planning import is_signed
from tests.release.small import DATASET, ISSUED, PERIOD, House, a_table, again, nothing_live

if TYPE_CHECKING:
    from pathlib import Path

GRAIN = ["ky", "ma"]


def a_csv(path: Path, *rows: str) -> Path:
    path.write_text("\r\n".join(["\ufeffky,ma,so", *rows, ""]), encoding="utf-8", newline="")
    return path


def live_of(*held: tuple[str, str], **metadata: Any) -> Live:
    shown = LiveDataset(DATASET, dict(held), metadata, "state-1")
    return Live("site", {DATASET: shown}, "all-1")


def test_rows_are_compared_by_key(tmp_path: Path) -> None:
    old = a_csv(tmp_path / "old.csv", "Q3,A,1", "Q3,B,2", "Q3,C,3")
    new = a_csv(tmp_path / "new.csv", "Q3,D,4", "Q3,C,30", "Q3,A,1")
    assert row_diff(old, new, GRAIN) == {
        "added": 1,
        "removed": 1,
        "changed": 1,
        "unchanged": 1,
        "examples": [
            {"kind": "added", "key": {"ky": "Q3", "ma": "D"}},
            {"kind": "removed", "key": {"ky": "Q3", "ma": "B"}},
            {"kind": "changed", "key": {"ky": "Q3", "ma": "C"}},
        ],
    }


def test_without_an_old_table_every_row_is_added_and_examples_are_few(tmp_path: Path) -> None:
    new = a_csv(tmp_path / "new.csv", *(f"Q3,{place:03},1" for place in range(100)))
    found = row_diff(None, new, GRAIN)
    assert (found["added"], found["removed"], found["changed"], len(found["examples"])) == (100, 0, 0, 5)


def test_an_added_column_changes_its_rows(tmp_path: Path) -> None:
    old = a_csv(tmp_path / "old.csv", "Q3,A,1")
    new = tmp_path / "new.csv"
    new.write_text("ky,ma,so,them\r\nQ3,A,1,\r\n", encoding="utf-8", newline="")
    assert row_diff(old, new, GRAIN)["changed"] == 1


@pytest.mark.parametrize("rows", [["Q3,A,1", "Q3,A,2"], ["Q3,A"], ['Q3,"A,1']])
def test_a_table_without_a_key_is_refused(tmp_path: Path, rows: list[str]) -> None:
    with pytest.raises(UnreadableFile, match=r"new\.csv"):
        row_diff(None, a_csv(tmp_path / "new.csv", *rows), GRAIN)


def test_a_missing_key_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="found no thang"):
        row_diff(None, a_csv(tmp_path / "new.csv", "Q3,A,1"), ["ky", "thang"])


def test_a_first_plan_creates(small: House) -> None:
    plan = small.plan([small.seal(small.write())])
    (change,) = plan.changes
    assert change.action == "create"
    assert change.row_diff["against"] is None
    assert change.row_diff["added"] == 3
    assert change.metadata_diff == [
        {"key": "rows", "live": None, "planned": 3},
        {"key": "title", "live": None, "planned": "Giấy phép"},
    ]


def test_the_same_again_is_unchanged(small: House) -> None:
    release = small.seal(small.write())
    held = (f"{PERIOD}/r1", release.manifest_sha256)
    (change,) = small.plan([release], live_of(held, title="Giấy phép", rows=3)).changes
    assert change.action == "unchanged"
    (change,) = small.plan([release], live_of(held, title="Sửa tay", rows=3)).changes
    assert change.action == "update"
    assert change.metadata_diff == [{"key": "title", "live": "Sửa tay", "planned": "Giấy phép"}]


def test_a_revision_is_compared_with_the_one_before(small: House) -> None:
    first = small.seal(small.write())
    table = a_table(so_nhan=[121, None, 0])
    second = small.seal(small.write(table, revision="r2", previous=first), revision_reason="Ghi sai")
    held = [(f"{PERIOD}/r1", first.manifest_sha256), ("2026-Q2/r10", "0" * 64)]
    (change,) = small.plan([second], live_of(*held)).changes
    assert change.action == "update"
    assert change.row_diff["against"] == f"{PERIOD}/r1"
    assert (change.row_diff["changed"], change.row_diff["unchanged"]) == (1, 2)
    assert not change.warnings


def test_a_portal_that_holds_something_else_is_warned_of(small: House) -> None:
    release = small.seal(small.write())
    (change,) = small.plan([release], live_of((f"{PERIOD}/r1", "f" * 64))).changes
    assert change.action == "update"
    assert release.subject in change.warnings[0]
    (change,) = small.plan([release], live_of((f"{PERIOD}/r7", "f" * 64))).changes
    assert "r7" in change.warnings[0]
    assert change.row_diff["added"] == 3


def test_a_withdrawal_says_why(small: House) -> None:
    release = small.seal(small.write())
    change = withdrawal(release, live_of((f"{PERIOD}/r1", release.manifest_sha256)), "Lộ số nhỏ")
    assert (change.action, change.live_state) == ("withdraw", "state-1")
    assert change.reason == "Lộ số nhỏ"
    plan = make_plan(
        [], nothing_live(), {}, publication="cong_bo", period=PERIOD, portal_kind="site", issued=ISSUED,
        catalog=small.catalog, lake=small.lake, withdrawals=[change],
    )  # fmt: skip
    assert plan.changes == (change,)


def test_the_hash_is_stable_and_everything_is_in_it(small: House) -> None:
    release = small.seal(small.write())
    plan = small.plan([release])
    assert plan == again(small.settings.lake.parent.parent).plan([release])
    others = [
        replace(plan, period="2026-Q2"),
        replace(plan, live_state="x"),
        replace(plan, issued="2026-09-24"),
        replace(plan, prepared_by="giang_hai_vai"),
        replace(plan, preparer_key="x"),
        replace(plan, portal="other"),
        replace(plan, changes=(replace(plan.changes[0], warnings=["x"]),)),
        replace(plan, changes=()),
    ]
    assert len({plan.hash, *(other.hash for other in others)}) == len(others) + 1
    assert replace(plan, signature="").hash == plan.hash


def test_a_plan_survives_its_file(small: House) -> None:
    plan = small.plan([small.seal(small.write())])
    path = save_plan(small.lake, plan)
    assert path.stem == plan.hash
    assert read_plan(path) == plan
    assert is_signed(plan)


def test_signing_again_under_another_name_is_another_plan(small: House) -> None:
    plan = small.plan([small.seal(small.write())])
    other = sign_plan(plan, "giang_hai_vai", small.private("giang_hai_vai"))
    assert other.hash != plan.hash
    assert is_signed(other)
    assert not is_signed(replace(plan, signature=other.signature))
    assert keys.fingerprint(other.preparer_key) != keys.fingerprint(plan.preparer_key)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issued": "2026-12-31"}, "it was changed"),
        ({"signature": ""}, "signature"),
        ({"signature": "AAAA"}, "signature"),
        ({"hash": "0" * 64}, "it was changed"),
        ({"unknown": 1}, "no plan of this version"),
        ({"schema": "minhbach/plan/2"}, "schema"),
    ],
)
def test_an_edited_plan_file_is_refused(small: House, change: dict[str, Any], said: str) -> None:
    path = save_plan(small.lake, small.plan([small.seal(small.write())]))
    document = {**json.loads(path.read_bytes()), **change}
    path.write_bytes(jsonfile.pretty(document))
    with pytest.raises(SealBroken, match=said) as caught:
        read_plan(path)
    assert caught.value.exit_code == 3


def test_a_plan_under_another_name_is_refused(small: House) -> None:
    path = save_plan(small.lake, small.plan([small.seal(small.write())]))
    with pytest.raises(SealBroken, match="it was changed"):
        read_plan(path.rename(path.with_name(f"{'0' * 64}.json")))


def test_no_plan_at_all_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"not json")
    with pytest.raises(SealBroken, match="no JSON"):
        read_plan(path)
    assert isinstance(Plan, type)
