"""A publisher that dies between the page and the table: its deputy brings the table, or leaves all as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from publishers.ckan.canonical import DESCRIBED
from publishers.ckan.datastore import CopyLoader
from publishers.ckan.deputy import DONE, Deputy, carry_out, order_of, stand_by

from .datastore.tables import SPEC, release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publishers.ckan.deputy import Order
    from tests.portal import Portal

ROOT = Path(__file__).parents[3]
OLD, NEW = "0" * 64, "1" * 64
SIZES = {OLD: 30, NEW: 50}
PATIENCE = 60

PUBLISHER = """
import json, os, signal, sys
import httpx
from publishers.ckan.datastore import CopyLoader, Digest, Prepared
from publishers.ckan.deputy import Deputy, Order

told = json.loads(sys.stdin.readline())
order = Order(**told["order"])
prepared = Prepared(**{**order.prepared, "digest": Digest(**order.prepared["digest"])})
with Deputy() as deputy, deputy.behind(order), CopyLoader(order.dsn).swap(prepared):
    if told["is_out"]:
        revised = {"id": order.package, "extras": [{"key": told["key"], "value": order.described}]}
        httpx.post(told["patch"], json=revised, headers={"Authorization": told["token"]}).raise_for_status()
    os.killpg(os.getpgid(0), signal.SIGKILL)
"""


class Page:
    """A public package that says what describes it, and the table of its one resource."""

    def __init__(self, portal: Portal, folder: Path) -> None:
        self.portal, self.folder = portal, folder
        self.name = f"trang-{uuid4().hex[:8]}"
        token = portal.publisher_token
        self.id = portal.call(
            "package_create",
            token=token,
            name=self.name,
            owner_org=portal.organization,
            private=False,
            extras=[{"key": DESCRIBED, "value": OLD}],
        )["id"]
        self.table = str(uuid4())
        portal.call(
            "resource_create",
            token=token,
            package_id=self.name,
            id=self.table,
            name="Bảng dữ liệu",
            url="_datastore_only_resource",
            url_type="datastore",
            datastore_active=True,
        )
        self.loader = CopyLoader(portal.datastore_url)
        with self.loader.swap(self.loader.prepare(self.table, SPEC, release("r1", SIZES[OLD]))):
            pass

    def order(self, **changed: Any) -> Order:
        from dataclasses import replace

        prepared = self.loader.prepare(self.table, SPEC, release("r2", SIZES[NEW]))
        page = (self.name, NEW)
        order = order_of(self.portal.datastore_url, self.portal.url, (self.folder, 2), page, prepared)
        return replace(order, **changed)

    @property
    def rows(self) -> int:
        total: int = self.portal.call("datastore_search", resource_id=self.table, limit=0)["total"]
        return total

    def publish(self) -> None:
        """Make the page the new one."""
        extras = [{"key": DESCRIBED, "value": NEW}]
        self.portal.call("package_patch", token=self.portal.publisher_token, id=self.name, extras=extras)

    def die(self, order: Order, *, is_out: bool) -> None:
        """Let a publisher be killed with its whole group while page and table change."""
        import json
        from dataclasses import asdict

        told = {
            "order": asdict(order),
            "is_out": is_out,
            "key": DESCRIBED,
            "patch": f"{self.portal.url}/api/3/action/package_patch",
            "token": self.portal.publisher_token,
        }
        died = subprocess.run(
            [sys.executable, "-c", PUBLISHER],
            input=json.dumps(told) + "\n",
            text=True,
            cwd=ROOT,
            check=False,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert died.returncode == -signal.SIGKILL

    def becomes(self, described: str) -> None:
        until = time.monotonic() + PATIENCE
        while self.rows != SIZES[described]:
            assert time.monotonic() < until, f"the table still has {self.rows} rows"
            time.sleep(0.05)


@pytest.fixture
def page(portal: Portal, tmp_path: Path) -> Iterator[Page]:
    page = Page(portal, tmp_path)
    yield page
    portal.call("dataset_purge", token=portal.admin_token, id=page.id)
    page.loader.drop(page.table)


def test_a_publisher_killed_after_the_page_is_followed_by_its_table(page):
    page.die(page.order(), is_out=True)
    page.becomes(NEW)
    assert not [name for name in page.loader.waiting() if page.table in name]


def test_a_publisher_killed_before_the_page_leaves_the_table(page):
    order = page.order(patience=1.0)
    page.die(order, is_out=False)
    carry_out(order)  # as long as the deputy itself waits
    assert page.rows == SIZES[OLD]


def test_a_page_that_comes_late_is_waited_for(page):
    order = page.order()
    deputy = subprocess.Popen(
        [sys.executable, "-m", "publishers.ckan.deputy"], stdin=subprocess.PIPE, text=True, cwd=ROOT
    )
    with deputy:
        stand = Deputy()
        stand._process = deputy
        with pytest.raises(KeyboardInterrupt), stand.behind(order):
            raise KeyboardInterrupt
        deputy.stdin.close()
        assert page.rows == SIZES[OLD]
        page.publish()
        assert deputy.wait(PATIENCE) == 0
    assert page.rows == SIZES[NEW]


def test_a_table_that_another_publication_took_away_stays_away(page):
    order = page.order(patience=0.5)
    page.publish()
    other = page.loader.prepare(page.table, SPEC, release("r1", SIZES[OLD] + 1))
    with page.loader.swap(other):
        pass
    carry_out(order)
    assert page.rows == SIZES[OLD] + 1


def test_what_was_done_is_not_done_again(page):
    import json
    from dataclasses import asdict

    page.publish()
    stand_by([json.dumps(asdict(page.order())) + "\n", json.dumps(DONE) + "\n"])
    assert page.rows == SIZES[OLD]


def test_an_order_shows_no_secret(portal, page):
    assert portal.datastore_url not in repr(page.order())


def test_a_deputy_ends_with_its_publisher(page):
    with Deputy() as deputy:
        process = deputy._process
        with deputy.behind(page.order()), page.loader.swap(page.loader.prepare(page.table, SPEC, release("r2", 50))):
            pass
    assert process.returncode == 0
    assert page.rows == SIZES[NEW]
