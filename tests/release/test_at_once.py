"""Two processes that seal the same period at once leave one release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from minhbach.release import load
from tests.release.small import DATASET, PERIOD

if TYPE_CHECKING:
    from tests.release.small import House

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from pathlib import Path
from tests.release.small import DATASET, again
small = again(Path(sys.argv[1]))
written = small.write(folder=small.staging.parent / sys.argv[2])
sys.stdin.readline()
print(small.seal(written).manifest_sha256)
"""


def test_two_seals_at_once_leave_one_release(small: House, tmp_path: Path) -> None:
    small.private("an_lap")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), name],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0], answers
    assert len({out for out, _ in answers}) == 1
    assert small.lake.revisions(DATASET, PERIOD) == ["r1"]
    assert load(small.lake, DATASET, PERIOD).manifest_sha256 == answers[0][0].strip()
    assert len(small.ledger.entries("released")) == 1
