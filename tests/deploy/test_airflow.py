"""What `python -m deploy.airflow` keeps and refuses before anything runs; the running one is tests/schedule/real."""

from __future__ import annotations

import socket
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.airflow import databases, opening
from deploy.airflow.instance import MARK, Instance, Wish, kept_wish
from deploy.airflow.opening import Opened, open_dags, to_hold
from deploy.airflow.portal import as_wished, known_keys, take_keys
from deploy.airflow.province import Province
from deploy.airflow.secret import passwords, secret
from deploy.airflow.servers import airflow_servers
from deploy.airflow.settings import for_airflow, for_tasks, for_warehouse
from deploy.services import ServiceError, service_account
from minhbach.core.catalog import load_catalog
from tests.airflow import deploy_airflow

if TYPE_CHECKING:
    from pathlib import Path

CKAN = "MINHBACH_PORTAL_CKAN_"
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, service_account(), Wish())


def test_a_secret_is_made_once_and_closed_to_others(instance: Instance) -> None:
    first = secret(instance, "jwt")
    assert len(first) >= 32
    assert secret(instance, "jwt") == first != secret(instance, "fernet")
    files = [path for path in instance.secrets.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert not any(path.stat().st_mode & FOR_OTHERS for path in [instance.secrets, *files])


def test_a_new_person_gets_a_password_and_nobody_loses_one(instance: Instance) -> None:
    before = passwords(instance, ["admin", "steward_demo"])
    after = passwords(instance, ["admin", "steward_demo", "someone_new"])
    assert {name: after[name] for name in before} == before
    assert len(set(after.values())) == 3
    assert not instance.passwords.stat().st_mode & FOR_OTHERS


def test_what_was_asked_for_is_kept(instance: Instance) -> None:
    assert kept_wish(instance.home) is None
    asked = Instance(instance.home, instance.account, Wish(port_base=9100, celery=True, period="2026-Q3"))
    asked.keep()
    assert kept_wish(instance.home) == asked.wish


def test_ports_do_not_meet(instance: Instance) -> None:
    names = ("api-server", "postgres", "redis", "province", "site")
    assert len({instance.port(name) for name in names}) == len(names)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        instance = Instance(tmp_path, service_account(), Wish(port_base=taken.getsockname()[1] - 1))
        with pytest.raises(ServiceError, match=r"taken by another program.*--port-base"):
            databases.postgres(instance).start()


def test_what_prepares_is_held_only_when_the_clock_has_moved(instance: Instance) -> None:
    def at(now: str) -> Province:
        return Province(now, now, {}, ["extract__a", "prepare__b"], {})

    assert to_hold(instance, at("2026-06-23")) == [], "a new instance has nothing to hold"
    text = '{"now": "2026-06-23", "dags": ["extract__a", "prepare__b"]}'
    (instance.home / "opened.json").write_text(text, encoding="utf-8")
    assert Opened.read(instance).dags == ("extract__a", "prepare__b")
    assert to_hold(instance, at("2026-06-23")) == []
    assert to_hold(instance, at("2026-09-23")) == ["prepare__b"]


@pytest.fixture
def portal_home(tmp_path: Path) -> Path:
    """Give a portal's home as `make portal` leaves it."""
    home = tmp_path / "portal"
    home.mkdir()
    for name in ("publisher.token", "datastore.url", "all.token"):
        (home / name).write_text(f"value of {name}\n", encoding="utf-8")
    lines = (
        "# what a publisher needs",
        f"{CKAN}URL=http://127.0.0.1:1",
        f"{CKAN}TOKEN_FILE={home / 'publisher.token'}",
        f"{CKAN}DATASTORE_URL_FILE={home / 'datastore.url'}",
        f"{CKAN}ADMIN_TOKEN_FILE={home / 'all.token'}",
        "PATH=/nowhere",
    )
    (home / "publisher.env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home


def test_a_portal_s_keys_go_to_the_one_worker_that_publishes(instance: Instance, portal_home: Path) -> None:
    asked = replace(instance, wish=Wish(celery=True, portal_home=str(portal_home)))
    take_keys(asked)
    assert known_keys(asked) == {
        f"{CKAN}URL": "http://127.0.0.1:1",
        f"{CKAN}TOKEN": "value of publisher.token",
        f"{CKAN}DATASTORE_URL": "value of datastore.url",
    }
    assert not any(path.stat().st_mode & FOR_OTHERS for path in asked.secrets.iterdir())
    province = Province("2026-06-23", "2026-06-23", {"MINHBACH_CONN_MOT_CUA": "file:///inbox"}, [], {})
    airflow = for_airflow(asked, portal_home, portal_home, province)
    tasks, warehouse = for_tasks(asked, airflow, province), for_warehouse(asked, airflow)
    knowing: dict[str, set[str]] = {"MINHBACH_PORTAL_": set(), "MINHBACH_CONN_": set(), "MINHBACH_LANDING_KEY": set()}
    for server in airflow_servers(asked, portal_home, airflow, tasks, warehouse):
        for prefix, names in knowing.items():
            names |= {server.name for one in server.environment if one.startswith(prefix)}
    assert knowing == {
        "MINHBACH_PORTAL_": {"worker"},
        "MINHBACH_CONN_": {"worker"},
        "MINHBACH_LANDING_KEY": {"worker", "warehouse-worker"},
    }
    take_keys(instance)  # asked for without a portal: nothing of it is kept
    assert known_keys(instance) == {}


def test_a_home_without_a_portal_s_keys_is_one_sentence(instance: Instance, portal_home: Path) -> None:
    (portal_home / "publisher.token").unlink()
    asked = replace(instance, wish=Wish(portal_home=str(portal_home)))
    with pytest.raises(ServiceError, match=r"publisher\.token: found nothing to read.*`make portal`"):
        take_keys(asked)
    assert known_keys(asked) == {}


def test_publications_go_where_it_is_said(project: Path, tmp_path: Path) -> None:
    def portals(wished: str) -> set[str]:
        for path in (project / "catalog").rglob("*"):
            name = path.relative_to(project)
            if path.is_file():
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_bytes(as_wished(str(name), path.read_bytes(), wished))
        return {one.portal for one in load_catalog(tmp_path).publications.values()}

    assert (portals(""), portals("ckan")) == ({"site"}, {"ckan"})


@pytest.mark.parametrize("verb", ["status", "minhbach"])
def test_a_home_that_was_never_up_is_said_to_be_so(tmp_path: Path, verb: str) -> None:
    ran = deploy_airflow(verb, "--home", tmp_path)
    assert ran.returncode == 1
    assert "`up` makes it" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_stop_of_nothing_is_well(tmp_path: Path) -> None:
    ran = deploy_airflow("stop", "--home", tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "Nothing ran.\n")


@pytest.mark.parametrize("verb", ["up", "destroy"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, verb: str) -> None:
    papers = tmp_path / "papers"
    papers.mkdir(mode=0o750)
    (papers / "letter.txt").write_text("mine", encoding="utf-8")
    ran = deploy_airflow(verb, "--home", papers)
    assert ran.returncode == 1
    assert "found files of something else" in ran.stderr
    assert {one.name for one in papers.iterdir()} == {"letter.txt"}
    assert stat.S_IMODE(papers.stat().st_mode) == 0o750


def test_a_start_that_failed_early_can_be_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / MARK).touch()
    (home / "logs").mkdir()
    assert deploy_airflow("destroy", "--home", home).returncode == 0
    assert not home.exists()


def test_an_api_server_that_says_nothing_is_one_sentence(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setattr(Instance, "address", f"http://127.0.0.1:{mute.getsockname()[1]}")
        monkeypatch.setattr(opening, "ANSWER_SECONDS", 0.5)
        province = Province("2026-06-23", "2026-06-23", {}, ["extract__a"], {})
        with pytest.raises(ServiceError, match="expected the api-server's answer"):
            open_dags(instance, "admin", "x", province)
