"""A real public file, read by a declaration alone: another language, another clock, nobody's address."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from minhbach.core.catalog import load_catalog
from minhbach.extract.check import problems

if TYPE_CHECKING:
    from pathlib import Path

    from tests.extract.conftest import Extractor

NAME = "boston_311"


@pytest.mark.shared_data
def test_boston_lands_whole_and_without_addresses(
    extractor: Extractor, root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor.catalog = load_catalog(root / "examples" / "boston311")
    assert problems(extractor.catalog) == []
    inbox = shared_data / "boston311_2015_h1"
    monkeypatch.setenv("MINHBACH_CONN_BOSTON_311", inbox.as_uri())
    manifest = extractor(NAME, "requests")
    assert (manifest.received, manifest.landed) == (58_119, 58_119)
    assert manifest.flagged == {"BO01": 14_527, "BO02": 84}
    landed = extractor.lake.parquet(manifest)
    table = pq.read_table(landed)
    assert table["closed_at"].null_count == 8_993
    with gzip.open(inbox / "boston311_2015H1.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [f"{value:%m/%d/%Y %I:%M:%S %p}" for value in table["opened_at"].to_pylist()] == [r["OPEN_DT"] for r in rows]
    written = io.StringIO()
    for row in table.to_pylist():
        written.write(" ".join(str(value) for value in row.values()))
    text = written.getvalue()
    streets = {row["LOCATION_STREET_NAME"] for row in rows if row["LOCATION_STREET_NAME"]}
    parts = {row["Geocoded_Location"] for row in rows if row["LATITUDE"]} | {row["CASE_ENQUIRY_ID"] for row in rows}
    assert len(streets) > 20_000
    assert "@" not in text
    assert not [street for street in sorted(streets)[::40] if street in text]
    assert not [part for part in sorted(parts)[::200] if part in text]
