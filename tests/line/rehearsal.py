"""A house of its own beside a pretend province: walked stage by stage in this process, or by the real command."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from minhbach.core.keys import read_private
from minhbach.core.people import demo_key
from minhbach.flow import stages
from minhbach.flow.house import House, open_house
from minhbach.flow.planning import newest_plan
from minhbach.flow.publishing import approve
from minhbach.sandbox import drop, generate, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from minhbach.core.publishing import Plan, Release
    from minhbach.sandbox.server import Server

COMMAND = Path(sys.executable).parent / "minhbach"
PERIODS = ("2026-Q2", "2026-Q3")
AFTER_FREEZE = timedelta(minutes=5)
STAGES = ("close_books", "build_and_judge", "protect_and_seal", "prepare_plan")
"""What leads from landed records to a plan, in order."""


_SHARED: dict[str, Rehearsal] = {}


def shared(name: str, make: Callable[[], Rehearsal]) -> Rehearsal:
    """Give the province of this name, made once for all rooms of the tests."""
    if name not in _SHARED:
        _SHARED[name] = make()
    return _SHARED[name]


def new_seed() -> int:
    """Choose a seed anew: no test may depend on one. It stands in the folder's name, so a failure tells it."""
    return secrets.randbelow(10**6) + 1


@dataclass(frozen=True)
class Rehearsal:
    """One province and one house."""

    project: Path
    folder: Path
    dossiers: int
    seed: int

    @classmethod
    def new(cls, project: Path, folder: Path, *, dossiers: int, seed: int | None = None) -> Rehearsal:
        """Generate a province in a folder."""
        made = cls(project, folder, dossiers, new_seed() if seed is None else seed)
        generate(project, seed=made.seed, dossiers=dossiers, out=made.sandbox)
        return made

    @property
    def sandbox(self) -> Path:
        """Folder of the pretend province; it holds what nothing else may hold."""
        return self.folder / "sandbox"

    @property
    def truth(self) -> Path:
        """What really happened in the province."""
        return self.sandbox / "truth"

    @property
    def site(self) -> Path:
        """The public site."""
        return self.folder / "site" / "current"

    def copy(self, folder: Path) -> Rehearsal:
        """Copy house and province, for a test that breaks something."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        return Rehearsal(self.project, folder, self.dossiers, self.seed)

    def variables(self, period: str) -> dict[str, str]:
        """Give the environment of a house five minutes after a period's freeze."""
        return {
            "MINHBACH_MODE": "demo",
            "MINHBACH_PROJECT": str(self.project),
            "MINHBACH_LAKE": str(self.folder / "lake"),
            "MINHBACH_WAREHOUSE": str(self.folder / "warehouse"),
            "MINHBACH_LEDGER": f"sqlite:///{self.folder / 'ledger.sqlite'}",
            "MINHBACH_NOW": (self.freeze(period) + AFTER_FREEZE)
            .replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
            .isoformat(),
            "MINHBACH_CONN_HOP_THU_VAN_DON": self._inbox("dac_khu_van_don").as_uri(),
            "MINHBACH_CONN_HOP_THU_CO_TO": self._inbox("dac_khu_co_to").as_uri(),
        }

    def freeze(self, period: str) -> Any:
        """Return when the books of a period close, by the sandbox's own calendar, in local time."""
        from datetime import datetime

        periods = json.loads((self.sandbox / "sandbox.json").read_text(encoding="utf-8"))["periods"]
        return next(datetime.fromisoformat(one["freeze"]) for one in periods if one["name"] == period)

    def _inbox(self, agency: str) -> Path:
        inbox = self.sandbox / "drops" / agency
        inbox.mkdir(parents=True, exist_ok=True)
        return inbox

    @contextmanager
    def at(self, period: str) -> Iterator[House]:
        """Open the house in this process, with the environment of the period."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
                patch.delenv(name)
            for name, value in self.variables(period).items():
                patch.setenv(name, value)
            yield open_house(self.project)

    @contextmanager
    def served(self, period: str, *, faults: bool = True) -> Iterator[Server]:
        """Let the province's service answer, and its offices drop their files, as of the period's freeze."""
        with serve(self.sandbox, faults=faults) as server:
            server.as_of = self.freeze(period) + AFTER_FREEZE
            drop(self.sandbox, server.as_of)
            known = server.credentials
            opened = {key: known[key] for key in ("client_id", "client_secret")}
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("MINHBACH_CONN_MOT_CUA", json.dumps({"url": server.url, **opened}))
                yield server

    def extract(self, period: str, *, faults: bool = True) -> list[dict[str, Any]]:
        """Land every table of every supplier."""
        with self.at(period) as house, self.served(period, faults=faults):
            publication = house.catalog.publication()
            return [
                stages.extract_table(agency, table)
                for agency in house.catalog.suppliers(publication)
                for table in house.catalog.tables(agency)
            ]

    def prepare(self, period: str) -> Plan:
        """Walk from landed records to a plan."""
        with self.at(period) as house:
            publication = house.catalog.publication()
            for stage in STAGES:
                getattr(stages, stage)(publication.name, period)
            return newest_plan(house, publication, house.period(period, publication))

    def approve(self, period: str) -> Plan:
        """Let the steward approve the newest plan."""
        with self.at(period) as house:
            publication = house.catalog.publication()
            plan = newest_plan(house, publication, house.period(period, publication))
            steward = publication.approved_by[0]
            approve(house, plan, steward, read_private(demo_key(steward, house.settings)), "rehearsal")
            return plan

    def publish(self, period: str) -> dict[str, Any]:
        """Apply the newest plan."""
        with self.at(period) as house:
            return stages.apply_plan(house.catalog.publication().name, period)

    def walk(self, *periods: str) -> Rehearsal:
        """Walk whole quarters through the line, both by default."""
        for period in periods or PERIODS:
            self.extract(period)
            self.prepare(period)
            self.approve(period)
            self.publish(period)
        return self

    def releases(self, period: str) -> dict[str, Release]:
        """Return the sealed releases of a period by dataset."""
        from minhbach.flow.planning import sealed_releases

        with self.at(period) as house:
            publication = house.catalog.publication()
            found = sealed_releases(house, publication, house.period(period, publication))
        return {release.dataset: release for release in found}

    def logical(self, period: str) -> dict[str, str]:
        """Return the hash of the rows of each release."""
        return {name: one.manifest["logical_sha256"] for name, one in self.releases(period).items()}

    def command(
        self,
        *arguments: str,
        period: str = PERIODS[-1],
        project: Path | None = None,
        prefix: Sequence[str] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the real command on this house."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
        environment |= {**self.variables(period), **variables}
        if "MINHBACH_CONN_MOT_CUA" in os.environ:
            environment.setdefault("MINHBACH_CONN_MOT_CUA", os.environ["MINHBACH_CONN_MOT_CUA"])
        if project is not None:
            environment["MINHBACH_PROJECT"] = str(project)
        return subprocess.run(
            [*prefix, str(COMMAND), *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=self.folder,
            timeout=300,
        )

    def needles(self) -> dict[str, list[str]]:
        """Return the planted identifiers by kind."""
        planted = json.loads((self.truth / "needles.json").read_text(encoding="utf-8"))["needles"]
        kinds: dict[str, list[str]] = {}
        for needle in planted:
            kinds.setdefault(needle["kind"], []).append(needle["value"])
        assert len(kinds) >= 10, "the province has needles of every kind"
        return kinds


def refused(ran: subprocess.CompletedProcess[str], code: int) -> str:
    """Assert that a command refused with this exit code and one sentence, and return the sentence."""
    said = [line for line in ran.stderr.splitlines() if line.startswith("minhbach: ")]
    assert ran.returncode == code, (ran.returncode, ran.stderr[-2000:])
    assert len(said) == 1, ran.stderr[-2000:]
    assert "Traceback" not in ran.stderr
    return said[0].removeprefix("minhbach: ")
