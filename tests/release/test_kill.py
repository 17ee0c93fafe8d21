"""Kill -9 at any moment of writing and sealing; run again: one whole release, one entry, nothing half."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minhbach.core import keys
from minhbach.release import load
from tests.release.small import DATASET, PERIOD, House, again

ROOT = Path(__file__).resolve().parents[2]
SEED = 20260923
# One process imports everything, then forks a child for each moment: the child dies there, as by the power cut.
CHILDREN = """
import os, signal, sys
from pathlib import Path

import cryptography.hazmat.primitives.asymmetric.ed25519, pandas, pyarrow.compute, pyarrow.parquet
import sqlalchemy.dialects.sqlite, xlsxwriter
from tests.release.small import again

EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect", "os.link"}

def seal_and_die(root, stop):
    calls = 0

    def count(event, arguments):
        nonlocal calls
        if event in EVENTS and any(str(argument).startswith(root) for argument in arguments):
            calls += 1
            if calls == stop:
                os.kill(os.getpid(), signal.SIGKILL)

    small = again(Path(root))
    sys.addaudithook(count)
    release = small.seal(small.write())
    print(calls, release.manifest["logical_sha256"], flush=True)

for root, stop in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    child = os.fork()
    if child == 0:
        seal_and_die(root, stop)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


def run(*moments: tuple[Path, int]) -> list[str]:
    """Seal in each folder, dying at the given step (0: never); return what the children and their ends said."""
    arguments = [str(part) for moment in moments for part in moment]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILDREN, *arguments]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def half_files(small: House) -> list[str]:
    found = [path for path in small.lake.root.rglob("*") if path.name.endswith(".part")]
    return [str(path) for path in found if "staging" not in path.parts]


def test_a_killed_seal_leaves_nothing_half_and_is_finished_by_the_next(small: House, tmp_path: Path) -> None:
    keys.secret("SIGNING_KEY", small.settings)  # made before, so that the steps of every run are the same
    said, _ = run((tmp_path, 0))
    steps, logical = int(said.split()[0]), said.split()[1]
    assert steps > 30
    first = (small.lake.release(DATASET, PERIOD, "r1") / "manifest.json").read_bytes()
    # Seeded moments, and with them the last ones: around the rename and the entry.
    moments = sorted({*random.Random(SEED).sample(range(1, steps - 6), 12), *range(steps - 7, steps + 1)})
    houses = [(_new(small, tmp_path / f"at-{moment}"), moment) for moment in moments]
    ends = run(*((house.settings.lake.parent.parent, moment) for house, moment in houses))
    assert ends == [f"ended {-signal.SIGKILL}"] * len(moments)
    unknown = 0
    for house, _ in houses:
        assert not half_files(house)
        revisions = house.lake.revisions(DATASET, PERIOD)
        for revision in revisions:
            load(house.lake, DATASET, PERIOD, revision)
        unknown += len(revisions) > house.ledger.verify()
        release = house.seal(house.write())
        assert release.manifest["logical_sha256"] == logical
        assert (release.folder / "manifest.json").read_bytes() == first
        assert house.lake.revisions(DATASET, PERIOD) == ["r1"]
        assert [entry.subject for entry in house.ledger.entries()] == [release.subject]
        assert house.ledger.verify() == 1
        assert not half_files(house)
    assert unknown, "no moment fell between rename and entry"


def test_a_seal_that_dies_before_its_entry_is_entered_by_the_next(small: House) -> None:
    """The one moment that needs mending: a sealed folder that the ledger does not know."""
    written = small.write()

    class Killed(Exception):
        pass

    class DyingLedger(type(small.ledger)):  # type: ignore[misc]
        def append_once(self, *_: object) -> None:
            raise Killed

    dying = DyingLedger(small.ledger.address)
    with pytest.raises(Killed):
        small.seal(written, ledger=dying)
    assert small.lake.revisions(DATASET, PERIOD) == ["r1"]
    assert not small.ledger.entries()
    release = small.seal(small.write())
    assert [entry.subject for entry in small.ledger.entries()] == [release.subject]


def _new(small: House, root: Path) -> House:
    """Open the same project and keys in another place."""
    shutil.copytree(small.root, root / "project")
    shutil.copytree(small.settings.lake.parent / "keys", root / "var" / "keys")
    return again(root)
