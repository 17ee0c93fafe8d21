"""Ctrl-C and TERM really stop a run, and running again works; a run that finds nothing new writes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.line.demo import Shown, again, alive, family_of
from tests.line.rehearsal import COMMAND, PERIODS, Rehearsal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.line, pytest.mark.timeout(1800)]

NEW_EACH_TIME = ("sandbox", "logs", "work")
"""Not of the house: the province, the private log, dbt's scratch folder."""


def stands(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        if path.is_file() and place.parts[0] not in NEW_EACH_TIME and path.name not in {"lock", ".lock"}:
            found[str(place)] = (path.lstat().st_mtime_ns, path.lstat().st_size)
    assert len(found) > 100
    return found


def test_ctrl_c_stopped_the_demo_and_running_again_ended_it(shown: Shown) -> None:
    """The demo of these tests was stopped in the middle of its extracts, then started again."""
    assert shown.stopped.returncode == 1, shown.stopped.stderr
    assert "stopped by you" in shown.stopped.stderr
    assert "Traceback" not in shown.stopped.stderr
    assert shown.survivors == set()
    assert shown.first.returncode == 0
    with shown.rehearsal.at(PERIODS[1]) as house:
        assert house.ledger.verify() >= 10


def test_the_demo_says_where_everything_is(shown: Shown) -> None:
    said = shown.first.stdout
    assert str(shown.rehearsal.site / "index.html") in said
    for word in ("DS10", "quarantine", "flag", "exclude", "correct", "cells under c", "minhbach verify", *PERIODS):
        assert word in said, word


def test_a_second_demo_finds_nothing_new(shown: Shown, project: Path, tmp_path: Path) -> None:
    rehearsal = shown.rehearsal
    before = stands(rehearsal.folder)
    ran = again(project, rehearsal.folder, tmp_path, rehearsal.seed, rehearsal.dossiers, "--json")
    assert ran.returncode == 0, ran.stderr[-3000:]
    done = json.loads(ran.stdout)
    assert set(done["periods"]) == set(PERIODS)
    after = stands(rehearsal.folder)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith(("lake/deliveries/", "lake/verdicts/"))} == set()
    assert done["seconds"] < shown.seconds


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_leaves_no_process(first: Rehearsal, tmp_path: Path, sign: signal.Signals) -> None:
    house = first.copy(tmp_path / "house")
    with house.served(PERIODS[1], faults=False):
        command = [str(COMMAND), "run", "--period", PERIODS[1]]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        inside = {"MINHBACH_CONN_MOT_CUA": os.environ["MINHBACH_CONN_MOT_CUA"], "TMPDIR": str(tmp_path)}
        environment = {**clean, **house.variables(PERIODS[1]), **inside}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=house.folder)
        assert process.stderr is not None
        said = ""
        while "✓ extract__" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        family = family_of(process.pid)
        assert len(family) >= 2, "the run has a child"
        process.send_signal(sign)
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 1, rest
        assert "stopped by" in rest
        assert "Traceback" not in rest
        assert alive(family) == set()
        assert not list(tmp_path.glob("minhbach-run-*")), "Airflow's throw-away home is gone"
        if sign is signal.SIGTERM:
            ended = house.command("run", "--period", PERIODS[1], "--json")
            assert ended.returncode == 0, ended.stderr[-3000:]
            assert json.loads(ended.stdout)["plan"]
