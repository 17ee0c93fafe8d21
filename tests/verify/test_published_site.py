"""What the site publishes is what anyone can verify: over HTTP, with the receipt beside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import SealBroken
from minhbach.core.publishing import PublishingContext
from minhbach.release import approve, make_plan, make_receipt, sign_plan
from minhbach.verify import verify
from publishers.site import SitePublisher
from tests.release.small import DATASET, ISSUED, PERIOD, House, open_small

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from minhbach.core.publishing import Plan, Release


@pytest.fixture
def small(house: Path) -> House:
    return open_small(house.parent)


def planned(small: House, publisher: SitePublisher, release: Release) -> Plan:
    made = make_plan(
        [release],
        publisher.observe(),
        {DATASET: publisher.metadata(small.catalog.dataset(DATASET), release)},
        publication="cong_bo",
        period=PERIOD,
        portal_kind="site",
        issued=ISSUED,
        catalog=small.catalog,
        lake=small.lake,
    )
    return sign_plan(made, "an_lap", small.private("an_lap"))


def test_a_published_release_verifies(
    small: House, public_key: str, served: Callable[[Path], AbstractContextManager[str]]
) -> None:
    portal = small.catalog.portals["site"]
    publication = small.catalog.publication("cong_bo")
    publisher = SitePublisher(PublishingContext(small.catalog, publication, "site", portal, small.lake.root))
    release = small.seal(small.write())
    plan = planned(small, publisher, release)
    approval = approve(
        plan,
        "binh_duyet",
        small.private("binh_duyet"),
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
    )
    publisher.apply(plan, [release], lambda _: None)
    proof = publisher.read_back(plan, [release])
    assert proof.problems == ()
    receipt = make_receipt(plan, approval, [release], proof, small.ledger.head(), small.settings)
    publisher.attach_receipt(plan, receipt)

    root = publisher.store.current()
    assert root is not None
    with served(root) as address:
        report = verify(f"{address}/dataset/{DATASET}/{PERIOD}/r1/")
        assert report.receipt is not None
        assert report.receipt["plan_hash"] == plan.hash
        assert report.manifest_sha256 == release.manifest_sha256
        assert small.ledger.verify(report.receipt["ledger_head"]) == 2
        with pytest.raises(SealBroken, match="another house"):
            verify(f"{address}/dataset/{DATASET}/{PERIOD}/r1/", public_key)

    (change,) = planned(small, publisher, release).changes
    assert change.action == "unchanged"
