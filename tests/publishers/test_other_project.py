"""The site knows no province: an English project of calendar quarters, without totals, codes or a finding in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from minhbach.core import keys
from minhbach.release import seal, write
from tests.publishers.sealed import ATTACK, GATES, House, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.publishing import Release

DATASET = "city_requests"
FILES = {
    "project.yml": """
name: a_city
title: {vi: A city, en: A city}
place: {name: {vi: The city, en: The city}, code: "25", agency_code: C, country: US}
languages: [en]
timezone: America/New_York
calendar: {country: US}
regime: calendar
first_period: 2015-Q1
""",
    "people.yml": "preparer_demo: {title: P, roles: [preparer], demo: true}\n",
    "portals.yml": 'site: {kind: site, title: {vi: S, en: S}, address: "https://data.example.org/open"}\n',
    "publications/quarterly.yml": """
title: {vi: Quarterly, en: Quarterly requests}
about: {vi: Requests, en: Requests of the city.}
datasets: [city_requests]
calendar: {regime: calendar, every: quarter}
portal: site
prepared_by: [preparer_demo]
approved_by: [preparer_demo]
""",
    f"datasets/{DATASET}.yml": """
title: {vi: Requests, en: Requests by department}
about: {vi: a, en: What was asked and how fast it was done.}
how_to_read: {vi: a, en: A row is a department.}
does_not_say: {vi: a, en: Not why.}
theme: {vi: a, en: City services}
owner: city
steward: {name: Data office, email: data@example.org}
licence: CC0-1.0
period: {regime: calendar, every: quarter}
grain: [period, department]
inputs: [crm]
finding: {measure: closed, share: [on_time, closed]}
columns:
  - {name: period, type: string, vi: Quarter, en: Quarter, treatment: keep}
  - {name: department, type: string, vi: Department, en: Department, treatment: keep}
  - {name: closed, type: integer, unit: case, vi: c, en: Closed, role: base, treatment: {count_of: case}}
  - {name: on_time, type: integer, unit: case, vi: o, en: Closed on time, role: outcome, treatment: {count_of: case}}
  - {name: rate, type: "decimal(5,2)", unit: percent, vi: r, en: On-time rate, from: [on_time, closed]}
disclosure: {population: requests, method: none, why: "Requests about streets and lights, no person behind a count."}
""",
}
ROWS = [("Public Works & <Streets>", 1200, 900), ("Parks / Trees", 300, 290), ("Idle", 0, 0)]


@pytest.fixture
def city(tmp_path: Path) -> House:
    for name, content in FILES.items():
        path = tmp_path / "project" / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip(), encoding="utf-8")
    (tmp_path / "project" / "catalog" / "codes").mkdir()
    return open_house(tmp_path / "project", tmp_path / "var")


def sealed(house: House, period: str) -> Release:
    from decimal import Decimal

    table = pa.table(
        {
            "period": [period] * len(ROWS),
            "department": [name for name, _, _ in ROWS],
            "closed": [closed for _, closed, _ in ROWS],
            "on_time": [on_time for _, _, on_time in ROWS],
            "rate": [Decimal(round(1e4 * part / whole)) / 100 if whole else None for _, whole, part in ROWS],
            "ghi_chu_an_so": [None, None, "z"],
        }
    )
    written = write(
        DATASET,
        period=period,
        revision="r1",
        table=table,
        sources=[],
        public_model={"schema": "minhbach/disclosure/1"},
        public_figures={"cells": 0, "share": 0.0},
        catalog=house.catalog,
        folder=house.lake.staging("q", period) / DATASET,
        issued="2015-04-10",
        data_as_of="2015-04-02",
    )
    return seal(
        written,
        gates=GATES,
        attack=ATTACK,
        suppressed={"cells": 0, "share": 0.0},
        code_version="t",
        signing_key=keys.Secret("SIGNING_KEY", b"k" * 32),
        lake=house.lake,
        ledger=house.ledger,
    )


def test_an_english_city_gets_its_site(city: House) -> None:
    publisher = city.publisher(root=str(city.lake.root.parent / "elsewhere"))
    release = sealed(city, "2015-Q1")
    live = city.plan(publisher, [release], issued="2015-04-10")
    publisher.apply(live, [release], lambda _: None)
    folder = publisher.store.current()
    assert folder is not None
    assert folder.is_relative_to(city.lake.root.parent / "elsewhere")
    assert not (folder / "en").exists()
    page = (folder / "dataset" / DATASET / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "First quarter of 2015: 1,190 of 1,500 (79.3%)" in page
    assert 'href="/open/dataset/city_requests/2015-Q1/r1/data.csv"' in page
    assert "Public Works &amp; &lt;Streets&gt;" in page
    assert "1 January 2015 to 31 March 2015" in page
    assert 'hreflang="vi"' not in page
    (works,) = (folder / "dataset" / DATASET / "agency").glob("public-works-streets-*")
    assert "Public Works &amp; &lt;Streets&gt;" in (works / "index.html").read_text(encoding="utf-8")
    (idle,) = (folder / "dataset" / DATASET / "agency").glob("Idle")
    assert '<td class="s">z' in (idle / "index.html").read_text(encoding="utf-8")
    assert "Quảng Ninh" not in "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
