"""The address at which this machine asks a portal is no public fact: what is told is the declared one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.catalog.publications import Portal
from minhbach.core.publishing import PublishingContext
from publishers.ckan import CkanPublisher

if TYPE_CHECKING:
    from pathlib import Path

DECLARED, INNER = "https://cong-du-lieu.example.vn/", "http://ckan.ben-trong:5000"


@pytest.mark.parametrize(
    ("declared", "given", "asked", "told"),
    [
        (DECLARED, INNER, INNER, DECLARED.rstrip("/")),
        (DECLARED, None, DECLARED.rstrip("/"), DECLARED.rstrip("/")),
        (None, INNER, INNER, INNER),
    ],
    ids=["both", "declared alone", "nothing declared"],
)
def test_asked_and_told(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    declared: str | None,
    given: str | None,
    asked: str,
    told: str,
) -> None:
    monkeypatch.delenv("MINHBACH_PORTAL_CKAN_URL", raising=False)
    if given:
        monkeypatch.setenv("MINHBACH_PORTAL_CKAN_URL", given)
    catalog = load_catalog(project)
    title = next(iter(catalog.portals.values())).title
    portal = Portal(kind="ckan", title=title, address=declared)
    publisher = CkanPublisher(PublishingContext(catalog, catalog.publication(), "ckan", portal, tmp_path))
    assert publisher.anyone.address == asked
    assert publisher.reader().url("giai_quyet_ho_so") == f"{told}/dataset/giai-quyet-ho-so"
