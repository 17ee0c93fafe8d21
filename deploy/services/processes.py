"""Processes as /proc shows them: a pid together with its start, so that a reused pid is never taken for the old one."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Running:
    """One process: its pid, its start in clock ticks since the boot, and which boot that was."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Running | None:
        """Describe the process of a pid, or nothing when there is none or it ended and only waits to be collected."""
        fields = _stat(pid)
        return None if fields is None or fields[0] in {"Z", "X"} else cls(pid, int(fields[19]), _boot())

    @classmethod
    def read(cls, path: Path) -> Running | None:
        """Read a pid file: the process it names if that very process still runs, otherwise nothing."""
        try:
            kept = cls(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):  # missing, or cut short by a full disk
            return None
        return kept if kept.alive() else None

    def text(self) -> str:
        """Return what a pid file holds."""
        return json.dumps(asdict(self)) + "\n"

    def alive(self) -> bool:
        """Say whether this very process runs."""
        return Running.of(self.pid) == self

    def uid(self) -> int | None:
        """Return who the process runs as, or nothing when it ended."""
        try:
            return (PROC / str(self.pid)).stat().st_uid
        except FileNotFoundError:
            return None

    def family(self) -> set[Running]:
        """Return this process, all its descendants and whoever is left of its session."""
        parents: dict[int, list[int]] = {}
        found = {self.pid}
        for folder in PROC.iterdir():
            if folder.name.isdigit() and (fields := _stat(int(folder.name))) is not None:
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
                if int(fields[3]) == self.pid:
                    found.add(int(folder.name))
        waiting = list(found)
        while waiting:
            children = set(parents.get(waiting.pop(), [])) - found
            found |= children
            waiting += children
        return {one for pid in found if (one := Running.of(pid)) is not None}

    def resident_mib(self) -> float:
        """Return the resident memory of the whole family; pages that two of them share count twice."""
        pages = 0
        for one in self.family():
            fields = _stat(one.pid)
            pages += int(fields[21]) if fields else 0
        return round(pages * PAGE / 2**20, 1)

    def end(self, first: signal.Signals, seconds: float) -> bool:
        """Ask the process to end, then kill what is left of its family; True when nothing is left of it."""
        family = self.family()
        _send({self}, first)
        if not _gone(family, seconds):
            family |= {one for known in family for one in known.family() if known.alive()}
            _send(family, signal.SIGKILL)
        return _gone(family, seconds=10)


def _send(processes: set[Running], kind: signal.Signals) -> None:
    for one in processes:
        if one.alive():
            try:
                os.kill(one.pid, kind)
            except ProcessLookupError:  # it ended meanwhile, which is what is wanted
                continue


def _gone(processes: set[Running], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(one.alive() for one in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True


def _stat(pid: int) -> list[str] | None:
    """Return the fields after the name: state, parent, group, session …, or nothing."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
