"""From question to manifest: nothing twice, nothing lost, nothing half."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import CapExceeded, OutsideFailed
from minhbach.core.lake import Lake
from minhbach.extract.alone import alone
from minhbach.extract.steward import balance, waiting
from tests.extract.conftest import CSV, HO_SO, REST, Extractor, drop, with_table
from tests.extract.sample import dossier, line

if TYPE_CHECKING:
    from tests.extract.service import TinyService


def test_a_dossier_lands_typed_and_without_its_identifiers(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(MaHoSo=" h49.153 – 260702-0001 ")]
    manifest = extractor()
    (row,) = extractor.landed(manifest)
    assert (manifest.received, manifest.landed, manifest.quarantined) == (1, 1, {})
    assert set(row) == set(extractor.catalog.tables(REST)["ho_so"].landed()) | {
        "_extract_id",
        "_row_no",
        "_source_file",
        "_landed_at",
    }
    assert re.fullmatch(r"[0-9a-f]{32}", row["dossier_key"])
    assert row["ma_don_vi_tiep_nhan"] == "H49.153"
    assert row["don_vi_khoa"] == "ubnd tinh quang ninh"
    assert row["ngay_hen_tra"].isoformat() == "2026-07-03T17:00:00"
    assert row["_extract_id"] == manifest.extract_id
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{8}", manifest.extract_id)
    assert manifest.cursor_to == manifest.source_time_max == "2026-07-02T17:00:01"


def test_a_supplier_without_service_lands_the_same_keys(extractor: Extractor, service: TinyService, inbox) -> None:
    code = "H49.154-260702-0001"
    service.records[HO_SO] = [dossier(MaHoSo=code)]
    drop(inbox, [line(1)])
    rest, files = extractor.landed(extractor())[0], extractor.landed(extractor(CSV))[0]
    for column in ("dossier_key", "record_key", "chu_ho_so"):
        assert rest[column] == files[column], column
    assert str(files["le_phi"]) == "45000.5000"


def test_unchanged_input_is_skipped(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 20)]
    first = extractor()
    assert extractor() == first
    assert extractor(full=True) == first, "the same answer to the same question"
    assert len(extractor.lake.manifests(REST, "ho_so")) == 1
    service.records[HO_SO].append(dossier(99, NgayCapNhat="20260801000000"))
    second = extractor()
    assert (second.received, second.cursor_from) == (1, first.cursor_to)
    assert extractor() == second


def test_a_later_extract_has_a_later_name(extractor: Extractor, service: TinyService, monkeypatch) -> None:
    monkeypatch.setenv("MINHBACH_NOW", "2026-07-03T00:00:00+00:00")
    names = []
    for number in range(1, 9):
        service.records[HO_SO] = [dossier(i) for i in range(1, number + 1)]
        names.append(extractor().extract_id)
    assert names == sorted(set(names))
    assert [m.extract_id for m in extractor.lake.manifests(REST, "ho_so")] == names


def test_a_drop_is_read_once(extractor: Extractor, inbox) -> None:
    drop(inbox, [line(i) for i in range(1, 4)])
    first = extractor(CSV)
    assert extractor(CSV) == first
    drop(inbox, [line(i) for i in range(4, 6)], "ho_so_2026-Q3_20260917.csv")
    second = extractor(CSV)
    assert (second.received, list(second.files)) == (2, ["ho_so_2026-Q3_20260917.csv"])


def test_a_source_that_changed_its_contract_is_read_again_in_full(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(1)]
    first = extractor()
    with_table(extractor.catalog, REST, "ho_so", quarantine_cap="7%")
    assert extractor(full=True).extract_id != first.extract_id


def test_too_many_broken_records_stop_the_extract(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i, TrangThaiHoSo="99" if i <= 6 else "9") for i in range(1, 101)]
    with pytest.raises(CapExceeded, match=r"ho_so: found 6 of 100 .*6 unknown_code.* at most 5%") as caught:
        extractor()
    assert caught.value.exit_code == 3
    assert not list(extractor.lake.landed(REST, "ho_so").glob("*"))
    (attempt,) = waiting(extractor.settings)
    assert attempt.attempt
    assert attempt.reasons == {"unknown_code": 6}
    assert balance(REST, "ho_so", catalog=extractor.catalog, settings=extractor.settings).received == 0
    with pytest.raises(CapExceeded):
        extractor()
    assert len(waiting(extractor.settings)) == 1, "only the newest attempt is kept"
    service.records[HO_SO] = [dossier(i) for i in range(1, 101)]
    assert extractor().landed == 100


def test_a_handful_stops_only_when_nothing_lands(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(1), dossier(2, TrangThaiHoSo="99")]
    assert extractor().quarantined == {"unknown_code": 1}
    service.records[HO_SO] = [dossier(3, TrangThaiHoSo="99", NgayCapNhat="20260801000000")]
    with pytest.raises(CapExceeded):
        extractor()


def test_contradicting_duplicates_go_and_re_sent_ones_stay(extractor: Extractor, service: TinyService) -> None:
    clash = dossier(1, NgayTiepNhan="20260704080000", NgayHenTra="")
    service.records[HO_SO] = [dossier(1), dossier(2), dossier(2, NgayCapNhat="20260704000000"), clash, dossier(3)]
    manifest = extractor()
    assert manifest.quarantined == {"DS02b": 2}
    assert manifest.flagged["DS01"] == 0, "the flag of a record that went to quarantine is not counted"
    assert [row["_row_no"] for row in extractor.landed(manifest)] == [2, 3, 5]


def test_a_sample_lies_apart(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 30)]
    manifest = extractor(sample=10)
    assert manifest.sample
    assert manifest.received == 10 + 4  # pages are whole: two of seven
    assert extractor.lake.manifests(REST, "ho_so") == []
    assert Lake(extractor.settings.lake / "sample").parquet(manifest).exists()
    assert extractor().received == 29


def test_two_extracts_of_a_table_do_not_meet(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(1)]
    with alone(extractor.lake, REST, "ho_so"), pytest.raises(OutsideFailed, match="another process"):
        extractor()


def test_a_time_in_the_future_does_not_move_the_cursor(extractor: Extractor, service: TinyService, monkeypatch) -> None:
    monkeypatch.setenv("MINHBACH_NOW", "2026-07-03T00:00:00+00:00")
    service.records[HO_SO] = [dossier(1), dossier(2, NgayCapNhat="20990101000000")]
    manifest = extractor()
    assert (manifest.cursor_to, manifest.source_time_max) == ("2026-07-02T17:00:01", "2099-01-01T00:00:00")


BREAKS: list[dict[str, object]] = [
    {},
    {"NgayTiepNhan": "20260231080000"},
    {"TrangThaiHoSo": "44"},
    {"MaHoSo": None},
    {"MaHoSo": "HS/1"},
    {"Lạ": "1"},
    {"DinhDanhCHS": "x"},
    {"NgayCapNhat": "02020101000000"},
    {"LePhi": {"a": 1}},
]


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_whatever_arrives(extractor: Extractor, service: TinyService, seed: int) -> None:
    drawn = random.Random(seed)
    with_table(extractor.catalog, REST, "ho_so", quarantine_cap="100%")
    service.records[HO_SO] = []
    for step in range(4):
        for _ in range(drawn.randrange(1, 40)):
            changes = drawn.choice(BREAKS) if drawn.random() < 0.4 else {}
            when = {"NgayCapNhat": f"2026080{step + 1}{drawn.randrange(24):02d}0000"}
            again = {"NgayTiepNhan": f"2026070{drawn.randrange(2, 4)}080000"}
            service.records[HO_SO].append(dossier(drawn.randrange(60), **(when | again | changes)))
        service.records[HO_SO].append(dossier(70 + step, NgayCapNhat=f"2026080{step + 1}235959"))
        manifest = extractor()
        assert manifest.balances
        rows = [row["_row_no"] for row in extractor.landed(manifest)]
        assert len(rows) == len(set(rows)) == manifest.landed
    summed = balance(REST, "ho_so", catalog=extractor.catalog, settings=extractor.settings)
    assert summed.holds
    assert summed.received == sum(m.received for m in extractor.lake.manifests(REST, "ho_so"))
    assert summed.quarantined > 0
