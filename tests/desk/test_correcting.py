"""The agencies' door: a file lands as an extract, once; closed books stay closed; what is refused stays there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core.errors import UnreadableFile, UsageError
from minhbach.extract.steward import balance, show, waiting
from minhbach.flow import stages
from minhbach.flow.correcting import Refused, Taken, hand_in, inbox_of, take_inbox
from minhbach.flow.freezing import delivered, find_frozen
from tests.desk.conftest import NOW, REST
from tests.needles import search_needles

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.flow.house import House
    from tests.desk.conftest import Quarter
    from tests.line.rehearsal import Rehearsal

pytestmark = pytest.mark.line
COLUMN, RIGHT = "TrangThaiHoSo", "4"


def broken(house: House) -> tuple[str, int, dict[str, Any]]:
    """Find a record that waits because its status is unknown; nobody else has its code."""
    for one in waiting(house.settings, REST, "ho_so"):
        for entry in show(REST, "ho_so", one.extract_id, settings=house.settings):
            if entry.column == COLUMN:
                record: dict[str, Any] = json.loads(entry.record)
                return one.extract_id, entry.row_no, record
    raise AssertionError("the province plants unknown status codes in every quarter")


def waits(house: House) -> int:
    return sum(one.count for one in waiting(house.settings, REST, "ho_so"))


def holds(house: House) -> bool:
    return balance(REST, "ho_so", catalog=house.catalog, settings=house.settings).holds


def written(folder: Path, record: dict[str, Any], name: str = "sua.ndjson") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def test_a_corrected_record_lands_and_waits_no_more(house: House, tmp_path: Path) -> None:
    before = waits(house)
    _, _, record = broken(house)
    publication = house.catalog.publication()
    period = house.period(NOW, publication)
    closed = find_frozen(house, publication, period)
    file = written(tmp_path / "den", {**record, COLUMN: RIGHT})
    taken = hand_in(house, REST, "ho_so", file, by="Trung tâm")
    assert (taken.received, taken.landed, taken.replaced, taken.is_new) == (1, 1, 1, True)
    assert taken.period == "2026-Q4", "the books of the third quarter are closed"
    assert waits(house) == before - 1
    assert holds(house)
    assert find_frozen(house, publication, period) == closed, "a frozen period is never reopened"
    assert taken.extracts[0] in delivered(house, publication)[REST]["ho_so"], "the next freeze reads it"
    head = house.ledger.head()
    again = hand_in(house, REST, "ho_so", file, by="Trung tâm")
    assert (again.extracts, again.is_new) == (taken.extracts, False)
    assert house.ledger.head() == head, "a second time adds nothing, not even a line"
    entries = house.ledger.entries("corrected")
    assert [entry.content["landed"] for entry in entries] == [1]
    assert house.ledger.verify() > len(entries)


def test_values_for_records_that_are_named_by_place(house: House, tmp_path: Path) -> None:
    before = waits(house)
    extract_id, row, _ = broken(house)
    file = tmp_path / "danh_sach.csv"
    file.write_text(f"_extract_id,_row_no,{COLUMN}\n{extract_id},{row},{RIGHT}\n", encoding="utf-8")
    taken = hand_in(house, REST, "ho_so", file, by=REST)
    assert (taken.landed, taken.replaced) == (1, 1)
    assert waits(house) == before - 1
    assert holds(house)
    assert hand_in(house, REST, "ho_so", file, by=REST).is_new is False
    assert waits(house) == before - 1


def test_the_inbox_is_emptied_of_what_was_taken_alone(house: House) -> None:
    folder = inbox_of(house, REST, "ho_so")
    _, _, record = broken(house)
    good = written(folder, {**record, COLUMN: RIGHT})
    bad = folder / "hong.ndjson"
    bad.write_text("khong phai JSON\n", encoding="utf-8")
    unfinished = written(folder, record, "dang_chep.ndjson.part")
    done = take_inbox(house)
    assert [type(one) for one in done] == [Refused, Taken]
    assert not good.exists()
    assert bad.exists()
    assert unfinished.exists()
    assert isinstance(done[0], Refused)
    assert isinstance(done[0].error, UnreadableFile)
    assert len(list(house.lake.corrections(REST, "ho_so").glob("*.box"))) == 2, "both are kept, the refused one too"
    told = stages.take_corrections(REST)
    assert told == {"taken": 0, "refused": ["ho_so: UnreadableFile"]}, "neither content nor the name of the file"


def test_a_file_that_is_written_again_while_it_is_taken_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, record = broken(house)
    file = written(inbox_of(house, REST, "ho_so"), {**record, COLUMN: RIGHT})

    def interrupted(*given: Any, **named: Any) -> Taken:
        taken = hand_in(*given, **named)
        file.write_text("bản mới hơn\n", encoding="utf-8")
        return taken

    monkeypatch.setattr("minhbach.flow.correcting.hand_in", interrupted)
    assert [type(one) for one in take_inbox(house)] == [Taken]
    assert file.read_text(encoding="utf-8") == "bản mới hơn\n"


def test_closing_the_books_reads_what_lies_in_the_inboxes(first: Rehearsal, tmp_path: Path) -> None:
    copy = first.copy(tmp_path / "house")
    copy.extract(NOW)
    with copy.at(NOW) as house:
        publication = house.catalog.publication()
        _, _, record = broken(house)
        file = written(inbox_of(house, REST, "ho_so"), {**record, COLUMN: RIGHT})
        told = stages.close_books(publication.name, NOW)
        assert told["corrections"] == {REST: {"taken": 1, "refused": []}}
        assert not file.exists()
        closed = find_frozen(house, publication, house.period(NOW, publication))
        assert closed is not None
        entry = house.ledger.entries("corrected")[-1]
        assert entry.subject.split("/")[-1] in closed.extracts[REST]["ho_so"], "the quarter that was closing counts it"
        late = written(inbox_of(house, REST, "ho_so"), record, "muon.ndjson")
        assert stages.close_books(publication.name, NOW)["corrections"] == {}, "closed books stay closed"
        assert late.exists()


def test_who_names_a_person_or_an_unknown_table_is_refused(house: House, tmp_path: Path) -> None:
    _, _, record = broken(house)
    file = written(tmp_path / "den", {**record, COLUMN: RIGHT})
    with pytest.raises(UsageError):
        hand_in(house, REST, "ho_so", file, by="bà Trần Thị Mẫu")
    with pytest.raises(UsageError):
        hand_in(house, REST, "khong_co", file, by=REST)
    assert house.ledger.entries("corrected") == []


def test_the_command_tells_what_became_of_it_and_leaves_no_identifier(quarter: Quarter, tmp_path: Path) -> None:
    copy = quarter.rehearsal.copy(tmp_path / "house")
    with copy.at(NOW) as house:
        _, _, record = broken(house)
    file = written(tmp_path / "den", {**record, COLUMN: RIGHT})
    ran = copy.command("correct", REST, "ho_so", str(file), "--by", "Trung tâm", period=NOW)
    assert ran.returncode == 0, ran.stderr
    assert "2026-Q4 will count it" in ran.stdout
    assert "taken before" in copy.command("correct", REST, "ho_so", str(file), period=NOW).stdout
    said = tmp_path / "said.txt"
    said.write_text(ran.stdout + ran.stderr, encoding="utf-8")
    needles = copy.needles()
    assert search_needles(said, needles) == []
    assert search_needles(copy.folder, needles, skip=[copy.sandbox]) == []
