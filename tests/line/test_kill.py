"""Kill -9 at every stage boundary and inside each stage, run again: the same releases, and nothing half anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.forking import Children, children
from tests.line.rehearsal import PERIODS, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.line, pytest.mark.timeout(1800)]

SECOND = PERIODS[1]
STAGES = {
    "extract": (2, 1),
    "close_books": (1, 0),
    "build": (1, 1),
    "gate": (1, 0),
    "protect_and_seal": (1, 1),
    "prepare_plan": (1, 0),
    "approve": (1, 0),
    "apply_plan": (2, 0),
}
"""Stage → seeded moments inside it, by touch of the disk and by time; each is killed at its first touch besides."""
SEED = 20261124
KEPT = ("lake/landed", "lake/releases", "lake/plans", "lake/receipts")
"""What is the same, byte for byte, however often one died on the way."""


@dataclass
class Mortal:
    """One house that is walked by children who may die."""

    rehearsal: Rehearsal
    children: Children
    variables: dict[str, str]

    def run(self, stage: str, *, touch: int = 0, seconds: float = 0.0) -> dict[str, Any]:
        asked = {"stage": stage, "period": SECOND, "root": str(self.rehearsal.folder), "touch": touch}
        return self.children.run({**asked, "seconds": seconds, "variables": self.variables})

    def save(self, place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        skipped = shutil.ignore_patterns("sandbox")
        shutil.copytree(self.rehearsal.folder, place, symlinks=True, ignore=skipped)

    def restore(self, place: Path) -> None:
        for path in self.rehearsal.folder.iterdir():
            if path.name != "sandbox":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(place, self.rehearsal.folder, symlinks=True, dirs_exist_ok=True)


@pytest.fixture
def mortal(project: Path, first: Rehearsal, tmp_path: Path) -> Iterator[Mortal]:
    """Give a house whose first quarter is published and whose second has just been delivered."""
    rehearsal = first.copy(tmp_path / f"seed_{first.seed}")
    with rehearsal.at(SECOND), rehearsal.served(SECOND, faults=False):
        variables = {name: value for name, value in os.environ.items() if name.startswith("MINHBACH_")}
        with children("tests.line.dying", project, tmp_path / "children.log") as dying:
            yield Mortal(rehearsal, dying, variables)


def test_whoever_dies_the_next_run_ends_as_if_nobody_had(mortal: Mortal, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    before, after = tmp_path / "before", tmp_path / "after"
    old = whole(mortal.rehearsal.site)
    killed = 0
    for stage, (by_touch, by_time) in STAGES.items():
        mortal.save(before)
        with watched(mortal.rehearsal.site) as seen:
            calm = mortal.run(stage)
        assert calm["ended"] == 0, (stage, (tmp_path / "children.log").read_text()[-3000:])
        assert seen, "the site was looked at all the while"
        expected = content(mortal.rehearsal)
        mortal.save(after)
        touches = [1, *chance.sample(range(2, max(4, calm["touches"] + 1)), by_touch)]
        moments = [{"touch": touch} for touch in touches]
        moments += [{"seconds": calm["seconds"] * chance.uniform(0.1, 0.9)} for _ in range(by_time)]
        for moment in moments:
            killed += die_and_run_again(mortal, stage, moment, before)
            assert content(mortal.rehearsal) == expected, (stage, moment)
        mortal.restore(after)
    assert whole(mortal.rehearsal.site) != old, "the second quarter is live"
    assert killed >= 20


def die_and_run_again(mortal: Mortal, stage: str, moment: dict[str, Any], before: Path) -> int:
    """Start from before the stage, die in it, look at what is left, and run it again; return 1 if it died."""
    rehearsal, ended = mortal.rehearsal, 0
    for _ in range(4):
        mortal.restore(before)
        plans = {whole(rehearsal.site), *planned(rehearsal)}
        ended = mortal.run(stage, **moment)["ended"]
        if ended:
            break
        moment = {name: type(value)(value * 0.6) for name, value in moment.items()}  # it was faster this time
    assert ended == -signal.SIGKILL, (stage, moment)
    with rehearsal.at(SECOND) as house:
        entries = house.ledger.verify()
    assert whole(rehearsal.site) in plans, "the site is the old or the new one"
    with watched(rehearsal.site) as seen:
        again = mortal.run(stage)
    assert again["ended"] == 0, (stage, moment)
    assert seen <= plans
    with rehearsal.at(SECOND) as house:
        assert house.ledger.verify() >= entries
    assert half(rehearsal.folder) == [], (stage, moment)
    return 1


def content(rehearsal: Rehearsal) -> dict[str, str]:
    """Hash what must be the same: landed records, releases, plans, receipts, the public site, what the ledger tells."""
    folder = rehearsal.folder
    roots = [*(folder / name for name in KEPT), rehearsal.site.resolve()]
    files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
    found = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(found) > 50
    with rehearsal.at(SECOND) as house:
        found["ledger"] = json.dumps([(entry.kind, entry.subject, entry.content) for entry in house.ledger.entries()])
    return found


def half(folder: Path) -> list[str]:
    """List what a killed run left lying about."""
    staging, spool = folder / "lake" / "staging", folder / "lake" / "spool"
    left = [path for root in (staging, spool) for path in root.rglob("*") if path.is_file() and path.name != "lock"]
    house = [path for path in folder.rglob("*") if "sandbox" not in path.parts]
    left += [
        path for path in house if path.name.endswith((".part", ".tmp", ".wal")) or path.name.startswith(".current.")
    ]
    return [str(path.relative_to(folder)) for path in left]


def whole(site: Path) -> str:
    """Assert that the live site is one build and no mixture, and return the plan that it shows."""
    build = site.resolve()
    state = json.loads((build / "site-state.json").read_text(encoding="utf-8"))
    for name, sha256 in state["files"].items():
        assert hashlib.sha256((build / name).read_bytes()).hexdigest() == sha256, name
    on_disk = {str(path.relative_to(build)) for path in build.rglob("*") if path.is_file()} - {"site-state.json"}
    assert on_disk == set(state["files"])
    plan: str = state["plan"]
    return plan


def planned(rehearsal: Rehearsal) -> set[str]:
    return {path.stem for path in (rehearsal.folder / "lake" / "plans").rglob(f"{SECOND}/*.json")}


@contextmanager
def watched(site: Path) -> Iterator[set[str]]:
    """Look at the live site again and again while something runs; give the plans it showed."""
    seen: set[str] = set()
    problems: list[BaseException] = []
    over = Event()

    def look() -> None:
        while not over.wait(0.1):
            build = site.resolve()
            try:
                seen.add(whole(site))
            except (FileNotFoundError, AssertionError) as problem:
                if site.resolve() == build:  # else it was an old build, cleared away while we read it
                    problems.append(problem)

    seen.add(whole(site))
    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
    assert not problems, problems[0]
