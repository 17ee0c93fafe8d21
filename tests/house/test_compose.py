"""The production stack is described safely: pinned, healthy, on loopback, no secret, every mounted file there."""

from __future__ import annotations

import re
from configparser import ConfigParser
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml

from deploy.airflow.servers import WRITER
from deploy.portal.ckan_ini import settings
from deploy.portal.container import places
from deploy.portal.preparing import PUBLISHING, wishes
from tests.house.repository import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXPECTED = {
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "worker",
    "warehouse-worker",
    "postgres",
    "redis",
    "site",
    "proxy",
    "solr",
    "ckan-prepare",
    "ckan",
    "ckan-worker",
}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CONN$|BROKER_URL|BACKEND|LEDGER|AUTH$")
# Text between an address's colon and its @ that is not taken from the environment.
LITERAL_CREDENTIAL = re.compile(r"://[^/@:\s]*:(?!\$\{)[^@\s]+@")
REQUIRED = re.compile(r"\$\{([A-Z_]+):\?")
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_the_stack_is_whole() -> None:
    assert set(SERVICES) >= EXPECTED


@each_service
def test_every_image_is_pinned(name: str) -> None:
    service = SERVICES[name]
    tag = service["image"].rpartition(":")[2]
    assert re.search(r"\d+\.\d+", tag), f"{service['image']}: found no version, expected a pinned tag"
    assert "latest" not in tag


@each_service
def test_every_service_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    if service.get("restart") == "no":
        waiting = [other for other in SERVICES.values() if name in other.get("depends_on", {})]
        assert waiting, f"{name} runs once, and nobody waits for its success"
        assert {other["depends_on"][name]["condition"] for other in waiting} == {"service_completed_successfully"}
    else:
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@each_service
def test_ports_are_published_on_loopback_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert isinstance(port, str)
        assert port.startswith("127.0.0.1:")


def test_some_port_is_published() -> None:
    assert any(service.get("ports") for service in SERVICES.values())


@each_service
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET_NAME.search(variable) and not variable.endswith("_FILE"):  # names where one lies
            assert REQUIRED.search(value), f"{variable}: found a literal, expected ${{VAR:?}}"
    words = chain(SERVICES[name].get("environment", {}).values(), SERVICES[name].get("command", []))
    assert not [word for word in map(str, words) if LITERAL_CREDENTIAL.search(word)]


def test_the_search_for_literal_secrets_finds_one() -> None:
    assert LITERAL_CREDENTIAL.search("postgresql://airflow:airflow@postgres/airflow")
    assert not LITERAL_CREDENTIAL.search("postgresql://airflow:${AIRFLOW_DB_PASSWORD:?}@postgres/airflow")


def test_the_example_environment_names_every_secret_and_holds_none() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    lines = (ROOT / "deploy" / "example.env").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert settings
    assert set(settings) == set(REQUIRED.findall(text))
    assert not any(settings.values())


@each_service
def test_everything_mounted_exists(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).is_file(), source
        else:
            assert source in COMPOSE["volumes"]


def test_what_is_built_here_has_its_recipe() -> None:
    built = {service["build"]["dockerfile"] for service in SERVICES.values() if "build" in service}
    assert built
    for recipe in built:
        text = (ROOT / recipe).read_text(encoding="utf-8")
        assert "--require-hashes" in text
        assert re.search(r"^USER (?!root)\S+$", text, re.MULTILINE)
        for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
            assert re.search(r":\d+\.\d+\.\d+", base), base


@each_service
def test_what_a_service_of_ours_writes_belongs_to_its_account(name: str) -> None:
    service = SERVICES[name]
    recipe = service.get("build", {}).get("dockerfile")
    if recipe is None or service["build"].get("target") == "solr":
        return
    text = (ROOT / recipe).read_text(encoding="utf-8").replace("\\\n", " ")
    owned = {word for line in re.findall(r"install --directory (.+)", text) for word in line.split() if word[0] == "/"}
    mounts = [mount.split(":") for mount in service.get("volumes", [])]
    written = {mount[1] for mount in mounts if mount[-1] != "ro"}
    written |= set(re.findall(r"AIRFLOW_HOME=(\S+)", text))
    lake = service.get("environment", {}).get("MINHBACH_LAKE")
    written |= {str(PurePath(lake).parent)} if lake else set()  # work and logs of the house stand beside the lake
    assert written <= owned, "a volume is root's where the image does not have the folder"


def test_the_worker_that_publishes_sees_no_token_of_the_administrator() -> None:
    (shared,) = {one.split(":")[0] for one in SERVICES["worker"]["volumes"] if "/srv/ckan" in one}
    (inside,) = {one.split(":")[1] for one in SERVICES["ckan-prepare"]["volumes"] if one.startswith(f"{shared}:")}
    state = PurePath("/srv/ckan/state")
    wanted = wishes(
        Path("x.ini"), ours=Path(), tokens=Path(state, "tokens"), publishing=Path(inside), passwords=("", "")
    )
    assert [token["name"] for token in wanted["tokens"] if token["to"] == inside] == [PUBLISHING]
    assert SERVICES["worker"]["environment"]["MINHBACH_PORTAL_CKAN_TOKEN_FILE"].endswith(f"/{PUBLISHING}.token")
    assert f'publishing=STATE / "{PurePath(inside).name}"' in (ROOT / "deploy/portal/container.py").read_text("utf-8")


def test_the_database_is_well_only_when_it_takes_connections_of_others() -> None:
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_the_warehouse_has_one_writer() -> None:
    command = SERVICES["warehouse-worker"]["command"]
    assert command[command.index("--queues") + 1] == WRITER
    assert f"pools set {WRITER} 1" in SERVICES["migrate"]["command"][-1]
    assert command[command.index("--concurrency") + 1] == "1"
    assert SERVICES["warehouse-worker"]["deploy"]["replicas"] == 1
    mounting = {
        name
        for name, service in SERVICES.items()
        if any(v.startswith("warehouse:") for v in service.get("volumes", []))
    }
    assert mounting == {"warehouse-worker"}


@each_service
def test_only_the_workers_hold_our_keys(name: str) -> None:
    held = {
        variable for variable in SERVICES[name].get("environment", {}) if re.fullmatch(r"MINHBACH_\w+_KEY", variable)
    }
    assert bool(held) == (name in {"worker", "warehouse-worker"})


def test_only_the_one_that_grants_knows_the_superuser() -> None:
    knowing = {name for name, one in SERVICES.items() if "POSTGRES_PASSWORD" in one.get("environment", {})}
    assert knowing == {"postgres", "ckan-prepare"}
    assert SERVICES["ckan-prepare"]["restart"] == "no"


def test_ckan_and_its_worker_share_settings_files_and_state() -> None:
    served, working = SERVICES["ckan"], SERVICES["ckan-worker"]
    for part in ("image", "environment", "volumes"):
        assert served[part] == working[part]
    assert "ckan-files:/srv/ckan/storage" in served["volumes"]


def test_solr_is_reached_by_nobody_but_ckan() -> None:
    assert SERVICES["solr"]["networks"] == ["data"]
    assert "ports" not in SERVICES["solr"]


def test_each_database_of_the_stack_is_made_with_the_password_it_is_opened_with() -> None:
    script = (ROOT / "deploy" / "postgres" / "databases.sh").read_text(encoding="utf-8")
    passwords = {name for name in SERVICES["postgres"]["environment"] if name.endswith("_PASSWORD")}
    assert passwords - {"POSTGRES_PASSWORD"} == set(re.findall(r"\$([A-Z_]+_PASSWORD)", script))


def test_containers_get_the_settings_of_the_local_portal(tmp_path: Path) -> None:
    environment = {name: f"value-of-{name}" for name in SERVICES["ckan"]["environment"]}
    environment["CKAN_SITE_URL"] = "https://data.example.com"
    text = settings(places(environment, state=tmp_path, storage=tmp_path / "files"))
    ini = ConfigParser()
    ini.optionxform = str  # type: ignore[assignment,method-assign]
    ini.read_string(text)
    main = ini["app:main"]
    assert main["sqlalchemy.url"] == "postgresql://ckan:value-of-CKAN_DB_PASSWORD@postgres:5432/ckan"
    assert main["ckan.redis.url"] == "redis://:value-of-REDIS_PASSWORD@redis:6379/1"
    assert main["solr_url"] == "http://solr:8983/solr/ckan"
    assert main["SESSION_COOKIE_SECURE"] == "true"
    assert main["ckanext.xloader.unidecode_headers"] == "false"
    assert "127.0.0.1" not in text


def test_the_image_of_the_portal_brings_what_the_local_one_brings() -> None:
    recipe = (ROOT / "deploy" / "portal" / "Dockerfile").read_text(encoding="utf-8")
    assert "requirements/portal.txt" in recipe
    assert "deploy.portal.schema" in recipe
    assert "deploy/portal/plugin" in recipe
    version = re.search(r"<solr.version>(.+)</solr.version>", (ROOT / "deploy/portal/solr/pom.xml").read_text("utf-8"))
    assert version is not None
    assert f"FROM solr:{version[1]} AS solr" in recipe


def test_the_database_network_leads_nowhere() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["data"]
