"""Two sites for this room's tests: a whole one of 75 agencies built once, and a small one for every test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from minhbach.release import load
from publishers.site.server import served
from tests.publishers.sealed import FORM, RATES, House, open_house, receipt_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minhbach.core.publishing import Plan, Release
    from publishers.site import SitePublisher

QUARTERS = ("2026-Q2", "2026-Q3")
AGENCIES = 8


@dataclass(frozen=True)
class Published:
    """A site with both quarters and their receipts."""

    house: House
    publisher: SitePublisher
    plans: dict[str, Plan]
    releases: dict[str, list[Release]]
    live: Path


@pytest.fixture(scope="session")
def published(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    house = open_house(root, tmp_path_factory.mktemp("site"))
    publisher = house.publisher()
    plans: dict[str, Plan] = {}
    releases: dict[str, list[Release]] = {}
    for period in QUARTERS:
        releases[period] = [house.release(dataset, period) for dataset in (FORM, RATES)]
        plans[period] = house.publish(publisher, releases[period])
        publisher.attach_receipt(plans[period], receipt_of(plans[period], releases[period]))
    live = publisher.store.current()
    assert live is not None
    return Published(house, publisher, plans, releases, live)


@pytest.fixture(scope="session")
def address(root: Path, sealed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a small site with both quarters and their receipts."""
    folder = tmp_path_factory.mktemp("served") / "house"
    shutil.copytree(sealed, folder)
    house = open_house(root, folder)
    publisher = house.publisher()
    for period in QUARTERS:
        releases = both(house, period)
        plan = house.publish(publisher, releases)
        publisher.attach_receipt(plan, receipt_of(plan, releases))
    with served(publisher.store.root) as found:
        yield found


@pytest.fixture(scope="session")
def sealed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with three sealed quarters of few agencies and their pictures drawn: copied, not made, for each test."""
    folder = tmp_path_factory.mktemp("sealed")
    house = open_house(root, folder)
    publisher = house.publisher()
    for period in (*QUARTERS, "2026-Q4"):
        house.publish(publisher, [house.release(dataset, period, agencies=AGENCIES) for dataset in (FORM, RATES)])
    publisher.store.link.unlink()
    shutil.rmtree(publisher.store.root / "builds")
    return folder


@pytest.fixture
def small(root: Path, sealed: Path, tmp_path: Path) -> House:
    shutil.copytree(sealed, tmp_path / "house")
    return open_house(root, tmp_path / "house")


def both(house: House, period: str) -> list[Release]:
    return [load(house.lake, dataset, period) for dataset in (FORM, RATES)]
