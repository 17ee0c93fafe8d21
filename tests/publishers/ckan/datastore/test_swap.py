"""What readers see while a copied table is swapped, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from minhbach.core.errors import PortalFailed
from publishers.ckan.datastore import CopyLoader, check, database, holding
from publishers.ckan.datastore.structure import PREFIX

from .tables import SPEC, release

ROOT = Path(__file__).parents[4]
SIZES = {"r1": 300, "r2": 500}
EVERY = 0.05
SWAPS = 10


def _waiting(loader, resource_id):
    return [name for name in loader.waiting() if resource_id in name]


def _load(loader, resource_id, name):
    with loader.swap(loader.prepare(resource_id, SPEC, release(name, SIZES[name]))):
        pass


class Reader(threading.Thread):
    """Asks for the whole table every 50 ms, as anybody, and keeps whatever was not one whole release."""

    def __init__(self, url: str, resource_id: str) -> None:
        super().__init__(daemon=True)
        self.url, self.resource_id = f"{url}/api/3/action/datastore_search", resource_id
        self.seen: list[str] = []
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=120) as http:
            while not self.ended.wait(EVERY):
                began = time.monotonic()
                answer = http.get(self.url, params={"resource_id": self.resource_id, "limit": 1000, "sort": "_id"})
                self.slowest = max(self.slowest, time.monotonic() - began)
                if answer.status_code != 200:
                    self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
                    continue
                found = answer.json()["result"]
                releases = {row["ban"] for row in found["records"]}
                if len(releases) != 1:
                    self.wrong.append(f"mixed or empty: {releases}")
                elif {len(found["records"]), found["total"]} != {SIZES[name] for name in releases}:
                    self.wrong.append(f"{releases}: {len(found['records'])} rows, total {found['total']}")
                else:
                    self.seen += releases

    def stop(self) -> None:
        self.ended.set()
        self.join(120)


def test_readers_see_one_whole_release_during_ten_swaps(copying, resource, portal):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    readers = [Reader(portal.url, resource_id) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(SWAPS + 1):
            name = "r1" if number % 2 == 0 else "r2"
            _load(copying, resource_id, name)
            while not all(reader.seen[-1:] == [name] or reader.wrong for reader in readers):
                time.sleep(EVERY)  # so that every release is read at least once by everybody
    finally:
        for reader in readers:
            reader.stop()
    for reader in readers:
        assert reader.wrong == []
        changes = sum(before != after for before, after in zip(reader.seen, reader.seen[1:], strict=False))
        assert changes == SWAPS, "a reader went back to an older release or never saw one"


def test_a_reader_who_asks_meanwhile_gets_what_the_page_says_afterwards(copying, resource, portal):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    prepared = copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    reader = Reader(portal.url, resource_id)
    with copying.swap(prepared):
        reader.start()
        time.sleep(4 * EVERY)
        assert reader.seen == reader.wrong == []
    while not (reader.seen or reader.wrong):
        time.sleep(EVERY)
    reader.stop()
    assert set(reader.seen) == {"r2"}
    assert reader.wrong == []


def test_readers_do_not_wait_for_a_page_that_takes_its_time(copying, resource, searched, monkeypatch):
    monkeypatch.setattr(holding, "MOST", 0.2)
    resource_id = resource()
    _load(copying, resource_id, "r1")
    with copying.swap(copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))):
        assert searched(resource_id)["total"] == SIZES["r1"]
    assert searched(resource_id)["total"] == SIZES["r2"]
    assert _waiting(copying, resource_id) == []


def test_a_publisher_whose_machine_is_gone_holds_up_nobody(copying, resource, searched, monkeypatch):
    monkeypatch.setattr(holding, "SILENCE", "200ms")
    resource_id = resource()
    _load(copying, resource_id, "r1")
    with copying.swap(copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))):
        assert searched(resource_id)["total"] == SIZES["r1"], "the database has ended the hold"
    assert searched(resource_id)["total"] == SIZES["r2"], "the page is out, so its table follows"
    assert _waiting(copying, resource_id) == []


def test_a_body_that_raises_leaves_everything_as_it_was(copying, resource, searched):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    prepared = copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    with pytest.raises(PortalFailed, match="refused"), copying.swap(prepared):
        raise PortalFailed("the portal refused.")
    assert searched(resource_id)["total"] == SIZES["r1"]
    assert _waiting(copying, resource_id) == [prepared.table]
    with copying.swap(copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))):
        pass
    assert searched(resource_id)["total"] == SIZES["r2"]
    assert _waiting(copying, resource_id) == []


def test_nobody_sees_a_table_that_waits(copying, resource, portal, anonymous):
    resource_id = resource()
    prepared = copying.prepare(resource_id, SPEC, release("r1", 20))
    for name in (prepared.table, resource_id):
        for token in (portal.publisher_token, None):
            headers = {"Authorization": token} if token else {}
            told = {"resource_id": name}
            answer = httpx.post(f"{portal.url}/api/3/action/datastore_search", json=told, headers=headers)
            assert answer.status_code == 404
    listed = anonymous.read("datastore_search", resource_id="_table_metadata", limit=1000)["records"]
    assert prepared.table not in {row["name"] for row in listed}
    with psycopg.connect(portal.datastore_url) as connection:
        readers = connection.execute(
            "SELECT count(*) FROM aclexplode((SELECT relacl FROM pg_class WHERE relname = %s)) a "
            "WHERE a.grantee <> a.grantor",
            [prepared.table],
        ).fetchone()
    assert readers == (0,)
    assert prepared.table not in copying.clean(keep=[resource_id])
    assert prepared.table in copying.clean()
    assert _waiting(copying, resource_id) == []


DYING = """
import os, signal, sys
from publishers.ckan.datastore import CopyLoader, Rows
from tests.publishers.ckan.datastore.tables import SPEC, release

def deadly(rows):
    def read():
        for batch in rows.open():
            yield batch.slice(0, 100)
            os.kill(os.getpid(), signal.SIGKILL)
    return Rows(read, "a file")

loader = CopyLoader(os.environ["DSN"])
rows = release("r2", 500)
prepared = loader.prepare(sys.argv[1], SPEC, deadly(rows) if sys.argv[2] == "copying" else rows)
with loader.swap(prepared):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("where", ["copying", "swapping"])
def test_a_killed_run_is_repeated_and_leaves_nothing(where, copying, resource, portal, anonymous, searched):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    known = {**os.environ, "DSN": portal.datastore_url, "PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", DYING, resource_id, where], cwd=ROOT, env=known, check=False)
    assert died.returncode == -signal.SIGKILL
    assert searched(resource_id)["total"] == SIZES["r1"]
    assert len(_waiting(copying, resource_id)) == (1 if where == "swapping" else 0)
    prepared = copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    with copying.swap(prepared):
        pass
    assert _waiting(copying, resource_id) == []
    assert check(anonymous, resource_id, SPEC, prepared.digest) == []
    with psycopg.connect(portal.datastore_url) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE %s OR relname LIKE %s",
            [f"%{resource_id}%", "\\_minhbach%"],
        ).fetchall()
    assert {name for (name,) in left if not name.startswith(PREFIX) or resource_id in name} == {
        resource_id,
        f"{resource_id}_pkey",
        f"{resource_id}__id_seq",
    }


def test_a_side_table_of_other_content_goes_when_a_new_one_comes(copying, resource):
    resource_id = resource()
    old = copying.prepare(resource_id, SPEC, release("r1", 10))
    new = copying.prepare(resource_id, SPEC, release("r2", 10))
    assert _waiting(copying, resource_id) == [new.table]
    with pytest.raises(PortalFailed, match="expected what was prepared"), copying.swap(old):
        pytest.fail("the body must not run")
    copying.clean()


def test_a_live_table_that_is_right_is_left_alone_and_an_edited_one_is_replaced(copying, resource, portal, searched):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    assert copying.prepare(resource_id, SPEC, release("r1", SIZES["r1"])).is_live
    row = {"ky_bao_cao": "2026-Q1", "mã_hồ_sơ": "HS-00000", "so_nho": 1}
    portal.call("datastore_upsert", token=portal.publisher_token, resource_id=resource_id, force=True, records=[row])
    prepared = copying.prepare(resource_id, SPEC, release("r1", SIZES["r1"]))
    assert not prepared.is_live
    with copying.swap(prepared):
        pass
    found = searched(resource_id, filters={"mã_hồ_sơ": "HS-00000"})["records"]
    assert [row["so_nho"] for row in found] == [-50]


def test_aliases_go_with_the_table(copying, resource, portal, searched):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    alias = f"bang-{resource_id[:8]}"
    portal.call("datastore_create", token=portal.publisher_token, resource_id=resource_id, force=True, aliases=[alias])
    assert searched(alias)["total"] == SIZES["r1"]
    _load(copying, resource_id, "r2")
    assert searched(alias, limit=1)["records"][0]["ban"] == "r2"


def test_a_reader_who_holds_the_table_delays_the_swap_and_is_not_disturbed(copying, resource, portal, searched):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    prepared = copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    with psycopg.connect(portal.datastore_url) as slow:
        slow.execute(f'SELECT count(*) FROM "{resource_id}"')
        swapping = threading.Thread(target=_swap, args=(copying, prepared))
        swapping.start()
        for _ in range(5):
            assert searched(resource_id)["total"] == SIZES["r1"]
        assert slow.execute(f'SELECT count(*) FROM "{resource_id}"').fetchone() == (SIZES["r1"],)
        slow.rollback()
    swapping.join(120)
    assert searched(resource_id)["total"] == SIZES["r2"]


def _swap(loader, prepared):
    with loader.swap(prepared):
        pass


def test_a_table_that_never_comes_free_is_told_in_a_sentence(copying, resource, portal, monkeypatch):
    monkeypatch.setattr(database.lock_exclusively, "__defaults__", (0.5,))
    resource_id = resource()
    _load(copying, resource_id, "r1")
    prepared = copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    with psycopg.connect(portal.datastore_url) as slow:
        slow.execute(f'SELECT count(*) FROM "{resource_id}"')
        with pytest.raises(PortalFailed, match="expected a moment without readers"), copying.swap(prepared):
            pass
    copying.clean()


def test_a_commit_whose_answer_was_lost_is_looked_for(copying, resource, monkeypatch):
    resource_id = resource()
    prepared = copying.prepare(resource_id, SPEC, release("r1", SIZES["r1"]))
    commit = psycopg.Connection.commit

    def lost(connection):
        commit(connection)
        raise psycopg.OperationalError("the answer was lost")

    with monkeypatch.context() as patched, copying.swap(prepared):
        patched.setattr(psycopg.Connection, "__exit__", _committing(lost))
    assert copying.prepare(resource_id, SPEC, release("r1", SIZES["r1"])).is_live


def _committing(commit):
    def leave(connection, *_):
        try:
            commit(connection)
        finally:
            psycopg.Connection.__exit__ = leave.before
            connection.close()

    leave.before = psycopg.Connection.__exit__
    return leave


def test_a_database_that_is_not_there_is_told_without_its_address():
    secret = "khong-ai-biet"
    loader = CopyLoader(f"postgresql://minhbach:{secret}@127.0.0.1:1/khong_co")
    with pytest.raises(PortalFailed) as failed:
        loader.prepare("00000000-0000-5000-8000-000000000000", SPEC, release("r1", 1))
    assert secret not in f"{failed.value}{loader!r}"
    assert "the database failed" in str(failed.value)


def test_a_withdrawn_table_is_gone_with_its_count_and_whatever_waited(copying, resource, portal):
    resource_id = resource()
    _load(copying, resource_id, "r1")
    copying.prepare(resource_id, SPEC, release("r2", SIZES["r2"]))
    copying.drop(resource_id)
    copying.drop(resource_id)
    with psycopg.connect(portal.datastore_url) as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE %s", [f"%{resource_id}%"]).fetchall()
        counted = connection.execute("SELECT 1 FROM _table_stats WHERE resource_id = %s", [resource_id]).fetchall()
    assert left == counted == []
