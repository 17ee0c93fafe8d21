"""The real `minhbach demo`, with everything kept that it throws away: for tests that look at what it left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from tests.line.rehearsal import COMMAND, Rehearsal, new_seed

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Shown:
    """A demo that ran."""

    rehearsal: Rehearsal
    kept: Path
    """Links to every file that stood in its temporary folder, Airflow's database among them."""
    stopped: subprocess.CompletedProcess[str]
    """The first start, ended by Ctrl-C in the middle of the extracts."""
    survivors: set[int]
    """Processes of the first start that still ran after it."""
    first: subprocess.CompletedProcess[str]
    """The second start, which ran to its end."""
    seconds: float


def show(project: Path, folder: Path, *, dossiers: int = 600) -> Shown:
    """Run the demo in a folder: stopped once by Ctrl-C, then to its end."""
    seed = new_seed()
    house, temporary, kept = folder / f"seed_{seed}", folder / "tmp", folder / "kept"
    for path in (house, temporary, kept):
        path.mkdir(parents=True)
    with keeping(temporary, kept):
        stopped, survivors = stop(project, house, temporary, seed, dossiers)
        began = time.monotonic()
        ran = again(project, house, temporary, seed, dossiers)
    seconds = time.monotonic() - began
    return Shown(Rehearsal(project, house, dossiers, seed), kept, stopped, survivors, ran, seconds)


def command(house: Path, seed: int, dossiers: int) -> list[str]:
    return [str(COMMAND), "demo", "--dossiers", str(dossiers), "--seed", str(seed), "--into", str(house)]


def environment(project: Path, temporary: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "AIRFLOW"))}
    return {**clean, "MINHBACH_PROJECT": str(project), "TMPDIR": str(temporary)}


def again(
    project: Path, house: Path, temporary: Path, seed: int, dossiers: int, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        [*command(house, seed, dossiers), *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=project,
        env=environment(project, temporary),
        timeout=540,
    )


def stop(
    project: Path, house: Path, temporary: Path, seed: int, dossiers: int
) -> tuple[subprocess.CompletedProcess[str], set[int]]:
    """Start the demo and press Ctrl-C after its second table; tell how it ended and which of its processes did not."""
    process = subprocess.Popen(
        command(house, seed, dossiers),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project,
        env=environment(project, temporary),
    )
    assert process.stderr is not None
    said = ""
    while said.count("✓ extract__") < 2 and (line := process.stderr.readline()):
        said += line
    family = family_of(process.pid)
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, said + rest), alive(family)


@contextmanager
def keeping(temporary: Path, kept: Path) -> Iterator[None]:
    """Link every file of a temporary folder into another while something runs: a link outlives the name."""
    over = Event()

    def link() -> None:
        while not over.wait(0.2):
            for root, _, names in os.walk(temporary):
                for name in names:
                    _link(Path(root) / name, kept)

    thread = Thread(target=link, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _link(source: Path, kept: Path) -> None:
    try:
        os.link(source, kept / f"{source.stat().st_ino}-{source.name}")
    except (FileExistsError, FileNotFoundError):
        return  # linked before, or gone meanwhile


def family_of(pid: int) -> set[int]:
    """List a process and everything it started, in whatever session."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _stat(int(folder.name))):
            parents[int(folder.name)] = int(stat[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def alive(pids: set[int]) -> set[int]:
    """List which of these processes still run; a dead one that nobody waited for does not."""
    return {pid for pid in pids if (stat := _stat(pid)) and stat[0] not in {"Z", "X"}}


def _stat(pid: int) -> list[str]:
    """Return what the kernel says of a process after its name: state, parent, …; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
