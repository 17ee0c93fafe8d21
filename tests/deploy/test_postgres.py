"""A cluster of one's own: made once and whole, on loopback behind a password; and what a ledger in it refuses."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from deploy.services import Cluster, ServiceError, free_ports, service_account
from minhbach.core.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "only-in-this-test"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    home, account = Path(tempfile.mkdtemp(prefix="minhbach-postgres-")), service_account()
    home.chmod(0o755)
    (port,) = free_ports(1)
    cluster = Cluster(account.folder(home / "data").with_name("data"), port, account, home / "logs", PASSWORD)
    account.folder(home / "logs")
    (cluster.data / "base").mkdir()  # a start that was killed
    cluster.make()
    server = cluster.service(home, {"max_connections": "20"})
    server.start()
    yield cluster
    server.stop()
    assert not cluster.answers()
    shutil.rmtree(home)


def address(cluster: Cluster, password: str = PASSWORD) -> str:
    return f"postgresql://postgres:{password}@127.0.0.1:{cluster.port}/postgres"


def test_it_is_whole_and_made_once(cluster: Cluster) -> None:
    before = (cluster.data / "PG_VERSION").stat()
    cluster.make()
    assert (cluster.data / "PG_VERSION").stat() == before
    assert {one.name for one in cluster.data.parent.iterdir()} == {"data", "logs", "run"}, "no password is left"
    assert cluster.answers()
    assert PASSWORD not in repr(cluster)


def test_only_who_knows_the_password_gets_in(cluster: Cluster) -> None:
    with psycopg.connect(address(cluster)) as known, known.cursor() as cursor:
        cursor.execute("show listen_addresses")
        assert cursor.fetchone() == ("127.0.0.1",)
        cursor.execute("show unix_socket_directories")
        assert cursor.fetchone() == ("",)
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(address(cluster, "another"))


def test_a_statement_that_fails_stands_in_no_log(cluster: Cluster) -> None:
    with pytest.raises(ServiceError, match=r"psql.*psql\.log") as failed:
        cluster.run_sql("select 'a-value-of-somebody'::integer")
    assert "somebody" not in str(failed.value)
    cluster.run_sql("select 1")
    assert "a-value-of-somebody'" not in (cluster.logs / "postgres.log").read_text(encoding="utf-8")


def test_programs_are_those_of_the_version_that_made_it(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n", encoding="ascii")
    older = Cluster(tmp_path, cluster.port, cluster.account, tmp_path, PASSWORD)
    with pytest.raises(ServiceError, match=r"PostgreSQL 9|postgresql-9"):
        older.service(tmp_path, {})


@pytest.mark.parametrize("statement", ["update minhbach_ledger set content = '{}'", "delete from minhbach_ledger",
                                       "truncate minhbach_ledger"])  # fmt: skip
def test_a_ledger_refuses_to_change_what_stands(cluster: Cluster, statement: str) -> None:
    where = address(cluster).replace("postgresql:", "postgresql+psycopg:")
    ledger = Ledger(where)
    entry = ledger.append_once("frozen", "x/2026-Q3", {"extracts": []})
    assert Ledger(where).append_once("frozen", "x/2026-Q3", {"extracts": []}) == entry, "opened twice"
    with (
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
        psycopg.connect(address(cluster)) as known,
    ):
        known.cursor().execute(statement)
    assert ledger.verify(entry.hash) == 1
