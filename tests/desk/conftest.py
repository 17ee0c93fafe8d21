"""A quarter that walks the line one station at a time, and a house of eight agencies whose rows can be told apart."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.cli.desk_source import DeskSource
from minhbach.core.errors import MinhBachError
from minhbach.desk.server import served
from minhbach.flow import stages
from minhbach.flow.house import House, open_house
from minhbach.flow.planning import newest_plan, plan
from minhbach.flow.stations import progress_of
from tests.line.conftest import first
from tests.line.rehearsal import PERIODS
from tests.publishers.sealed import FORM, RATES
from tests.publishers.sealed import open_house as sealed_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minhbach.core.publishing import Plan
    from minhbach.flow.stations import Progress
    from tests.line.rehearsal import Rehearsal

__all__ = ["first"]
NOW = PERIODS[1]
REST, VAN_DON, CO_TO = "mot_cua_quang_ninh", "dac_khu_van_don", "dac_khu_co_to"
AFTER_CUT_OFF = "2026-09-15T09:00:00+07:00"


def standing(house: House) -> Progress:
    publication = house.catalog.publication()
    return progress_of(house, publication, house.period(NOW, publication))


def planned(house: House) -> Plan:
    publication = house.catalog.publication()
    return newest_plan(house, publication, house.period(NOW, publication))


@dataclass
class Quarter:
    """The second quarter on its way, and where it stood after each step."""

    rehearsal: Rehearsal
    seen: dict[str, Progress] = field(default_factory=dict)


class Killed(BaseException):
    """Stands for kill -9: nothing of ours runs after it."""


def die(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture(scope="session")
def quarter(first: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Quarter:
    """Walk the second quarter of 600 dossiers to its plan, looking after every step."""
    walk = Quarter(first.copy(tmp_path_factory.mktemp(f"seed_{first.seed}_desk_")))
    of = (first_name(walk.rehearsal), NOW)

    def look(name: str, period: str = NOW, **variables: str) -> None:
        with walk.rehearsal.at(period) as house, pytest.MonkeyPatch.context() as patch:
            for key, value in variables.items():
                patch.setenv(key, value)
            walk.seen[name] = standing(house)

    look("before", PERIODS[0])
    look("cut off", MINHBACH_NOW=AFTER_CUT_OFF)
    look("overdue", MINHBACH_NOW="2026-09-30T09:00:00+07:00")
    walk.rehearsal.extract(NOW)
    look("received")
    with walk.rehearsal.at(NOW):
        stages.close_books(*of)
    look("frozen")
    with walk.rehearsal.at(NOW):
        stages.build_and_judge(*of)
    look("validated")
    with walk.rehearsal.at(NOW), pytest.MonkeyPatch.context() as patch:
        patch.setattr("minhbach.release.sealing.seal", die)
        with pytest.raises(Killed):
            stages.protect_and_seal(*of)
    look("protected")
    with walk.rehearsal.at(NOW):
        stages.protect_and_seal(*of)
    look("sealed")
    with walk.rehearsal.at(NOW):
        stages.prepare_plan(*of)
    look("planned")
    return walk


def first_name(rehearsal: Rehearsal) -> str:
    with rehearsal.at(NOW) as house:
        return house.catalog.publication().name


@pytest.fixture
def house(quarter: Quarter, tmp_path: Path) -> Iterator[House]:
    """Open a copy of the planned quarter, with the environment set to it."""
    copy = quarter.rehearsal.copy(tmp_path / "house")
    with copy.at(NOW) as opened:
        yield opened


@dataclass
class Desk:
    """A house of eight agencies, Vân Đồn and Cô Tô among them, planned and served."""

    house: House
    plan: Plan
    address: str

    def source(self) -> DeskSource:
        return DeskSource(self.house.settings.project)


@pytest.fixture(scope="module")
def desk(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    sealed = sealed_house(project, folder)
    for dataset in (FORM, RATES):
        sealed.release(dataset, NOW)
    variables = {
        "MINHBACH_MODE": "demo",
        "MINHBACH_PROJECT": str(project),
        "MINHBACH_LAKE": str(folder / "lake"),
        "MINHBACH_WAREHOUSE": str(folder / "warehouse"),
        "MINHBACH_LEDGER": f"sqlite:///{folder / 'ledger.sqlite'}",
        "MINHBACH_NOW": "2026-09-18T09:00:00+07:00",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        opened = open_house(project)
        publication = opened.catalog.publication()
        made = plan(opened, publication, opened.period(NOW, publication))
        with served(DeskSource(project)) as address:
            yield Desk(opened, made, address)


class Away:
    """A source whose house fails."""

    stylesheet = b""

    def overview(self) -> dict[str, Any]:
        raise MinhBachError("the ledger is away; run again when it is back.")

    def details(self, publication: str, period: str) -> dict[str, Any] | None:
        raise KeyError(publication, period)

    def preview(self, token: str, path: str) -> dict[str, Any] | None:
        raise MinhBachError(f"{token}: {path} is broken.")
