"""A public dataset on the session's portal with as many table resources as a test asks for, and both loaders."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from publishers.ckan.client import Portal as Client
from publishers.ckan.datastore import ApiLoader, CopyLoader
from publishers.ckan.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from publishers.ckan.datastore import Loader
    from tests.portal import Portal


@pytest.fixture(scope="module")
def package(portal: Portal) -> Iterator[str]:
    name = f"bang-{uuid4().hex[:8]}"
    made = portal.call(
        "package_create", token=portal.publisher_token, name=name, owner_org=portal.organization, private=False
    )
    yield name
    resources = portal.call("package_show", id=name)["resources"]
    portal.call("dataset_purge", token=portal.admin_token, id=made["id"])
    for resource in resources:
        CopyLoader(portal.datastore_url).drop(resource["id"])


@pytest.fixture
def resource(portal: Portal, package: str) -> Callable[[], str]:
    """Make a resource as the publisher does for a table: it shows the table as soon as there is one."""

    def make() -> str:
        resource_id = str(uuid4())
        portal.call(
            "resource_create",
            token=portal.publisher_token,
            package_id=package,
            id=resource_id,
            name="Bảng dữ liệu",
            url="_datastore_only_resource",
            url_type="datastore",
            datastore_active=True,
        )
        return resource_id

    return make


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> Slots:
    folder: Path = tmp_path_factory.mktemp("slots")
    return Slots(folder, 4)


@pytest.fixture(scope="module")
def client(portal: Portal, slots: Slots) -> Iterator[Client]:
    with Client(portal.url, portal.publisher_token, slots) as client:
        yield client


@pytest.fixture(scope="module")
def anonymous(portal: Portal, slots: Slots) -> Iterator[Client]:
    with Client(portal.url, None, slots) as client:
        yield client


@pytest.fixture(scope="module")
def copying(portal: Portal) -> CopyLoader:
    return CopyLoader(portal.datastore_url)


@pytest.fixture(params=["copy", "api"])
def loader(request: pytest.FixtureRequest, copying: CopyLoader, client: Client) -> Loader:
    return copying if request.param == "copy" else ApiLoader(client)


@pytest.fixture
def database(portal: Portal) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(portal.datastore_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def searched(portal: Portal) -> Callable[..., dict[str, Any]]:
    """Search as anybody, decimals read exactly."""

    def search(resource_id: str, **question: Any) -> dict[str, Any]:
        answer = httpx.post(
            f"{portal.url}/api/3/action/datastore_search", json={"resource_id": resource_id, **question}, timeout=120
        )
        assert answer.is_success, answer.text[:500]
        found: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)["result"]
        return found

    return search
