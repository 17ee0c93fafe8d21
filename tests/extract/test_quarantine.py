"""Dead letters: encrypted, counted without a key, let in once, given up with a reason; nothing is ever lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import SealBroken, UnreadableFile, UsageError
from minhbach.extract.quarantine import Quarantine
from minhbach.extract.replay import replay
from minhbach.extract.steward import balance, counted, show, waiting, waive
from tests.extract.conftest import CSV, HO_SO, REST, Extractor, drop, with_table
from tests.extract.sample import IDENTITY, PERSON, dossier, line

if TYPE_CHECKING:
    from tests.extract.service import TinyService


@pytest.fixture
def broken(extractor: Extractor, service: TinyService) -> Extractor:
    """Forty dossiers, of which three broke the contract and two contradict each other."""
    records = [dossier(i) for i in range(1, 41)]
    records[4]["TrangThaiHoSo"] = "99"
    records[9]["NgayTiepNhan"] = "20260231080000"
    records[19]["TrangThaiHoSo"] = "44"
    records[30]["MaHoSo"] = records[29]["MaHoSo"]
    records[30]["NgayTiepNhan"] = "20260701080000"
    service.records[HO_SO] = records
    assert extractor().quarantined == {"DS02b": 2, "bad_date": 1, "unknown_code": 2}
    return extractor


def sums(extractor: Extractor, agency: str = REST) -> tuple[int, int, int, int]:
    found = balance(agency, "ho_so", catalog=extractor.catalog, settings=extractor.settings)
    assert found.holds
    return found.received, found.landed, found.quarantined, found.waived


def let_in(extractor: Extractor, **more: object):
    return replay(REST, "ho_so", catalog=extractor.catalog, settings=extractor.settings, **more)


def test_it_is_counted_without_a_key_and_shown_with_it(broken: Extractor, monkeypatch) -> None:
    (one,) = waiting(broken.settings)
    assert (one.agency, one.table, one.reasons) == (REST, "ho_so", {"DS02b": 2, "bad_date": 1, "unknown_code": 2})
    assert counted([one])[REST, "ho_so", "unknown_code"] == 2
    entries = show(REST, "ho_so", one.extract_id, settings=broken.settings)
    assert {(e.row_no, e.reason, e.column) for e in entries} == {
        (5, "unknown_code", "TrangThaiHoSo"),
        (10, "bad_date", "NgayTiepNhan"),
        (20, "unknown_code", "TrangThaiHoSo"),
        (30, "DS02b", "ma_tthc, ngay_tiep_nhan"),
        (31, "DS02b", "ma_tthc, ngay_tiep_nhan"),
    }
    assert json.loads(entries[0].record)["ChuHoSo"] == PERSON
    for path in (broken.settings.lake / "quarantine").rglob("*"):
        if path.is_file():
            assert PERSON.encode() not in path.read_bytes()
            assert b"022905" not in path.read_bytes()
    monkeypatch.setenv("MINHBACH_LANDING_KEY", "00" * 32)
    assert waiting(broken.settings) == [one]
    with pytest.raises(SealBroken):
        show(REST, "ho_so", one.extract_id, settings=broken.settings)


def test_a_cut_box_is_noticed(broken: Extractor) -> None:
    (one,) = waiting(broken.settings)
    box = broken.lake.quarantine(REST, "ho_so") / f"{one.extract_id}.box"
    box.write_bytes(b"")
    with pytest.raises(SealBroken, match="was cut"):
        show(REST, "ho_so", one.extract_id, settings=broken.settings)


def test_corrected_records_enter_once(broken: Extractor, tmp_path) -> None:
    (one,) = waiting(broken.settings)
    assert sums(broken) == (40, 35, 5, 0)
    path = tmp_path / "sua.json"
    fixes = [{"_row_no": 5, "TrangThaiHoSo": "9"}, {"_row_no": 10, "NgayTiepNhan": "20260702080000"}]
    path.write_text(json.dumps([{"_extract_id": one.extract_id} | fix for fix in fixes]), encoding="utf-8")
    (manifest,) = let_in(broken, corrections=path)
    assert (manifest.origin, manifest.received, manifest.landed, manifest.replayed) == (one.extract_id, 2, 2, 2)
    assert [row["_row_no"] for row in broken.landed(manifest)] == [5, 10]
    assert sums(broken) == (40, 37, 3, 0)
    with pytest.raises(UsageError, match="no record waiting at row 5"):
        let_in(broken, corrections=path)
    assert sums(broken) == (40, 37, 3, 0)
    assert broken() == broken.lake.manifest(REST, "ho_so", one.extract_id), "a replay does not move the cursor"


def test_without_correction_the_contract_as_it_is_now_decides(broken: Extractor) -> None:
    assert let_in(broken) == []
    broken.catalog.codes["trang_thai"].append({"code": "99", "vi": "x", "en": "x"})
    (manifest,) = let_in(broken)
    assert manifest.landed == 1
    assert let_in(broken) == []
    assert sums(broken) == (40, 36, 4, 0)


def test_of_two_that_contradict_each_other_one_may_enter(broken: Extractor, tmp_path) -> None:
    (one,) = waiting(broken.settings)
    path = tmp_path / "sua.csv"
    path.write_text(f"_extract_id,_row_no,GhiChu\n{one.extract_id},30,\n{one.extract_id},31,\n", encoding="utf-8-sig")
    assert let_in(broken, corrections=path) == []
    assert (
        waive(REST, "ho_so", one.extract_id, settings=broken.settings, reason="Nhầm mã", by="mot_cua", rows={31}) == 1
    )
    (manifest,) = let_in(broken)
    assert [row["_row_no"] for row in broken.landed(manifest)] == [30]
    assert sums(broken) == (40, 36, 3, 1)


def test_what_is_waived_leaves_with_a_reason(broken: Extractor) -> None:
    (one,) = waiting(broken.settings)
    waived = waive(
        REST,
        "ho_so",
        one.extract_id,
        settings=broken.settings,
        reason="Cơ quan đã huỷ",
        by="mot_cua",
        code="unknown_code",
    )
    assert waived == 2
    assert sums(broken) == (40, 35, 3, 2)
    assert waiting(broken.settings)[0].reasons == {"DS02b": 2, "bad_date": 1}
    with pytest.raises(UsageError, match="no such record"):
        waive(REST, "ho_so", one.extract_id, settings=broken.settings, reason="x", by="y", code="unknown_code")
    assert waive(REST, "ho_so", one.extract_id, settings=broken.settings, reason="x", by="y") == 3
    assert waiting(broken.settings) == []


@pytest.mark.parametrize("reason", ["", "  ", f"vì ông {PERSON} yêu cầu", f"trùng {IDENTITY}"])
def test_a_waiver_has_a_reason_that_names_nobody(broken: Extractor, reason: str) -> None:
    (one,) = waiting(broken.settings)
    with pytest.raises(UsageError, match=r"^waive: found") as caught:
        waive(REST, "ho_so", one.extract_id, settings=broken.settings, reason=reason, by="mot_cua")
    assert IDENTITY not in str(caught.value)


def test_a_replay_that_was_killed_before_its_manifest_did_not_happen(broken: Extractor, monkeypatch) -> None:
    broken.catalog.codes["trang_thai"].append({"code": "99", "vi": "x", "en": "x"})
    before = sums(broken)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("minhbach.core.lake.Lake.write_manifest", fail)
        with pytest.raises(KeyboardInterrupt):
            let_in(broken)
    assert sums(broken) == before
    (manifest,) = let_in(broken)
    assert manifest.landed == 1
    assert len(list(broken.lake.landed(REST, "ho_so").glob("*.parquet"))) == 2


def test_files_replay_too(extractor: Extractor, inbox, tmp_path) -> None:
    drop(inbox, [line(1), line(2, Trạng_thái="99"), line(3)])
    origin = extractor(CSV)
    path = tmp_path / "sua.csv"
    path.write_text(f"_extract_id,_row_no,Trạng thái\n{origin.extract_id},2,10\n", encoding="utf-8")
    (manifest,) = replay(CSV, "ho_so", catalog=extractor.catalog, settings=extractor.settings, corrections=path)
    (row,) = extractor.landed(manifest)
    assert (row["_row_no"], row["trang_thai_ho_so"], row["_source_file"]) == (2, "10", "ho_so_2026-Q3_20260916.csv")
    assert sums(extractor, CSV) == (3, 3, 0, 0)
    assert extractor(CSV) == origin


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("x.json", "{", UnreadableFile),
        ("x.json", '[{"_row_no": 5}]', UnreadableFile),
        ("x.json", '{"a": 1}', UnreadableFile),
        ("x.csv", '_extract_id,_row_no\nE,"5', UnreadableFile),
        ("x.csv", "_extract_id,_row_no,Lạ\nE,5,x\n", UsageError),
        ("x.csv", "_extract_id,_row_no\nnowhere,5\n", UsageError),
        ("y.json", None, UnreadableFile),
    ],
)
def test_corrections_that_are_none(broken: Extractor, tmp_path, name: str, content: str | None, error: type) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(error):
        let_in(broken, corrections=path)
    assert sums(broken) == (40, 35, 5, 0)


def test_an_extract_stopped_by_its_cap_is_looked_at_not_waived(extractor: Extractor, service: TinyService) -> None:
    with_table(extractor.catalog, REST, "ho_so", quarantine_cap="0%", quarantine_floor=0)
    service.records[HO_SO] = [dossier(1), dossier(2, TrangThaiHoSo="99")]
    with pytest.raises(Exception, match=r"at most 0%"):
        extractor()
    (one,) = waiting(extractor.settings)
    assert len(show(REST, "ho_so", one.extract_id, settings=extractor.settings)) == 1
    with pytest.raises(UsageError, match="its cap stopped"):
        waive(REST, "ho_so", one.extract_id, settings=extractor.settings, reason="x", by="y")
    assert let_in(extractor) == []
    assert Quarantine(extractor.lake, REST, "ho_so").waived() == 0
