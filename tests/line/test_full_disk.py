"""A full disk at every stage: one sentence, nothing half; with space again, the line goes on as if nothing had been."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.line.rehearsal import PERIODS, Rehearsal, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.line, pytest.mark.timeout(1800)]

SECOND = PERIODS[1]
REST = "mot_cua_quang_ninh"
DISK = 256 * 2**20


class SmallDisk:
    """A disk that can be filled. Where none may be mounted, a limit on the size of a file stands in for it."""

    def __init__(self, place: Path) -> None:
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)]
        self.place = place
        self.mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
        self.prefix: list[str] = []

    def fill(self) -> None:
        if not self.mounted:
            self.prefix = ["prlimit", "--fsize=4096"]
            return
        free = os.statvfs(self.place)
        with (self.place / "filler").open("wb") as stream:
            stream.write(bytes(free.f_bavail * free.f_frsize))

    def free(self) -> None:
        (self.place / "filler").unlink(missing_ok=True)
        self.prefix = []

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


def settle(first: Rehearsal, disk: SmallDisk) -> Rehearsal:
    """Copy a house onto the disk; its province stays where it is."""
    import shutil

    folder = disk.place / "house"
    shutil.copytree(first.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("sandbox"))
    (folder / "sandbox").symlink_to(first.sandbox)
    return Rehearsal(first.project, folder, first.dossiers, first.seed)


def told(house: Rehearsal) -> dict[str, bytes]:
    roots = [house.folder / "lake" / name for name in ("landed", "releases", "receipts", "plans")]
    roots += [house.folder / "warehouse" / "runs", house.site.resolve()]
    return {str(path): path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file()}


def test_every_stage_on_a_full_disk(first: Rehearsal, small: Rehearsal, disk: SmallDisk) -> None:
    house = settle(first, disk)
    people = house.folder / "keys" / "people"
    plans = house.folder / "lake" / "plans" / "minh_bach_hang_quy" / SECOND
    stages = [
        ("extract", REST),
        ("freeze", "--period", SECOND),
        ("build", "--period", SECOND),
        ("gate", "giai_quyet_ho_so", "--period", SECOND),
        ("release", "--period", SECOND),
        ("plan", "--period", SECOND, "--key", str(people / "preparer_demo.key")),
        ("approve", "PLAN", "--key", str(people / "steward_demo.key")),
        ("apply", "PLAN"),
    ]
    with house.served(SECOND, faults=False):
        for agency in ("dac_khu_van_don", "dac_khu_co_to"):
            ran = house.command("extract", agency)
            assert ran.returncode == 0, ran.stderr
        for stage in stages:
            command = [str(next(plans.glob("*.json"))) if part == "PLAN" else part for part in stage]
            before = told(house)
            disk.fill()
            refused(house.command(*command, prefix=disk.prefix), 1)
            disk.free()
            assert told(house) == before, stage[0]
            again = house.command(*command)
            assert again.returncode == 0, (stage[0], again.stderr)
            if stage[0] == "gate":
                assert house.command("gate", "dung_han_theo_thu_tuc", "--period", SECOND).returncode == 0
    assert house.logical(SECOND) == small.logical(SECOND)
    assert house.command("ledger", "verify").returncode == 0
