"""Applying a plan: atomic, repeatable, refusing what was edited; old or new, never mixed."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import random
import shutil
import signal
import sys
import threading
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Self

import pytest

from minhbach.core.errors import PortalFailed, SealBroken
from publishers.site.server import serve
from publishers.site.state import SiteState, hashes_of
from tests.publishers.conftest import both
from tests.publishers.sealed import FORM, RATES, House, receipt_of

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.publishing import Plan, Publisher, Release
    from publishers.site import SitePublisher

EVENTS = {"open", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}


def bytes_of(publisher: SitePublisher) -> dict[str, str]:
    live = publisher.store.current()
    return hashes_of(live) if live else {}


def test_it_is_a_publisher_found_by_its_kind(small: House) -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="minhbach.publishers", name="site")
    publisher: Publisher = small.publisher()
    assert isinstance(publisher, found.load())


def test_the_first_apply_makes_a_whole_site(small: House) -> None:
    publisher = small.publisher()
    assert publisher.observe().datasets == {}
    releases = both(small, "2026-Q2")
    steps: list[str] = []
    plan = small.plan(publisher, releases)
    publisher.apply(plan, releases, steps.append)
    assert steps == ["building", "built", "live"]
    live = publisher.observe()
    assert live.edited == ()
    assert {name: set(held.releases) for name, held in live.datasets.items()} == {
        FORM: {"2026-Q2/r1"},
        RATES: {"2026-Q2/r1"},
    }
    again = small.plan(publisher, releases)
    assert {change.action for change in again.changes} == {"unchanged"}


def test_a_second_apply_writes_nothing(small: House) -> None:
    publisher = small.publisher()
    releases = both(small, "2026-Q2")
    plan = small.publish(publisher, releases)
    publisher.attach_receipt(plan, receipt_of(plan, releases))
    before = {path: path.lstat().st_mtime_ns for path in publisher.store.root.rglob("*") if path.name != ".lock"}
    steps: list[str] = []
    publisher.apply(plan, releases, steps.append)
    publisher.attach_receipt(plan, receipt_of(plan, releases))
    after = {path: path.lstat().st_mtime_ns for path in publisher.store.root.rglob("*") if path.name != ".lock"}
    assert steps == []
    assert after == before


@pytest.mark.parametrize("what", ["edited", "missing", "added"])
def test_a_page_changed_by_hand_is_noticed_and_named(small: House, what: str) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    small.publish(publisher, first)
    plan = small.plan(publisher, second)
    live = publisher.store.current()
    assert live is not None
    page = live / "dataset" / FORM / "index.html"
    if what == "edited":
        page.write_text(page.read_text().replace("%", " phần trăm"))
    elif what == "missing":
        page.unlink()
    else:
        (live / "dataset" / FORM / "moi.html").write_text("x")
    changed = bytes_of(publisher)
    with pytest.raises(SealBroken, match=rf"/dataset/{FORM}/(index|moi)\.html \({what}\).*plan again"):
        publisher.apply(plan, second, lambda _: None)
    assert bytes_of(publisher) == changed
    assert any(f"({what})" in said for said in publisher.observe().edited)
    small.publish(publisher, second)
    assert publisher.observe().edited == ()


def test_an_edited_data_file_is_never_taken_over(small: House) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    small.publish(publisher, first)
    live = publisher.store.current()
    assert live is not None
    (live / "dataset" / FORM / "2026-Q2" / "r1" / "data.csv").write_bytes(b"x")
    small.publish(publisher, second)
    assert (
        bytes_of(publisher)[f"dataset/{FORM}/2026-Q2/r1/data.csv"] == first[0].manifest["files"]["data.csv"]["sha256"]
    )
    assert (first[0].folder / "data.csv").stat().st_size > 1, "the sealed file itself must be untouched"


def test_a_plan_for_another_state_is_refused(small: House) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    early = small.plan(publisher, second)
    small.publish(publisher, first)
    before = bytes_of(publisher)
    with pytest.raises(SealBroken, match="expected the state that plan"):
        publisher.apply(early, second, lambda _: None)
    assert bytes_of(publisher) == before


def test_a_plan_that_is_live_writes_nothing_even_after_later_ones(small: House) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    plan = small.publish(publisher, first)
    small.publish(publisher, second)
    before = bytes_of(publisher)
    steps: list[str] = []
    publisher.apply(plan, first, steps.append)
    unchanged = small.plan(publisher, first)
    assert {change.action for change in unchanged.changes} == {"unchanged"}
    publisher.apply(unchanged, first, steps.append)
    assert steps == []
    assert bytes_of(publisher) == before


def test_other_releases_than_planned_are_refused(small: House) -> None:
    publisher = small.publisher()
    releases = both(small, "2026-Q2")
    plan = small.plan(publisher, releases)
    other = [dataclasses.replace(releases[0], manifest_sha256="0" * 64), releases[1]]
    with pytest.raises(SealBroken, match="found manifest 0000"):
        publisher.apply(plan, other, lambda _: None)
    with pytest.raises(SealBroken, match="found manifest none"):
        publisher.apply(plan, releases[1:], lambda _: None)
    assert publisher.store.current() is None


def test_a_release_whose_bytes_moved_is_refused(small: House) -> None:
    publisher = small.publisher()
    releases = both(small, "2026-Q2")
    plan = small.plan(publisher, releases)
    path = releases[0].folder / "data.xlsx"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(SealBroken, match=r"data\.xlsx: found"):
        publisher.apply(plan, releases, lambda _: None)
    assert publisher.store.current() is None


def test_two_applies_at_once_are_refused(small: House) -> None:
    publisher = small.publisher()
    releases = both(small, "2026-Q2")
    plan = small.plan(publisher, releases)
    with publisher.store.lock(), pytest.raises(PortalFailed, match="another apply"):
        publisher.apply(plan, releases, lambda _: None)


def test_kept_pages_equal_a_build_from_nothing(small: House, tmp_path: Path) -> None:
    """What is linked from the build before is what would have been rendered."""
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    plans = [small.publish(publisher, releases) for releases in (first, second)]
    receipt = receipt_of(plans[1], second)
    publisher.attach_receipt(plans[1], receipt)
    grown = bytes_of(publisher)
    live = publisher.store.current()
    assert live is not None
    state = SiteState.read(live)
    assert state is not None
    assert len(state.keys) > 10
    moved = tmp_path / "moved"
    shutil.copytree(live, moved)
    shutil.rmtree(publisher.store.root / "builds")
    from publishers.site.assemble import Assembly
    from publishers.site.build import Builder

    site = Assembly(publisher.context, publisher.address, moved).site(state, (), {plans[1].hash: receipt})
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    Builder(site, fresh, None, publisher.store.cache).build()
    assert hashes_of(fresh) == grown


def test_old_builds_go_but_the_last_two(small: House) -> None:
    publisher = small.publisher()
    for period in ("2026-Q2", "2026-Q3", "2026-Q4"):
        releases = both(small, period)
        plan = small.publish(publisher, releases)
        publisher.attach_receipt(plan, receipt_of(plan, releases))
    builds = {path.name for path in (publisher.store.root / "builds").iterdir()}
    live = publisher.store.current()
    assert live is not None
    assert live.name in builds
    assert builds == {live.name, plan.hash}


def test_a_receipt_needs_its_plan_live(small: House) -> None:
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    late = small.plan(publisher, first)
    with pytest.raises(SealBroken, match="plan again"):
        publisher.attach_receipt(late, receipt_of(late, first))
    plan = small.publish(publisher, first)
    after = small.publish(publisher, second)
    publisher.attach_receipt(plan, receipt_of(plan, first))
    publisher.attach_receipt(after, receipt_of(after, second))
    files = bytes_of(publisher)
    for one, releases in ((plan, first), (after, second)):
        assert f"publication/{one.publication}/{one.period}/receipts/{one.hash}.json" in files
        assert f"dataset/{FORM}/{releases[0].period}/r1/receipt.json" in files


def _child(publisher: SitePublisher, plan: Plan, releases: list[Release], die_at: int, count: Any) -> None:
    """Apply, and die at the n-th thing done to the file system."""

    def watch(event: str, _: tuple[Any, ...]) -> None:
        if event in EVENTS:
            count.value += 1
            if count.value == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    publisher.apply(plan, releases, lambda _: None)


def _in_child(publisher: SitePublisher, plan: Plan, releases: list[Release], die_at: int) -> tuple[int | None, int]:
    fork = multiprocessing.get_context("fork")
    count = fork.Value("i", 0)
    child = fork.Process(target=_child, args=(publisher, plan, releases, die_at, count))
    child.start()
    child.join(60)
    return child.exitcode, int(count.value)


class Polling:
    """A reader that asks for the same addresses all the time and keeps every answer's hash."""

    def __init__(self, root: Path, addresses: list[str]) -> None:
        self.server = serve(root, 0)
        self.addresses = addresses
        self.seen: dict[str, set[str]] = {address: set() for address in addresses}
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.server.serve_forever), threading.Thread(target=self._read)]

    def _read(self) -> None:
        import hashlib

        port = self.server.server_address[1]
        while not self.stop.is_set():
            for address in self.addresses:
                connection = HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", f"/{address}")
                answer = connection.getresponse()
                self.seen[address].add(f"{answer.status} {hashlib.sha256(answer.read()).hexdigest()}")
                connection.close()

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.threads[1].join()
        self.server.shutdown()
        self.server.server_close()
        self.threads[0].join()


def test_killed_anywhere_and_repeated_it_ends_the_same(small: House, tmp_path: Path) -> None:
    """kill -9 at seeded points of an apply while a reader polls: every answer is wholly old or wholly new."""
    publisher = small.publisher()
    first, second = both(small, "2026-Q2"), both(small, "2026-Q3")
    small.publish(publisher, first)
    plan = small.plan(publisher, second)
    old = bytes_of(publisher)
    site, spare = publisher.store.root, tmp_path / "spare"
    shutil.copytree(site, spare, symlinks=True)
    publisher.apply(plan, second, lambda _: None)
    new = bytes_of(publisher)
    assert new != old

    def reset() -> None:
        shutil.rmtree(site)
        shutil.copytree(spare, site, symlinks=True)

    reset()
    code, events = _in_child(publisher, plan, second, -1)
    assert (code, bytes_of(publisher)) == (0, new)
    assert events > 100
    chance = random.Random(20260615)
    points = sorted({1, *(chance.randrange(2, events) for _ in range(3)), *range(events - 2, events + 1)})
    pages = [
        "index.html",
        f"dataset/{FORM}/index.html",
        f"dataset/{FORM}/latest/data.csv",
        f"en/dataset/{RATES}/index.html",
    ]
    ends: set[str] = set()
    for point in points:
        reset()
        with Polling(site, pages) as reader:
            code, _ = _in_child(publisher, plan, second, point)
            assert code == -signal.SIGKILL
            standing = bytes_of(publisher)
            assert standing in (old, new), f"half a site after event {point}"
            ends.add("old" if standing == old else "new")
            publisher.apply(plan, second, lambda _: None)
        assert bytes_of(publisher) == new
        leftovers = [path.name for path in (site / "builds").iterdir() if path.name.startswith(".")]
        assert leftovers == [] or ends == {"new"}
        for page in pages:
            assert reader.seen[page] <= {f"200 {old[page]}", f"200 {new[page]}"}
    assert ends == {"old", "new"}
