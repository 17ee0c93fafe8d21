"""A watch from outside finds what was done to a site, one kind at a time, and nothing on a healthy one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from minhbach.cli.app import root as command
from minhbach.core import jsonfile
from minhbach.core.errors import GateRefused, PortalFailed, UsageError
from minhbach.flow import stages
from minhbach.flow.house import open_house
from minhbach.flow.watching import watch
from publishers.site.server import served
from tests.publishers.sealed import FORM, RATES
from tests.publishers.walking import Walk, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEFORE_THE_NEXT, LONG_AFTER = "2026-10-01T03:00:00+00:00", "2027-01-20T03:00:00+00:00"
"""Q3 is out on 23 September, Q4 is due on 23 December."""


@pytest.fixture(scope="module")
def walked(root: Path, sealed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a house that published two quarters to its site; copied for each test."""
    folder = tmp_path_factory.mktemp("walked") / "house"
    shutil.copytree(sealed, folder, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(root, folder).items():
            patch.setenv(name, value)
        patch.setenv("MINHBACH_NOW", BEFORE_THE_NEXT)
        walk = Walk(open_house(root), "site")
        walk.publish("2026-Q2")
        walk.publish("2026-Q3")
    return folder


@pytest.fixture
def walk(root: Path, walked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    folder = tmp_path / "house"
    shutil.copytree(walked, folder, symlinks=True)
    for name, value in environment(root, folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MINHBACH_NOW", BEFORE_THE_NEXT)
    with served(folder / "site") as address:
        monkeypatch.setenv("MINHBACH_PORTAL_SITE_URL", address)
        yield Walk(open_house(root), "site")


def live(walk: Walk) -> Path:
    return (walk.house.settings.lake.parent / "site" / "current").resolve()


def found(walk: Walk) -> list[tuple[str, str]]:
    return [(one.dataset, one.what) for one in watch(walk.house, walk.publication).findings]


def test_a_healthy_site_gives_nothing(walk: Walk) -> None:
    watched = watch(walk.house, walk.publication)
    assert watched.findings == ()
    assert (watched.datasets, watched.releases) == (2, 4)
    assert watched.files > 40
    assert stages.watch(walk.publication.name)["findings"] == 0


def test_a_portal_that_is_declared_no_more_stops_no_watch(walk: Walk) -> None:
    entry = walk.house.ledger.entries("published")[-1]
    walk.house.ledger.append("published", entry.subject, {**entry.content, "portal": "cong_cu"})
    assert watch(walk.house, walk.publication).portals == ("site",)
    with pytest.raises(UsageError, match="cong_cu"):
        watch(walk.house, walk.publication, "cong_cu")


def test_a_dataset_that_left_its_publication_stops_no_watch(walk: Walk) -> None:
    without = walk.publication.model_copy(update={"datasets": [RATES]})
    watched = watch(walk.house, without)
    assert (watched.findings, watched.datasets, watched.releases) == ((), 1, 2)


def test_what_was_withdrawn_stays_so_on_a_portal_that_lost_its_tombstones(walk: Walk) -> None:
    walk.withdraw(FORM, "2026-Q3", "Có số liệu sai; bản thay thế sẽ công bố sau.")
    shutil.rmtree(walk.house.settings.lake.parent / "site")
    with pytest.raises(GateRefused, match=f"{FORM}/2026-Q3/r1: it was withdrawn"):
        walk.approved("2026-Q3")
    assert walk.approved("2026-Q2").changes, "what was not taken back goes out anew"


def test_a_tombstone_that_was_planned_gives_nothing(walk: Walk) -> None:
    walk.withdraw(FORM, "2026-Q2", "Có số liệu sai; bản thay thế sẽ công bố sau.")
    watched = watch(walk.house, walk.publication)
    assert (watched.findings, watched.releases) == ((), 3)


def test_what_is_overdue_is_late(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_NOW", LONG_AFTER)
    watched = watch(walk.house, walk.publication)
    assert [(one.dataset, one.what) for one in watched.findings] == [(FORM, "late"), (RATES, "late")]
    assert watched.findings[0].since == "2026-12-23"
    assert "2026-Q4" in watched.findings[0].told["vi"]


def edit_data(folder: Path) -> None:
    path = folder / "dataset" / FORM / "2026-Q2" / "r1" / "data.csv"
    path.write_bytes(path.read_bytes().replace(b"2026-Q2", b"2026-Q9", 1))


def empty_data(folder: Path) -> None:
    path = folder / "dataset" / FORM / "2026-Q2" / "r1" / "data.csv"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def remove_file(folder: Path) -> None:
    (folder / "dataset" / FORM / "2026-Q3" / "r1" / "data.parquet").unlink()


def edit_page(folder: Path) -> None:
    path = folder / "dataset" / FORM / "index.html"
    path.write_bytes(path.read_bytes().replace(b"</h1>", b" (tam dung)</h1>", 1))


def edit_metadata(folder: Path) -> None:
    state = json.loads((folder / "site-state.json").read_bytes())
    state["metadata"][FORM]["contact"] = "ai.do@example.org"
    (folder / "site-state.json").write_bytes(jsonfile.pretty(state))


def resign_receipt(folder: Path) -> None:
    for path in (folder / "publication").rglob("receipts/*.json"):
        receipt = json.loads(path.read_bytes())
        path.write_bytes(jsonfile.pretty({**receipt, "approver": "somebody_else"}))


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (edit_data, {"tampered"}),
        (empty_data, {"tampered", "empty"}),
        (remove_file, {"empty"}),
        (edit_page, {"edited"}),
        (edit_metadata, {"edited"}),
        (resign_receipt, {"receipt", "edited"}),
    ],
)
def test_harm_is_found_and_named(
    walk: Walk, harm: Callable[[Path], None], expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    harm(live(walk))
    assert {what for dataset, what in found(walk) if dataset == FORM} == expected
    with pytest.raises(GateRefused, match=FORM):
        stages.watch(walk.publication.name)
    with pytest.raises(SystemExit) as ended:
        command(["watch", "--json"])
    assert ended.value.code == 3
    told = json.loads(capsys.readouterr().out)["findings"]
    assert {one["what"] for one in told if one["dataset"] == FORM} == expected
    assert all(one["told"]["vi"] and one["told"]["en"] and one["do"]["vi"] and one["since"] for one in told)


def test_a_finding_keeps_the_day_on_which_it_was_first_met(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_page(live(walk))
    first = watch(walk.house, walk.publication).findings[0].since
    monkeypatch.setenv("MINHBACH_NOW", "2026-10-05T03:00:00+00:00")
    assert watch(walk.house, walk.publication).findings[0].since == first
    assert first == "2026-10-01T03:00:00Z"


def test_a_site_that_does_not_answer_is_unreachable(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINHBACH_PORTAL_SITE_URL", "http://127.0.0.1:9")
    assert found(walk) == [(FORM, "unreachable"), (RATES, "unreachable")]
    with pytest.raises(PortalFailed, match="does not answer"):
        stages.watch(walk.publication.name)
    with pytest.raises(SystemExit) as ended:
        command(["watch"])
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "cổng không trả lời" in told
    assert "the portal does not answer" in told
