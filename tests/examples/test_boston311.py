"""A second project folder, of another country, language and calendar, walks the whole line on real public data."""

from __future__ import annotations

import base64
import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from minhbach.cli.app import root as command
from minhbach.core.catalog import load_catalog
from minhbach.core.lake import Warehouse
from minhbach.core.periods import Period
from tests.examples.boston import FOLDER, QUARTERS, Case, cases, counted, needles, rows
from tests.needles import search_needles

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.shared_data
DATASET = "on_time_by_department"
VIETNAMESE = frozenset("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
PSEUDONYMS = base64.b64encode(bytes(range(32))).decode()
"""A fixed key: random hexadecimal digits could look like a parcel number once in many runs."""


@dataclass(frozen=True)
class City:
    """The house after both quarters were published, and the file they came from."""

    project: Path
    folder: Path
    read: list[dict[str, str]]
    cases: list[Case]

    @property
    def site(self) -> Path:
        """The public site."""
        return self.folder / "site" / "current"

    def released(self, quarter: str) -> list[dict[str, str]]:
        """Read a published CSV."""
        path = self.site / "dataset" / DATASET / quarter / "r1" / "data.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def city(root: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Walk both quarters through the commands, in this process, with the clock as it is."""
    folder, project = tmp_path_factory.mktemp("boston"), root / "examples" / "boston311"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
            patch.delenv(name)
        patch.setenv("MINHBACH_LAKE", str(folder / "lake"))
        patch.setenv("MINHBACH_PSEUDONYM_KEY", PSEUDONYMS)
        patch.setenv("MINHBACH_CONN_BOSTON_311", (shared_data / FOLDER).as_uri())
        run(project, "extract", "boston_311")
        for quarter in QUARTERS:
            for stage in (["freeze"], ["build"], ["gate", DATASET], ["release"], ["plan", "--as", "preparer_demo"]):
                run(project, *stage, "--period", quarter)
            (plan,) = (folder / "lake" / "plans" / "quarterly" / quarter).glob("*.json")
            run(project, "approve", str(plan), "--as", "steward_demo")
            run(project, "apply", str(plan))
        read = rows(shared_data)
        yield City(project, folder, read, cases(read))


def run(project: Path, *words: str) -> None:
    command.main(["--project", str(project), *words], standalone_mode=False)


def test_two_quarters_are_published_in_english(city: City) -> None:
    files = city.site.glob(f"dataset/{DATASET}/*/r1/data.csv")
    assert {path.parent.parent.name for path in files} == set(QUARTERS)
    pages = sorted(city.site.resolve().rglob("*.html"))
    assert len(pages) > 30
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    assert all('<html lang="en">' in text for text in texts.values())
    assert not (city.site / "vi").exists()
    written = {**texts, **{path: path.read_text(encoding="utf-8") for path in city.site.resolve().rglob("*.json*")}}
    assert not [path.name for path, text in written.items() if VIETNAMESE & set(text.lower())]
    page = (city.site / "dataset" / DATASET / "index.html").read_text(encoding="utf-8")
    assert "18,522 cases opened in Boston in the second quarter of 2015" in page
    assert "15,050 of them (81.3%)" in page
    assert "Next release" not in page  # the series has ended


@pytest.mark.parametrize("quarter", QUARTERS)
def test_numbers_equal_an_independent_count(city: City, quarter: str) -> None:
    truth = counted(city.cases, quarter)
    run_file = Warehouse(city.folder / "warehouse").current_for(Period.parse(quarter, "calendar"))
    with duckdb.connect(str(run_file), read_only=True) as connection:
        (mart,) = connection.execute(
            "select table_schema from information_schema.tables where table_name = ?", [DATASET]
        ).fetchone() or ("",)
        relation = connection.sql(f"select * from \"{mart}\".{DATASET} where quarter = '{quarter}'")
        built = {row[1]: dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()}
    assert set(built) == set(truth)
    assert sum(count["opened"] for count in truth.values()) == 2 * truth["TOTAL"]["opened"] > 50_000
    for department, count in truth.items():
        row = built[department]
        assert {name: row[name] for name in count} == dict(count), department
        assert row["official_rate"] == percent(count["on_time_official"], count["with_due_date"]), department
        assert row["strict_rate"] == percent(count["on_time"], count["closed_with_due_date"]), department


@pytest.mark.parametrize("quarter", QUARTERS)
def test_what_is_shown_is_true_and_what_is_small_is_not_shown(city: City, quarter: str) -> None:
    truth = counted(city.cases, quarter)
    released = {row["department"]: row for row in city.released(quarter)}
    hidden = {name for name, row in released.items() if row["ghi_chu_an_so"] == "c"}
    assert {name for name, count in truth.items() if count["opened"] < 10} <= hidden
    assert "TOTAL" not in hidden
    assert sum(truth[name]["opened"] for name in hidden) < 0.005 * truth["TOTAL"]["opened"]
    assert len(released) - len(hidden) > 10
    for name, row in released.items():
        shown = {key: row[key] for key in truth[name] if key in row}
        assert len(shown) == 8
        assert shown == {key: "" if name in hidden else str(truth[name][key]) for key in shown}


def test_the_publishers_own_verdict_agrees(city: City) -> None:
    verdicts = [(case.verdict, case.is_on_time) for case in city.cases if case.due and case.closed]
    blank = [is_on_time for verdict, is_on_time in verdicts if not verdict]
    assert (len(verdicts), len(blank)) == (37_320, 63)
    assert not any(blank)
    assert [pair for pair in verdicts if pair[0] and (pair[0] == "ONTIME") is not pair[1]] == []
    # The trap: what has no due date counts as on time there, and is outside both rates here.
    assert {case.verdict for case in city.cases if not case.due} == {"ONTIME"}


def test_nothing_personal_leaves_the_extractor(city: City, tmp_path: Path) -> None:
    looked_for = needles(city.read)
    assert {kind: len(values) >= 20 for kind, values in looked_for.items()} == dict.fromkeys(looked_for, True)
    (tmp_path / "planted.txt").write_text("\n".join(values[0] for values in looked_for.values()), encoding="utf-8")
    assert {hit.kind for hit in search_needles(tmp_path, looked_for)} == set(looked_for)
    assert (city.folder / "lake" / "landed").is_dir()
    assert search_needles(city.folder, looked_for, skip=[city.folder / "lake" / "quarantine"]) == []


def test_the_attacker_and_a_reader_agree(city: City) -> None:
    releases = sorted((city.folder / "lake" / "releases" / DATASET).glob("*/r1"))
    assert len(releases) == len(QUARTERS)
    run(city.project, "disclose", "attack", *map(str, releases))
    for release in releases:
        run(city.project, "verify", str(city.site / "dataset" / DATASET / release.parent.name / "r1"))


def test_check_finds_the_project_in_order(root: Path) -> None:
    project = root / "examples" / "boston311"
    checked = subprocess.run(
        [Path(sys.executable).with_name("minhbach"), "--project", project, "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_massachusetts_has_holidays_of_its_own(root: Path) -> None:
    calendar = load_catalog(root / "examples" / "boston311").calendar
    assert not calendar.is_workday(date(2015, 4, 20))  # Patriots' Day, of this state alone
    assert calendar.release_on(date(2015, 6, 30)) == date(2015, 7, 9)


def percent(part: int, whole: int) -> Decimal | None:
    return Decimal((20_000 * part + whole) // (2 * whole)) / 100 if whole else None
