"""A file of corrections is an extract of its own: judged as any other, taken once, kept encrypted, balanced."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core.errors import CapExceeded, UnreadableFile, UsageError
from minhbach.core.lake import CORRECTION
from minhbach.extract import correct as door
from minhbach.extract.quarantine import Quarantine
from minhbach.extract.steward import balance, waiting
from tests.extract.conftest import CSV, HO_SO, REST, Extractor, drop
from tests.extract.sample import IDENTITY, PERSON, PHONE, dossier, line

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.lake import Manifest
    from tests.extract.service import TinyService

BY = "bộ phận một cửa"


class Door:
    """Hands files in."""

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor

    def __call__(self, agency: str, file: Path, **more: Any) -> Manifest:
        given = {"by": BY, "catalog": self.extractor.catalog, "settings": self.extractor.settings} | more
        return door.correct(agency, "ho_so", file, **given)

    def waiting(self, agency: str) -> int:
        return sum(one.count for one in waiting(self.extractor.settings, agency) if not one.attempt)

    def holds(self, agency: str) -> bool:
        return balance(agency, "ho_so", catalog=self.extractor.catalog, settings=self.extractor.settings).holds

    def kept(self, agency: str) -> list[Path]:
        return sorted(self.extractor.lake.corrections(agency, "ho_so").glob("*"))


@pytest.fixture
def hand_in(extractor: Extractor) -> Door:
    return Door(extractor)


def ndjson(folder: Path, *records: dict[str, Any], name: str = "sua.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def test_a_corrected_drop_takes_the_place_of_what_waits(
    extractor: Extractor, hand_in: Door, inbox: Path, tmp_path: Path
) -> None:
    drop(inbox, [line(n, Ngày_nộp="31/02/2026 08:00:00" if n == 2 else "02/07/2026 07:55:00") for n in range(1, 9)])
    origin = extractor(CSV)
    assert hand_in.waiting(CSV) == 1
    manifest = hand_in(CSV, drop(tmp_path, [line(2)], "ho_so_sua.csv"))
    assert (manifest.origin, manifest.handed_in_by) == (CORRECTION, BY)
    assert (manifest.received, manifest.landed, manifest.replayed, manifest.quarantined) == (1, 1, 1, {})
    assert list(manifest.files) == ["ho_so_sua.csv"]
    assert hand_in.waiting(CSV) == 0
    assert hand_in.holds(CSV)
    assert extractor(CSV) == origin, "a correction is no delivery: the next look goes on from the last one"


def test_another_record_takes_no_place(extractor: Extractor, hand_in: Door, inbox: Path, tmp_path: Path) -> None:
    drop(inbox, [line(n, Trạng_thái="77" if n == 2 else "9") for n in range(1, 9)])
    extractor(CSV)
    manifest = hand_in(CSV, drop(tmp_path, [line(3), line(20)], "ho_so_khac.csv"))
    assert (manifest.landed, manifest.replayed) == (2, 0)
    assert hand_in.waiting(CSV) == 1
    assert hand_in.holds(CSV)


def test_two_records_under_one_code_stay_for_a_person_to_tell_apart(
    extractor: Extractor, hand_in: Door, inbox: Path, tmp_path: Path
) -> None:
    twins = [line(2), line(2, Mã_thủ_tục="1.001193")]
    drop(inbox, [*(line(n) for n in range(3, 11)), *twins])
    extractor(CSV)
    assert hand_in.waiting(CSV) == 2
    assert hand_in(CSV, drop(tmp_path, [line(2)], "ho_so_sua.csv")).replayed == 0
    assert hand_in.waiting(CSV) == 2
    assert hand_in.holds(CSV)


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_a_service_s_records_come_under_its_field_names(
    form: str, extractor: Extractor, hand_in: Door, service: TinyService, tmp_path: Path
) -> None:
    service.records[HO_SO] = [dossier(n, TrangThaiHoSo="77" if n == 5 else "9") for n in range(1, 20)]
    extractor(REST)
    assert hand_in.waiting(REST) == 1
    right = dossier(5)
    if form == "csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(right))
        writer.writeheader()
        writer.writerow({k: json.dumps(v) if isinstance(v, list) else v for k, v in right.items()})
        file = tmp_path / "sua.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
    else:
        file = ndjson(tmp_path, right)
    manifest = hand_in(REST, file)
    assert (manifest.landed, manifest.replayed) == (1, 1)
    assert hand_in.waiting(REST) == 0
    assert hand_in.holds(REST)
    mine, theirs = extractor.landed(manifest)[0], extractor.landed(extractor.lake.manifests(REST, "ho_so")[0])[0]
    assert mine["le_phi"] == theirs["le_phi"], "typed alike, whichever form it came in"
    assert mine["chu_ho_so"]


def test_the_same_file_adds_nothing_whatever_its_name(hand_in: Door, tmp_path: Path) -> None:
    first = hand_in(REST, ndjson(tmp_path, dossier(1)))
    again = hand_in(REST, ndjson(tmp_path, dossier(1), name="lan_hai.ndjson"), by="nơi khác")
    assert again == first
    assert len(hand_in.extractor.lake.manifests(REST, "ho_so")) == 1
    assert len(hand_in.kept(REST)) == 1


def test_what_is_handed_in_is_kept_and_cannot_be_read(hand_in: Door, tmp_path: Path) -> None:
    hand_in(REST, ndjson(tmp_path, dossier(1)))
    for path in [one for one in hand_in.extractor.settings.lake.rglob("*") if one.is_file()]:
        held = path.read_bytes()
        assert not [value for value in (PERSON, IDENTITY, PHONE) if value.encode() in held], path
    assert hand_in.kept(REST)[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{}\nkhong phai JSON\n", b"[1, 2]\n", b"\n\n"],
    ids=["empty", "not JSON", "no object", "blank"],
)
def test_a_file_of_another_form_is_refused_whole(content: bytes, hand_in: Door, tmp_path: Path) -> None:
    file = tmp_path / "sua.ndjson"
    file.write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        hand_in(REST, file)
    assert "khong phai" not in str(refused.value)
    assert hand_in.extractor.lake.manifests(REST, "ho_so") == []


def test_a_drop_with_other_columns_is_refused_whole(hand_in: Door, tmp_path: Path) -> None:
    short = [{name: value for name, value in line(1).items() if name != "Trạng thái"}]
    file = tmp_path / "ho_so_sua.csv"
    file.write_text(";".join(short[0]) + "\n" + ";".join(short[0].values()) + "\n", encoding="utf-8")
    with pytest.raises(UnreadableFile):
        hand_in(CSV, file)
    assert hand_in.extractor.lake.manifests(CSV, "ho_so") == []


def test_a_correction_that_breaks_the_contract_lands_nothing(hand_in: Door, tmp_path: Path) -> None:
    with pytest.raises(CapExceeded):
        hand_in(REST, ndjson(tmp_path, dossier(1, TrangThaiHoSo="77")))
    assert hand_in.extractor.lake.manifests(REST, "ho_so") == []
    assert len(hand_in.kept(REST)) == 1, "the file itself is kept"


def test_one_bad_record_among_good_ones_waits_as_any_other(hand_in: Door, tmp_path: Path) -> None:
    manifest = hand_in(REST, ndjson(tmp_path, dossier(1), dossier(2, TrangThaiHoSo="77")))
    assert (manifest.received, manifest.landed, manifest.quarantined) == (2, 1, {"unknown_code": 1})
    assert hand_in.waiting(REST) == 1
    again = hand_in(REST, ndjson(tmp_path, dossier(2), name="lan_hai.ndjson"))
    assert again.replayed == 1
    assert hand_in.waiting(REST) == 0
    assert hand_in.holds(REST)


@pytest.mark.parametrize("by", ["", "  ", "ông Trần Văn Mẫu"])
def test_an_office_hands_in_not_nobody_and_no_person(by: str, hand_in: Door, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        hand_in(REST, ndjson(tmp_path, dossier(1)), by=by)
    assert hand_in.kept(REST) == []


def test_killed_before_its_manifest_nothing_has_moved(
    extractor: Extractor, hand_in: Door, service: TinyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.records[HO_SO] = [dossier(n, TrangThaiHoSo="77" if n == 5 else "9") for n in range(1, 20)]
    extractor(REST)

    class Killed(BaseException):
        """Stands for kill -9: nothing of ours runs after it."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("minhbach.core.lake.Lake.write_manifest", die)
        with pytest.raises(Killed):
            hand_in(REST, ndjson(tmp_path, dossier(5)))
    quarantine = Quarantine(extractor.lake, REST, "ho_so")
    assert [one.count for one in quarantine.waiting()] == [1]
    assert hand_in.holds(REST)
    assert hand_in(REST, ndjson(tmp_path, dossier(5))).replayed == 1
    assert hand_in.waiting(REST) == 0
    assert hand_in.holds(REST)
