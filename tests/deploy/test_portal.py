"""The local portal as a whole: unprivileged, on loopback, silent about its secrets, repeatable, gone when stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from deploy.portal.keys import secrets_of
from deploy.portal.owners import owners
from deploy.portal.services import services_of
from deploy.services import Running, port_free
from tests.portal import ORGANIZATIONS, deploy_portal, free_base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal import Portal

WARM_SECONDS = 30 * 4
"""Thirty seconds on an idle machine of this kind; one that is four times slower is no failure."""


def family(portal: Portal) -> list[psutil.Process]:
    """Return every process of the portal."""
    leaders = [service.process() for service in services_of(portal.home, secrets_of(portal.home))]
    assert len(leaders) == 5
    assert all(leaders)
    found = {one.pid for leader in leaders if leader for one in leader.family()}
    return [psutil.Process(pid) for pid in found if psutil.pid_exists(pid)]


def test_every_port_is_on_loopback(portal: Portal) -> None:
    listening = [
        one.laddr for process in family(portal) for one in process.net_connections("inet") if one.status == "LISTEN"
    ]
    ports = portal.home.ports
    assert {one.port for one in listening} == {ports.ckan, ports.postgres, ports.redis, ports.solr}
    assert {one.ip for one in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root runs services as oneself")
def test_no_process_runs_as_root(portal: Portal) -> None:
    assert {process.username() for process in family(portal)} == {"minhbach"}


def test_no_secret_is_in_a_log_a_command_line_or_the_status(portal: Portal) -> None:
    kept = json.loads((portal.home.path / "secrets.json").read_text(encoding="utf-8"))
    secrets = {*kept.values(), portal.admin_token, portal.publisher_token, portal.datastore_url}
    assert len(secrets) == 12
    assert min(map(len, secrets)) > 30
    shown = deploy_portal("status", "--home", portal.home.path)
    assert shown.returncode == 0, shown.stdout
    texts = {path.name: path.read_text("utf-8", "replace") for path in portal.home.logs.iterdir()}
    assert {"access.log", "ckan.log", "postgres.log", "redis.log", "solr.log", "prepare.log"} <= set(texts)
    texts["status"] = shown.stdout + shown.stderr
    texts["command lines"] = "\n".join(" ".join(process.cmdline()) for process in family(portal))
    texts["publisher.env"] = portal.home.publisher_env.read_text(encoding="utf-8")
    assert [name for name, text in texts.items() if any(one in text for one in secrets)] == []


def test_only_its_owner_reads_what_is_secret(portal: Portal) -> None:
    home = portal.home
    files = [home.path / "secrets.json", home.ini, home.admin_token, home.publisher_token, home.datastore_url]
    files += [home.publisher_env, home.path / "redis" / "redis.conf", home.logs, home.storage, home.path / "run"]
    assert {path: oct(path.stat().st_mode & 0o077) for path in files if path.stat().st_mode & 0o077} == {}
    assert not list((home.path / "ckan").glob("**/*.token"))


def test_what_a_publisher_needs_is_named_and_works(portal: Portal) -> None:
    environment = portal.environment()
    assert environment["MINHBACH_PORTAL_CKAN_URL"] == portal.url
    assert all(Path(value).exists() for name, value in environment.items() if not name.endswith("URL"))
    made = portal.call("organization_list_for_user", token=portal.publisher_token, permission="create_dataset")
    assert {one["name"] for one in made} >= set(ORGANIZATIONS)
    assert portal.call("organization_show", id="ubnd-quang-ninh")["title"] == ORGANIZATIONS["ubnd-quang-ninh"]


@pytest.mark.parametrize("action", ["organization_create", "group_create", "user_create", "config_option_update"])
def test_the_publishing_account_is_an_editor_and_no_more(portal: Portal, action: str) -> None:
    sent = {"name": "khong-duoc", "email": "x@example.com", "password": "khong-duoc-phep"}
    for token in (portal.publisher_token, None):
        headers = {"Authorization": token} if token else {}
        answer = httpx.post(f"{portal.url}/api/3/action/{action}", json=sent, headers=headers)
        assert answer.status_code == httpx.codes.FORBIDDEN


def test_the_organisations_are_the_owners_of_the_projects_datasets(project: Path) -> None:
    found = owners(project) | owners(project / "examples" / "boston311")
    assert set(found) == set(ORGANIZATIONS)


def test_the_plugins_are_on_and_the_version_is_the_measured_one(portal: Portal) -> None:
    status = portal.call("status_show")
    assert {"activity", "datastore", "xloader", "datatables_view", "dcat", "structured_data", "stats"} <= set(
        status["extensions"]
    )
    assert portal.call("status_show", token=portal.admin_token)["ckan_version"] == "2.12.0"


def test_up_on_a_running_portal_changes_nothing(portal: Portal) -> None:
    before = {process.pid for process in family(portal) if process.name() in {"postgres", "gunicorn", "java"}}
    again = deploy_portal("up", "--home", portal.home.path)
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert {process.pid for process in family(portal) if process.name() in {"postgres", "gunicorn", "java"}} == before


def test_stop_leaves_no_process_and_a_warm_start_brings_everything_back(portal: Portal) -> None:
    name = "mot-bo-du-lieu"
    portal.reset()
    portal.call("package_create", token=portal.publisher_token, name=name, title="Bộ", owner_org=portal.organization)
    processes = [Running.of(process.pid) for process in family(portal)]
    assert len(processes) > 8
    stopped = deploy_portal("stop", "--home", portal.home.path)
    assert stopped.stdout == "Stopped.\n"
    assert [one for one in processes if one and one.alive()] == []
    ports = portal.home.ports
    assert all(port_free(port) for port in (ports.ckan, ports.postgres, ports.redis, ports.solr))
    told = deploy_portal("status", "--home", portal.home.path)
    assert told.returncode == 1
    assert told.stdout.count("does not run") == 5
    assert deploy_portal("stop", "--home", portal.home.path).stdout == "Nothing ran.\n"
    up = deploy_portal("up", "--home", portal.home.path)
    assert up.returncode == 0, up.stderr
    seconds = re.search(r"is up after (\d+) s", up.stdout)
    assert seconds is not None
    assert int(seconds[1]) <= WARM_SECONDS
    assert portal.call("package_search", token=portal.publisher_token, q="Bộ")["count"] == 1
    portal.reset()


def test_a_dead_solr_is_noticed_and_its_return_too(portal: Portal) -> None:
    assert portal.call("package_search", rows=0)["count"] >= 0
    portal.stop_solr()
    try:
        # What this check is for: the page that is called status notices nothing.
        assert portal.call("status_show")
        assert httpx.get(f"{portal.url}/api/3/action/package_search?rows=0").is_server_error
        told = deploy_portal("status", "--home", portal.home.path)
    finally:
        portal.start_solr()
    assert told.returncode == 1
    assert re.search(r"^solr .* does not run ", told.stdout, re.MULTILINE)
    assert re.search(r"^ckan .* package_search fails ", told.stdout, re.MULTILINE)
    assert deploy_portal("status", "--home", portal.home.path).returncode == 0


def test_reset_empties_the_portal_and_keeps_who_works_there(portal: Portal) -> None:
    token = portal.publisher_token
    name = "se-mat"
    made = portal.call("package_create", token=token, name=name, title=name, owner_org=portal.organization)
    sent = {"package_id": made["id"], "name": "tep"}
    answer = httpx.post(
        f"{portal.url}/api/3/action/resource_create",
        headers={"Authorization": token},
        data=sent,
        files={"upload": ("tep.txt", "một dòng".encode())},
    )
    assert answer.is_success, answer.text
    portal.call(
        "datastore_create",
        token=token,
        resource={"package_id": made["id"], "name": "bang"},
        fields=[{"id": "mã", "type": "text"}],
        records=[{"mã": "1"}],
    )
    assert [path for path in portal.storage.rglob("*") if path.is_file()]
    portal.reset()
    assert portal.call("package_search", token=portal.admin_token, include_private=True)["count"] == 0
    assert portal.call("datastore_search", resource_id="_table_metadata")["total"] == 0
    assert [path for path in portal.storage.rglob("*") if path.is_file()] == []
    assert set(portal.call("organization_list")) >= set(ORGANIZATIONS)
    portal.call("package_create", token=token, name=name, title=name, owner_org=portal.organization)
    portal.reset()


def test_the_access_log_counts_writes_and_only_writes(portal: Portal) -> None:
    portal.reset()
    before = portal.log_size()
    httpx.get(f"{portal.url}/api/3/action/package_list")
    portal.call("package_search", q="x")
    assert portal.writes(before) == []
    portal.call(
        "package_create", token=portal.publisher_token, name="mot-lan-ghi", title="x", owner_org=portal.organization
    )
    assert portal.writes(before) == ["POST /api/3/action/package_create HTTP/1.1"]
    portal.reset()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minhbach-portal-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


def test_a_taken_port_is_one_sentence_before_anything_is_installed(elsewhere: Path) -> None:
    base = free_base()
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 3))
        other.listen()
        ran = deploy_portal("up", "--home", elsewhere, "--port-base", str(base))
    assert ran.returncode == 1
    assert re.fullmatch(rf"solr: found port {base + 3} of 127.0.0.1 taken [^\n]+--port-base\.\n", ran.stderr)
    assert not list((elsewhere / "programs").iterdir())


def test_a_command_on_no_portal_is_one_sentence(elsewhere: Path) -> None:
    for command in ("status", "stop", "reset", "repair", "destroy"):
        ran = deploy_portal(command, "--home", elsewhere)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert re.fullmatch(r"\S+/home: found no portal, expected one that `up` made; [^\n]+\n", ran.stderr)


def test_a_folder_with_other_things_in_it_is_left_alone(elsewhere: Path) -> None:
    elsewhere.mkdir()
    (elsewhere / "letters.txt").touch()
    ran = deploy_portal("up", "--home", elsewhere, "--port-base", str(free_base()))
    assert ran.returncode == 1
    assert "found files of something else" in ran.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["letters.txt"]


def test_two_commands_at_once_do_not_meet(portal: Portal) -> None:
    with portal.home.locked():
        ran = deploy_portal("reset", "--home", portal.home.path)
    assert ran.returncode == 1
    assert "found another command at work on this portal" in ran.stderr
