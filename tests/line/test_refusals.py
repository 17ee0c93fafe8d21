"""The second apply writes nothing; what was edited, moved or approved by the wrong hand is refused."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from minhbach.core import keys, seal
from tests.line.rehearsal import PERIODS, Rehearsal, refused

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.line


def newest_plan(rehearsal: Rehearsal) -> Path:
    plans = list((rehearsal.folder / "lake" / "plans").rglob(f"{PERIODS[1]}/*.json"))
    assert len(plans) == 1
    return plans[0]


def stands(rehearsal: Rehearsal) -> dict[str, tuple[int, int, int]]:
    """Tell of every file of a house which one it is, when it was written and how large it is."""
    found = {}
    for path in rehearsal.folder.rglob("*"):
        if path.is_file() and "sandbox" not in path.parts and path.name not in {"lock", ".lock"}:
            stat = path.lstat()
            found[str(path.relative_to(rehearsal.folder))] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    assert len(found) > 100
    return found


def person(rehearsal: Rehearsal, name: str) -> str:
    return str(rehearsal.folder / "keys" / "people" / f"{name}.key")


def test_a_second_apply_writes_nothing(house: Rehearsal) -> None:
    before = stands(house)
    ran = house.command("apply", str(newest_plan(house)), "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["written"] is False
    assert stands(house) == before


def test_an_edited_page_is_refused_by_name(house: Rehearsal) -> None:
    page = house.site.resolve() / "index.html"
    page.chmod(0o600)
    page.write_bytes(page.read_bytes().replace(b"</body>", b"<p>x</p></body>"))
    before = stands(house)
    sentence = refused(house.command("apply", str(newest_plan(house))), 3)
    assert "index.html" in sentence
    assert stands(house) == before


def test_a_release_that_moved_is_refused_by_name(house: Rehearsal) -> None:
    data = next((house.folder / "lake" / "releases").glob(f"*/{PERIODS[1]}/r1/data.csv"))
    content = bytearray(data.read_bytes())
    content[-20] ^= 1
    data.chmod(0o600)
    data.write_bytes(content)
    before = stands(house)
    sentence = refused(house.command("apply", str(newest_plan(house))), 3)
    assert "data.csv" in sentence
    assert data.parts[-4] in sentence
    assert stands(house) == before


def test_an_older_revision_that_is_damaged_stops_the_next_release(house: Rehearsal) -> None:
    with house.at(PERIODS[1]) as opened:
        release = next((house.folder / "lake" / "releases").glob(f"*/{PERIODS[1]}/r1"))
        newer = shutil.copytree(release, release.with_name("r2"))
        manifest = json.loads((newer / "manifest.json").read_bytes())
        for name in ("SHA256SUMS", "manifest.sig"):
            (newer / name).unlink()
        seal.close(newer, {**manifest, "revision": "r2"}, keys.secret("SIGNING_KEY", opened.settings).value)
    (release / "data.csv").chmod(0o600)
    (release / "data.csv").write_bytes(b"")
    sentence = refused(house.command("release", "--period", PERIODS[1]), 3)
    assert "data.csv" in sentence
    assert "/r1" in sentence


def test_an_approval_is_of_one_plan_only(house: Rehearsal) -> None:
    key = person(house, "preparer_demo")
    asked = ("withdraw", "giai_quyet_ho_so", "--period", PERIODS[1], "--reason", "sai mẫu số", "--key", key, "--json")
    planned = house.command(*asked)
    assert planned.returncode == 0, planned.stderr
    before = stands(house)
    sentence = refused(house.command("apply", json.loads(planned.stdout)["file"]), 3)
    assert "approv" in sentence
    assert stands(house) == before


def test_a_plan_that_was_changed_is_no_plan(house: Rehearsal, tmp_path: Path) -> None:
    changed = tmp_path / newest_plan(house).name
    shutil.copy(newest_plan(house), changed)
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace('"added": ', '"added": 1'), encoding="utf-8")
    assert changed.read_text(encoding="utf-8") != text
    before = stands(house)
    refused(house.command("apply", str(changed)), 3)
    refused(house.command("approve", str(changed), "--key", person(house, "steward_demo")), 3)
    assert stands(house) == before


def test_nobody_approves_what_he_prepared(house: Rehearsal) -> None:
    before = stands(house)
    sentence = refused(house.command("approve", str(newest_plan(house)), "--key", person(house, "preparer_demo")), 3)
    assert "preparer_demo" in sentence
    assert stands(house) == before


def test_a_key_of_nobody_is_refused(house: Rehearsal, tmp_path: Path) -> None:
    made = house.command("keys", "new", "nguoi_la", "--into", str(tmp_path))
    assert made.returncode == 0, made.stderr
    sentence = refused(house.command("approve", str(newest_plan(house)), "--key", str(tmp_path / "nguoi_la.key")), 2)
    assert "nobody" in sentence


def test_a_ledger_that_was_edited_breaks(house: Rehearsal) -> None:
    import sqlite3

    proven = house.command("ledger", "verify", "--json")
    assert proven.returncode == 0, proven.stderr
    assert json.loads(proven.stdout)["entries"] >= 10
    with sqlite3.connect(house.folder / "ledger.sqlite") as connection:
        table = connection.execute("select name from sqlite_master where type = 'table' limit 1").fetchone()[0]
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{trigger}"')
        connection.execute(f"update \"{table}\" set subject = 'x' where number = 3")
    connection.close()
    refused(house.command("ledger", "verify"), 3)
