"""Agencies and portals that only Airflow's connections name are reached; what the environment names outranks them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from minhbach.core.portal_access import access
from minhbach.extract.connection import connection_of
from minhbach.schedule import reaching

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.release.small import House
    from tests.schedule.conftest import Airflow

AGENCY = "MINHBACH_CONN_MOT_CUA"


def test_an_extract_finds_its_agency_by_a_connection(small: House, airflow: Airflow, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ho_so_1.csv").write_text("Ma\nAB\nCD\n", encoding="utf-8")
    asked = {"dag": "extract__mot_cua", "skips": None}
    alone = airflow.play(**asked, environment={**_house(), AGENCY: ""})
    assert alone["states"] == {"ho_so": "failed"}, "nobody has named it"
    assert f"{AGENCY}: found nothing" in airflow.log()
    told = airflow.play(**asked, connections={"mot_cua": {"conn_type": "generic", "host": inbox.as_uri()}})
    assert told["states"] == {"ho_so": "success"}
    (manifest,) = small.lake.root.glob("landed/mot_cua/ho_so/*.manifest.json")
    assert '"landed": 2' in manifest.read_text(encoding="utf-8")


def test_what_airflow_names_holds_for_the_task_alone_and_the_environment_outranks_it(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections from the environment are Airflow's own way to try out a secrets backend."""
    monkeypatch.setenv("AIRFLOW_CONN_MOT_CUA", "http://khach:b%2Fi@127.0.0.1:8080/")
    monkeypatch.setenv(
        "AIRFLOW_CONN_MINHBACH_PORTAL_SITE", '{"conn_type": "http", "host": "https://a.b", "password": "t"}'
    )
    monkeypatch.setenv("AIRFLOW_CONN_MINHBACH_PORTAL_SITE_DATASTORE", "postgres://ghi:p%40@db:5433/bang")
    agency = small.catalog.agency("mot_cua")
    before = dict(os.environ)
    with reaching.reaching([agency.connection], ["site", "unknown"]):
        way, portal = connection_of(agency), access("site")
        assert (way.url, way.client_id, way.client_secret) == ("http://127.0.0.1:8080/", "khach", "b/i")
        assert (portal.url, portal.token) == ("https://a.b", "t")
        assert portal.datastore_url == "postgres://ghi:p%40@db:5433/bang"
        assert access("unknown").url is None
    assert dict(os.environ) == before
    monkeypatch.setenv(AGENCY, "file:///inbox")
    monkeypatch.setenv("MINHBACH_PORTAL_SITE_TOKEN_FILE", os.devnull)
    with reaching.reaching([agency.connection], ["site"]):
        assert connection_of(agency).url == "file:///inbox"
        assert access("site").token is None
        assert access("site").url == "https://a.b"


def _house() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("MINHBACH_")}
