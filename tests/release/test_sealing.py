"""A release is sealed once: whole, signed, in the ledger; the same again is found, another is refused."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core import jsonfile, seal
from minhbach.core.errors import AttackSucceeded, GateRefused, MinhBachError, SealBroken, UsageError, VerdictFailed
from minhbach.core.rows import read_csv
from minhbach.release import load, newest, reconcile, revision_for
from tests.release.small import ATTACK, DATASET, GATES, PERIOD, House, a_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = {"so_nhan": [121, None, 0]}


def snapshot(root: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, jsonfile.file_sha256(path))
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_a_release_has_the_promised_manifest(small: House) -> None:
    release = small.seal(small.write())
    assert release.folder == small.lake.release(DATASET, PERIOD, "r1")
    assert not small.staging.exists()
    manifest = release.manifest
    assert set(manifest) == {
        "schema", "dataset", "period", "revision", "rows", "logical_sha256", "files", "sources", "code_version",
        "declaration_sha256", "policy_sha256", "gates", "suppressed", "attack", "issued", "data_as_of", "waived",
    }  # fmt: skip
    assert manifest["rows"] == 3
    assert manifest["gates"] == [{"name": gate, "passed": True, "checks": 2} for gate in ("mart", "release")]
    assert release.manifest_sha256 == jsonfile.file_sha256(release.folder / "manifest.json")
    entry = small.ledger.last("released", f"{DATASET}/{PERIOD}/r1")
    assert entry is not None
    assert entry.content["manifest_sha256"] == release.manifest_sha256


def test_a_careful_umask_does_not_hide_what_is_public(small: House) -> None:
    before = os.umask(0o077)
    try:
        release = small.seal(small.write())
    finally:
        os.umask(before)
    assert release.folder.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in release.folder.iterdir()} == {0o644}


def test_sha256sum_agrees(small: House) -> None:
    release = small.seal(small.write())
    sums = seal.parse_sums((release.folder / "SHA256SUMS").read_bytes(), "here")
    assert set(sums) == {path.name for path in release.folder.iterdir()} - {"SHA256SUMS", "manifest.sig"}
    assert all(jsonfile.file_sha256(release.folder / name) == value for name, value in sums.items())


def test_a_second_seal_of_the_same_writes_nothing(small: House) -> None:
    first = small.seal(small.write())
    before = snapshot(small.lake.root / "releases")
    assert before
    head = small.ledger.head()
    second = small.seal(small.write())
    assert second == first
    assert snapshot(small.lake.root / "releases") == before
    assert small.ledger.head() == head


def test_another_content_is_refused_without_a_reason(small: House) -> None:
    small.seal(small.write())
    before = snapshot(small.lake.root / "releases")
    with pytest.raises(GateRefused, match="books are closed"):
        small.seal(small.write(a_table(**OTHER)))
    with pytest.raises(GateRefused, match="books are closed"):
        revision_for(a_table(**OTHER), dataset=DATASET, period=PERIOD, catalog=small.catalog, lake=small.lake)
    assert snapshot(small.lake.root / "releases") == before


def test_a_revision_needs_a_reason_and_says_what_changed(small: House) -> None:
    first = small.seal(small.write())
    table = a_table(**OTHER)
    given: dict[str, Any] = {"dataset": DATASET, "period": PERIOD, "catalog": small.catalog, "lake": small.lake}
    assert revision_for(a_table(), **given) == "r1"
    assert revision_for(table, **given, reason="Ghi sai") == "r2"
    second = small.seal(small.write(table, revision="r2", previous=first), revision_reason="Ghi sai")
    assert second.revision == "r2"
    assert second.manifest["revision_reason"] == "Ghi sai"
    columns, rows = read_csv(second.folder / "changes.csv")
    assert columns == ["kind", "ky_bao_cao", "ma_don_vi", "column", "new"]
    assert list(rows) == [["changed", PERIOD, "B", "so_nhan", "121"]]
    assert "changes.csv" in second.manifest["files"]
    assert newest(small.lake, DATASET, PERIOD) == second
    assert load(small.lake, DATASET, PERIOD, "r1") == first
    again = small.write(table, revision="r2", previous=second)
    assert again.files == second.manifest["files"]
    assert small.seal(again) == second


def test_a_revision_under_the_wrong_name_is_refused(small: House) -> None:
    with pytest.raises(UsageError, match="expected r1"):
        small.seal(small.write(revision="r2"))
    small.seal(small.write())
    with pytest.raises(UsageError, match="expected r2"):
        small.seal(small.write(a_table(**OTHER)), revision_reason="Ghi sai")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"gates": []}, VerdictFailed),
        ({"gates": [GATES[0], {**GATES[1], "passed": False}]}, VerdictFailed),
        ({"attack": {**ATTACK, "recovered": 1}}, AttackSucceeded),
        ({"attack": {**ATTACK, "narrow": 2}}, AttackSucceeded),
    ],
)
def test_what_did_not_pass_is_not_sealed(small: House, change: dict[str, Any], error: type[MinhBachError]) -> None:
    with pytest.raises(error):
        small.seal(small.write(), **change)
    assert not small.lake.revisions(DATASET, PERIOD)
    assert not small.ledger.entries()


def test_a_file_edited_between_judging_and_sealing_is_noticed(small: House) -> None:
    written = small.write()
    (written.folder / "data.csv").write_bytes(b"other")
    with pytest.raises(SealBroken, match=r"data\.csv"):
        small.seal(written)
    (small.write().folder / "extra.csv").write_bytes(b"other")
    with pytest.raises(SealBroken, match=r"extra\.csv"):
        small.seal(written)
    assert not small.lake.revisions(DATASET, PERIOD)


def test_a_folder_the_ledger_does_not_know_is_entered_once(small: House) -> None:
    release = small.seal(small.write())
    lost = type(small)(small.root, small.catalog, small.settings, small.lake, type(small.ledger)("sqlite://"))
    assert not lost.ledger.entries()
    assert reconcile(lost.lake, lost.ledger, DATASET, PERIOD) == [release]
    assert reconcile(lost.lake, lost.ledger, DATASET, PERIOD) == []
    assert lost.seal(lost.write()) == release
    assert len(lost.ledger.entries("released")) == 1


def test_a_release_that_is_gone_is_missed(small: House) -> None:
    release = small.seal(small.write())
    shutil.rmtree(release.folder)
    with pytest.raises(SealBroken, match="what the ledger released"):
        small.seal(small.write())
    small.ledger.append("withdrawn", release.subject, {"reason": "riêng tư"})
    assert reconcile(small.lake, small.ledger, DATASET, PERIOD) == []


def test_another_release_under_a_released_name_is_noticed(small: House) -> None:
    small.seal(small.write())
    shutil.rmtree(small.lake.release(DATASET, PERIOD, "r1"))
    forged = type(small)(small.root, small.catalog, small.settings, small.lake, type(small.ledger)("sqlite://"))
    forged.seal(forged.write(a_table(**OTHER)))
    with pytest.raises(SealBroken, match="entry 1"):
        small.seal(small.write(a_table(**OTHER)))


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_bytes(jsonfile.pretty(document))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("data.csv", lambda path: path.unlink()),
        ("data.xlsx", lambda path: path.write_bytes(path.read_bytes()[:-1])),
        ("manifest.json", lambda path: edit(path, lambda d: d.update(rows=4))),
        ("SHA256SUMS", lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x\n")),
        ("manifest.sig", lambda path: edit(path, lambda d: d.update(period="2026-Q2"))),
        ("notes.txt", lambda path: path.write_bytes(b"mine")),
    ],
)
def test_load_refuses_a_folder_that_was_touched(small: House, name: str, damage: Callable[[Path], None]) -> None:
    release = small.seal(small.write())
    damage(release.folder / name)
    with pytest.raises(SealBroken, match=name.replace(".", r"\.")):
        load(small.lake, DATASET, PERIOD)


def test_a_folder_moved_to_another_name_is_refused(small: House) -> None:
    release = small.seal(small.write())
    release.folder.rename(release.folder.with_name("r2"))
    with pytest.raises(SealBroken, match="another release"):
        load(small.lake, DATASET, PERIOD, "r2")


def test_load_of_nothing_says_what_makes_it(small: House) -> None:
    with pytest.raises(UsageError, match="minhbach release"):
        load(small.lake, DATASET, PERIOD)


def test_a_named_release_that_moved_is_a_broken_seal(small: House) -> None:
    release = small.seal(small.write())
    release.folder.rename(release.folder.with_name("elsewhere"))
    with pytest.raises(SealBroken, match="moved or is gone") as caught:
        load(small.lake, DATASET, PERIOD, "r1")
    assert caught.value.exit_code == 3
