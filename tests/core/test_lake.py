"""Where everything lies, what makes an extract exist, and which warehouse file is the current one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import SealBroken
from minhbach.core.lake import Lake, Manifest, Warehouse
from minhbach.core.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = Manifest(
    agency="mot_cua",
    table="ho_so",
    extract_id="20260616T100000-0a1b2c3d",
    received=10,
    landed=7,
    quarantined={"bad_date": 2},
    waived=1,
    sha256="a" * 64,
    contract_hash="b" * 64,
    landed_at="2026-06-16T10:00:00Z",
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_an_extract_exists_by_its_manifest(lake: Lake) -> None:
    assert lake.manifests("mot_cua", "ho_so") == []
    lake.write_manifest(MANIFEST)
    later = replace(MANIFEST, extract_id="20260617T100000-0a1b2c3d")
    lake.write_manifest(later)
    assert lake.manifests("mot_cua", "ho_so") == [MANIFEST, later]
    assert lake.manifest("mot_cua", "ho_so", MANIFEST.extract_id) == MANIFEST
    assert lake.parquet(MANIFEST).name == "20260616T100000-0a1b2c3d.parquet"
    assert lake.manifests("mot_cua", "bo_sung") == []


@pytest.mark.parametrize("change", [{"received": 11}, {"landed": 8}, {"waived": 0}, {"quarantined": {}}])
def test_an_extract_that_lost_something_cannot_exist(lake: Lake, change: dict[str, object]) -> None:
    broken = replace(MANIFEST, **change)
    assert not broken.balances
    with pytest.raises(AssertionError, match="balance"):
        lake.write_manifest(broken)
    assert lake.manifests("mot_cua", "ho_so") == []


def test_another_documents_mark_is_refused(lake: Lake) -> None:
    lake.write_manifest(MANIFEST)
    path = lake.landed("mot_cua", "ho_so") / f"{MANIFEST.extract_id}.manifest.json"
    path.write_text(path.read_text("utf-8").replace("minhbach/extract/1", "minhbach/extract/2"), "utf-8")
    with pytest.raises(SealBroken, match="schema"):
        lake.manifests("mot_cua", "ho_so")


def test_places_are_as_promised(lake: Lake) -> None:
    period = Period.parse("2026-Q3")
    places = {
        lake.landed("a", "t"): "landed/a/t",
        lake.quarantine("a", "t"): "quarantine/a/t",
        lake.release("d", period, "r1"): "releases/d/2026-Q3/r1",
        lake.staging("p", period): "staging/p/2026-Q3",
        lake.verdict("d", period, "mart"): "verdicts/d/2026-Q3/mart.json",
        lake.plan("p", period, "h"): "plans/p/2026-Q3/h.json",
        lake.receipt("p", period, "h"): "receipts/p/2026-Q3/h.json",
    }
    assert {place.relative_to(lake.root).as_posix() for place in places} == set(places.values())
    assert lake.report("x", period).is_relative_to(lake.root / "reports")


def test_revisions_are_counted_not_spelled(lake: Lake) -> None:
    assert lake.revisions("d", "2026-Q3") == []
    for number in (1, 2, 10, 9):
        folder = lake.release("d", "2026-Q3", f"r{number}")
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_bytes(b"{}")
    lake.release("d", "2026-Q3", "r11").mkdir()  # a folder without a manifest is no release
    other = lake.release("d", "2026-Q3", "rubbish")
    other.mkdir()
    (other / "manifest.json").write_bytes(b"{}")
    assert lake.revisions("d", "2026-Q3") == ["r1", "r2", "r9", "r10"]


def test_the_pointer_moves_and_remembers_periods(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    assert warehouse.current() is None
    assert warehouse.current_for("2026-Q2") is None
    warehouse.point_to("one", "2026-Q2")
    warehouse.point_to("two", Period.parse("2026-Q3"))
    assert warehouse.current() == warehouse.run_file("two")
    assert warehouse.current_for("2026-Q2") == warehouse.run_file("one")
    assert warehouse.current_for("2026-Q3") == warehouse.run_file("two")
    assert warehouse.current_for("2026-Q4") is None
    warehouse.point_to("three", "2026-Q2")
    assert warehouse.current_for("2026-Q3") == warehouse.run_file("two")
