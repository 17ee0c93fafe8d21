"""The pretend province through the extractor, two freezes: what is kept, broken and flagged is what was planted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from minhbach.extract.steward import balance
from minhbach.sandbox import drop, generate
from minhbach.sandbox.server import Server
from tests.extract.conftest import REST, Extractor, with_access
from tests.needles import search_needles

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.lake import Manifest

SEEDS = (11, 4711)
REASONS = {
    "BAD_DATE": "date",
    "BAD_STATUS": "unknown_code",
    "BAD_FIELD": "unknown_code",
    "BAD_CODE": "pattern_mismatch",
    "NO_CODE": "missing_value",
    "DS02B": "DS02b",
    "EVENT_BAD_DATE": "date",
    "EVENT_BAD_STATUS": "unknown_code",
    "EVENT_NO_CODE": "missing_value",
}
FLAGS = {"DS01": "DS01", "DS03_BEFORE": "DS03", "DS05": "DS05", "DS13": "DS13"}


@pytest.fixture(scope="module", params=SEEDS)
def province(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    out = tmp_path_factory.mktemp("province")
    generate(project, seed=request.param, dossiers=400, out=out)
    return out


@pytest.fixture
def delivered(extractor: Extractor, province: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[Manifest]]:
    """Extract everything at each freeze; the manifests by freeze."""
    periods = json.loads((province / "sandbox.json").read_text(encoding="utf-8"))["periods"]
    with_access(extractor.catalog, REST, page_size=100)
    extracts: list[list[Manifest]] = []
    for name in ("VAN_DON", "CO_TO"):
        inbox = province / "drops" / f"dac_khu_{name.lower()}"
        monkeypatch.setenv(f"MINHBACH_CONN_HOP_THU_{name}", inbox.as_uri())
    with Server(province) as server:
        known = server.credentials
        address = server.url.replace("//", f"//{known['client_id']}:{known['client_secret']}@")
        monkeypatch.setenv("MINHBACH_CONN_MOT_CUA", address)
        for period in periods:
            server.as_of = datetime.fromisoformat(period["freeze"])
            drop(province, server.as_of)
            tables = [
                (agency, table) for agency in extractor.catalog.agencies for table in extractor.catalog.tables(agency)
            ]
            extracts.append([extractor(agency, table) for agency, table in tables])
        assert sum(server.faults.shown.values()) >= 3, "the service misbehaved on the way"
    return extracts


def told(province: Path) -> dict[tuple[str, str, int], list[dict[str, Any]]]:
    """List the records that are new at each freeze, by supplier, table and number of the freeze."""
    periods = json.loads((province / "sandbox.json").read_text(encoding="utf-8"))["periods"]
    ends = [int(datetime.fromisoformat(p["freeze"]).replace(tzinfo=UTC).timestamp()) for p in periods]
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for record in pq.read_table(province / "truth" / "records.parquet").to_pylist():
        for number, end in enumerate(ends):
            fresh = number == 0 or record["told"] > ends[number - 1]
            if record["told"] <= end < record["until"] and fresh:
                found[record["supplier"], record["table"], number].append(record)
    return found


def test_what_was_planted_is_what_is_found(
    extractor: Extractor, province: Path, delivered: list[list[Manifest]]
) -> None:
    truth = told(province)
    compared = 0
    for number, manifests in enumerate(delivered):
        for manifest in manifests:
            records = truth.get((manifest.agency, manifest.table, number))
            if records is None:
                continue
            place = (manifest.agency, manifest.table, number)
            planted = Counter(REASONS[r["defect"]] for r in records if r["defect"] in REASONS)
            broken = Counter(manifest.quarantined)
            for date_reason in ("bad_date", "implausible_date"):
                broken["date"] += broken.pop(date_reason, 0)
            assert manifest.received == len(records), place
            assert +broken == +planted, place
            if manifest.table == "ho_so":
                flagged = Counter(FLAGS[r["defect"]] for r in records if r["defect"] in FLAGS)
                assert {name: manifest.flagged[name] for name in FLAGS.values()} == {
                    name: flagged[name] for name in FLAGS.values()
                }, place
                kept = [r for r in records if r["defect"] not in REASONS]
                assert manifest.flagged["DS14"] == sum(r["ds14"] for r in kept), place
            compared += 1
    assert compared >= 12
    for agency in extractor.catalog.agencies:
        for table in extractor.catalog.tables(agency):
            assert balance(agency, table, catalog=extractor.catalog, settings=extractor.settings).holds


def test_no_planted_identifier_is_in_the_lake(
    extractor: Extractor, province: Path, delivered: list[list[Manifest]]
) -> None:
    assert delivered
    planted = json.loads((province / "truth" / "needles.json").read_text(encoding="utf-8"))["needles"]
    needles: dict[str, list[str]] = defaultdict(list)
    for needle in planted:
        needles[needle["kind"]].append(needle["value"])
    assert len(needles) > 5
    assert search_needles(extractor.lake.root, needles) == []
    assert search_needles(province / "drops", needles) != [], "the search finds them where they are"
