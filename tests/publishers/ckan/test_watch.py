"""Watch and audit of a real CKAN: each kind of harm provoked and found, nothing found on a healthy portal."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from minhbach.cli.app import root as command
from minhbach.core.errors import GateRefused
from minhbach.flow.auditing import audit
from minhbach.flow.house import open_house
from minhbach.flow.watching import refuse, watch
from publishers.ckan.holdings import FILE, RELEASE
from publishers.ckan.names import package_name, table_id
from tests.publishers.ckan.campaign import empty
from tests.publishers.sealed import FORM, RATES
from tests.publishers.sealed import open_house as open_sealed
from tests.publishers.walking import Walk, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal import Portal

pytestmark = [pytest.mark.timeout(1800)]

BEFORE_THE_NEXT, LONG_AFTER = "2026-10-01T03:00:00+00:00", "2027-01-20T03:00:00+00:00"
AGENCIES = 4
NAME = "data.csv"


@pytest.fixture(scope="module")
def walked(portal: Portal, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Give a house that published a quarter to the portal, with the environment set to it."""
    folder = tmp_path_factory.mktemp("watched") / "house"
    sealed = open_sealed(root, folder)
    for dataset in (FORM, RATES):
        sealed.release(dataset, "2026-Q3", agencies=AGENCIES)
    empty(portal)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment(root, folder), **portal.environment()}.items():
            patch.setenv(name, value)
        patch.setenv("MINHBACH_NOW", BEFORE_THE_NEXT)
        walk = Walk(open_house(root), "ckan")
        walk.publish("2026-Q3")
        yield walk


def found(walk: Walk, dataset: str = FORM) -> set[str]:
    watched = watch(walk.house, walk.publication, "ckan")
    assert {one.dataset for one in watched.findings} <= {dataset}
    assert all(one.told["vi"] and one.told["en"] and one.do["vi"] and one.since for one in watched.findings)
    return {one.what for one in watched.findings}


def package(portal: Portal) -> dict[str, Any]:
    held: dict[str, Any] = portal.call("package_show", token=portal.admin_token, id=package_name(FORM))
    return held


def stored(portal: Portal, file: str) -> Path:
    """Find a file of the release on the portal's disk."""
    resource = next(one for one in package(portal)["resources"] if one.get(FILE) == file and one.get(RELEASE))
    place: str = resource["id"]
    return portal.storage / "resources" / place[:3] / place[3:6] / place[6:]


def test_a_healthy_portal_gives_nothing(walked: Walk) -> None:
    watched = watch(walked.house, walked.publication, "ckan")
    assert watched.findings == ()
    assert (watched.datasets, watched.releases) == (2, 2)
    assert watched.files > 20
    assert audit(walked.house, walked.publication, "ckan").traces == ()


def test_what_is_overdue_is_late(walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_NOW", LONG_AFTER)
    watched = watch(walked.house, walked.publication, "ckan")
    assert [(one.dataset, one.what, one.since) for one in watched.findings] == [
        (FORM, "late", "2026-12-23"),
        (RATES, "late", "2026-12-23"),
    ]


def test_an_edited_title_is_named_by_its_field(walked: Walk, portal: Portal) -> None:
    title = package(portal)["title"]
    portal.call("package_patch", token=portal.admin_token, id=package_name(FORM), title="Tiêu đề khác")
    watched = watch(walked.house, walked.publication, "ckan")
    portal.call("package_patch", token=portal.admin_token, id=package_name(FORM), title=title)
    assert {(one.dataset, one.what) for one in watched.findings} == {(FORM, "edited")}
    assert any("title" in one.told["en"] for one in watched.findings)
    assert found(walked) == set()


def test_replaced_bytes_are_tampering(walked: Walk, portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    path = stored(portal, NAME)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"2026-Q3", b"2026-Q9", 1))
    try:
        assert found(walked) == {"tampered"}
        with pytest.raises(GateRefused, match=FORM) as refused:
            refuse(watch(walked.house, walked.publication, "ckan"))
        assert NAME in str(refused.value)
        with pytest.raises(SystemExit) as ended:
            command(["watch", "--portal", "ckan", "--json"])
        assert ended.value.code == 3
        assert [one["what"] for one in json.loads(capsys.readouterr().out)["findings"]] == ["tampered"]
    finally:
        path.write_bytes(whole)


def test_an_emptied_file_is_empty(walked: Walk, portal: Portal) -> None:
    path = stored(portal, NAME)
    whole = path.read_bytes()
    path.write_bytes(whole.splitlines(keepends=True)[0])
    try:
        assert found(walked) == {"tampered", "empty"}
    finally:
        path.write_bytes(whole)


def test_a_changed_row_of_the_table_is_out_of_sync(walked: Walk, portal: Portal) -> None:
    table = table_id(FORM)
    count = psycopg.sql.SQL("select count(*) from {}").format(psycopg.sql.Identifier(table))
    drop = psycopg.sql.SQL("delete from {} where _id = (select max(_id) from {})").format(
        psycopg.sql.Identifier(table), psycopg.sql.Identifier(table)
    )
    with psycopg.connect(portal.datastore_url) as connection:
        before = connection.execute(count).fetchone()
        connection.execute("create table _kept as select * from " + f'"{table}"')
        connection.execute(drop)
    try:
        assert "out of sync" in found(walked)
    finally:
        with psycopg.connect(portal.datastore_url) as connection:
            connection.execute(
                f'insert into "{table}" select * from _kept where _id not in (select _id from "{table}")'
            )
            connection.execute("drop table _kept")
            assert connection.execute(count).fetchone() == before
    assert found(walked) == set()


def test_a_receipt_that_others_signed_is_found(walked: Walk, portal: Portal) -> None:
    resource = next(one for one in package(portal)["resources"] if one.get(FILE) == "receipt.json")
    place: str = resource["id"]
    path = portal.storage / "resources" / place[:3] / place[3:6] / place[6:]
    whole = path.read_bytes()
    path.write_bytes(json.dumps({**json.loads(whole), "approver": "somebody_else"}).encode())
    try:
        assert found(walked) == {"receipt"}
    finally:
        path.write_bytes(whole)


def test_a_portal_that_is_gone_is_unreachable(walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_PORTAL_CKAN_URL", "http://127.0.0.1:9")
    watched = watch(walked.house, walked.publication, "ckan")
    assert {one.what for one in watched.findings} == {"unreachable"}
    assert watched.only_unreachable


def test_after_a_withdrawal_nothing_is_left_and_what_is_put_back_is_found(
    walked: Walk, portal: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = stored(portal, NAME), tmp_path / "kept.csv"
    shutil.copy(path, kept)
    walked.withdraw(FORM, "2026-Q3", "Có số liệu sai; bản thay thế sẽ công bố sau.")
    clean = audit(walked.house, walked.publication, "ckan")
    assert clean.traces == ()
    assert clean.looked["withdrawn releases"] == 1
    assert clean.looked["stored files"] > 0
    assert clean.looked["tables"] > 0
    assert found(walked) == set(), "a tombstone is what was planned"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, path)
    other = portal.storage / "resources" / "abc" / "def" / "00-0000-5000-8000-000000000001"
    other.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, other)
    with psycopg.connect(portal.datastore_url) as connection:
        connection.execute(f'create table "{table_id(FORM)}" as select * from "{table_id(RATES)}"')
    try:
        with pytest.raises(SystemExit) as ended:
            command(["portal", "audit", "--portal", "ckan", "--json"])
        assert ended.value.code == 3
        told = json.loads(capsys.readouterr().out)
        kinds = [trace["kind"] for trace in told["traces"] if trace["edition"]]
        assert kinds.count("file") == 2, "by its id, and by its content under another"
    finally:
        path.unlink()
        other.unlink()
        with psycopg.connect(portal.datastore_url) as connection:
            connection.execute(f'drop table "{table_id(FORM)}"')
    assert audit(walked.house, walked.publication, "ckan").traces == ()
