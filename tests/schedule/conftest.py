"""A small house with plans, and a running Airflow in which people are logged in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.release import save_plan
from tests.release.small import House, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minhbach.core.publishing import Plan

PEOPLE = ["lap", "duyet", "duyet_khac", "hai_vai", "ngoai", "khong_vai", "khong_ai"]
"""Logins of this Airflow; the last is nobody's in people.yml. All are admins: that is not enough to approve."""
AGENCY = """
title: {vi: Một cửa, en: One-stop}
steward: {name: Văn phòng thử, email: steward@example.com}
method: delimited
connection: mot_cua
schedule: "0 2 * * *"
access: {page_size: 100, encoding: utf-8, delimiter: ";", decimal: ","}
tables:
  ho_so:
    title: {vi: Hồ sơ, en: Dossiers}
    files: ho_so_*.csv
    key: [ma]
    columns:
      Ma: {class: attribute, as: ma, pattern: "[A-Z]{2}"}
"""
DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture
def small(house: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Give a small house that the environment names, with an agency, so that there are DAGs."""
    agency = house.parent / "project" / "catalog" / "agencies" / "mot_cua.yml"
    agency.parent.mkdir(parents=True)
    agency.write_text(AGENCY.lstrip(), encoding="utf-8")
    made = open_small(house.parent)
    monkeypatch.setenv("MINHBACH_PROJECT", str(made.settings.project))
    monkeypatch.setenv("MINHBACH_MODE", "rehearsal")
    return made


class Airflow:
    """A process in which DAGs run and people answer; each scenario names its own house."""

    def __init__(self, home: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "AIRFLOW"))}
        self._home, self._clean = home, clean
        self._child: subprocess.Popen[str] | None = None

    def play(self, **scenario: Any) -> dict[str, Any]:
        """Run `publish__cong_bo` in the house that the environment names now."""
        house = {name: value for name, value in os.environ.items() if name.startswith("MINHBACH_")}
        asked = {"dag": "publish__cong_bo", "period": "2026-Q3", "steps": [], "environment": house, **scenario}
        child = self._child or self._start(house)
        assert child.stdin
        assert child.stdout
        child.stdin.write(json.dumps(asked) + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        assert line, (self._home / "log").read_text(encoding="utf-8")[-3000:]
        told: dict[str, Any] = json.loads(line)
        return told

    def log(self) -> str:
        return (self._home / "log").read_text(encoding="utf-8")

    def _start(self, house: dict[str, str]) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("desk_of_answers.py")
        self._child = subprocess.Popen(
            [sys.executable, str(script), str(self._home), str(DAGS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**self._clean, **house, "ANSWERING_PEOPLE": json.dumps(PEOPLE)},
            cwd=self._home.parent,
        )
        return self._child

    def end(self) -> None:
        if self._child:
            assert self._child.stdin
            self._child.stdin.close()
            self._child.wait(60)


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Give one Airflow for all scenarios of the session; it starts with the first."""
    running = Airflow(tmp_path_factory.mktemp("answers") / "airflow")
    yield running
    running.end()


def planned(small: House, preparer: str = "an_lap", **changes: Any) -> Plan:
    """Enter a plan as `minhbach plan` does."""
    plan = small.plan([small.seal(small.write(**changes))], preparer=preparer)
    if not small.lake.plan(plan.publication, plan.period, plan.hash).exists():
        save_plan(small.lake, plan)
    content = {"publication": plan.publication, "period": plan.period, "by": preparer}
    small.ledger.append("planned", plan.hash, content)
    return plan
