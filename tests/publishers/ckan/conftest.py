"""Sealed releases of few agencies, and the publisher of a real portal over a copy of them."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minhbach.core.catalog.publications import Portal as Declared
from minhbach.core.publishing import PublishingContext
from minhbach.release import load, make_plan, sign_plan, withdrawal
from publishers.ckan import CkanPublisher
from tests.publishers.sealed import FORM, ISSUED, RATES, House, open_house

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from minhbach.core.publishing import Plan, Release
    from tests.portal import Portal

AGENCIES = 4


@dataclass(frozen=True)
class Room:
    """A house that publishes to the portal of this session."""

    house: House
    portal: Portal

    def publisher(self, mode: str = "copy", **options: Any) -> CkanPublisher:
        catalog = self.house.catalog
        title = next(iter(catalog.portals.values())).title
        declared = Declared(kind="ckan", title=title, address=self.portal.url, options={"mode": mode, **options})
        context = PublishingContext(catalog, catalog.publication(), "ckan", declared, self.house.lake.root)
        return CkanPublisher(context)

    def plan(self, releases: Sequence[Release], mode: str = "copy", withdraw: Sequence[Release] = ()) -> Plan:
        publisher, catalog = self.publisher(mode), self.house.catalog
        live = publisher.observe()
        period = (releases or withdraw)[0].period
        metadata = {one.dataset: publisher.metadata(catalog.dataset(one.dataset), one) for one in releases}
        made = make_plan(
            releases,
            live,
            metadata,
            publication=catalog.publication().name,
            period=period,
            portal_kind="ckan",
            issued=ISSUED[period],
            catalog=catalog,
            lake=self.house.lake,
            withdrawals=[withdrawal(one, live, "Sai sót trong tính toán.") for one in withdraw],
        )
        return sign_plan(made, "preparer_demo", b"p" * 32)

    def apply(
        self, plan: Plan, releases: Sequence[Release], mode: str = "copy", journal: Callable[[str], None] | None = None
    ) -> None:
        self.publisher(mode).apply(plan, releases, journal or (lambda _: None))

    def publish(self, period: str, mode: str = "copy") -> tuple[Plan, list[Release]]:
        releases = self.both(period)
        plan = self.plan(releases, mode)
        self.apply(plan, releases, mode)
        return plan, releases

    def both(self, period: str) -> list[Release]:
        return [load(self.house.lake, dataset, period) for dataset in (FORM, RATES)]

    def settled(self) -> int:
        """Return the place in the access log from which on only later requests stand."""
        mark = uuid.uuid4().hex
        httpx.get(f"{self.portal.url}/api/3/action/status_show", params={"mark": mark})
        while mark not in self.portal.access_log.read_text(encoding="utf-8", errors="replace"):
            time.sleep(0.05)
        return self.portal.log_size()

    def package(self, name: str, *, token: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.portal.call("package_show", id=name, token=token)
        return found


@pytest.fixture(scope="session")
def sealed_small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sealed quarters of both datasets; copied, not made, for each test."""
    folder = tmp_path_factory.mktemp("sealed-small")
    house = open_house(root, folder)
    for period in ("2026-Q2", "2026-Q3"):
        for dataset in (FORM, RATES):
            house.release(dataset, period, agencies=AGENCIES)
    return folder


@pytest.fixture
def room(root: Path, sealed_small: Path, tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Room:
    shutil.copytree(sealed_small, tmp_path / "house")
    for name in list(os.environ):
        if name.startswith("MINHBACH_PORTAL_"):
            monkeypatch.delenv(name)
    for name, value in portal.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MINHBACH_PORTAL_CKAN_ADMIN_TOKEN_FILE", str(portal.home.admin_token))
    portal.reset()
    return Room(open_house(root, tmp_path / "house"), portal)
