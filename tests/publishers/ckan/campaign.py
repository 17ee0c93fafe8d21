"""Publications under seeded faults: one group is four publications in a row on an emptied portal, each with one fault.

After each: what was seen meanwhile, how the faulty run ended, and whether a second run without a fault made it whole.
"""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import yaml

from deploy.services import ServiceError
from minhbach.flow.auditing import audit
from minhbach.flow.house import House, open_house
from minhbach.flow.planning import publisher_of
from publishers.ckan.holdings import FILE, RECEIPT, RELEASE
from publishers.ckan.names import package_name
from tests.forking import BROKEN
from tests.publishers.ckan.deck import KILLS
from tests.publishers.ckan.faulty import Fault, FaultyProxy
from tests.publishers.ckan.readers import Readers, Whole, expected_table
from tests.publishers.sealed import FORM, RATES
from tests.publishers.walking import Walk, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minhbach.core.publishing import Plan
    from tests.forking import Children
    from tests.portal import Portal

BROUGHT = {"create": ("2026-Q2", "r1"), "add": ("2026-Q3", "r1"), "revise": ("2026-Q2", "r2")}
TRIES, WARM = 10, 40


@dataclass
class Outcome:
    """What one fault did."""

    seed: int
    mode: str
    step: str
    fault: Fault
    struck: list[str]
    ended: int
    """Exit code of the run under the fault; negative for a signal."""
    requests: int
    writes: int
    seconds: float
    problems: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    polls: int = 0
    whole_seconds: float = 0.0
    """Of everything: planning, both runs, looking afterwards."""

    @property
    def title(self) -> str:
        """The fault in a few words."""
        fault = self.fault
        return f"{self.mode} {self.step}: {fault.kind} at {fault.only} {fault.at} × {fault.times} (seed {self.seed})"


class Group:
    """One house and the emptied portal, through the steps."""

    def __init__(
        self, portal: Portal, children: Children, template: Path, project: Path, folder: Path, mode: str
    ) -> None:
        self.portal, self.children, self.mode = portal, children, mode
        self.folder = folder / "house"
        self.shelf = template
        shutil.copytree(template, self.folder, symlinks=True)
        shutil.rmtree(self.folder / "lake" / "releases")
        self.project = _project(project, folder / "project", mode)
        self.variables = {**environment(self.project, self.folder), **portal.environment()}
        if mode == "api":
            self.variables = {name: value for name, value in self.variables.items() if "DATASTORE_URL" not in name}
        self.filler = portal.storage / "filler"

    @contextmanager
    def at_home(self) -> Iterator[House]:
        """Be in the house: its settings in the environment."""
        before = {name: value for name, value in os.environ.items() if name.startswith("MINHBACH_")}
        for name in before:
            del os.environ[name]
        os.environ.update(self.variables)
        try:
            yield open_house(self.project)
        finally:
            for name in self.variables:
                os.environ.pop(name, None)
            os.environ.update(before)

    def run(self, step: str, seed: int, fault: Fault) -> Outcome:
        """Publish one step under a fault, publish it again without, and look."""
        began = time.monotonic()
        outcome = self._run(step, seed, fault)
        outcome.whole_seconds = time.monotonic() - began
        return outcome

    def _run(self, step: str, seed: int, fault: Fault) -> Outcome:
        with self.at_home() as house:
            walk = Walk(house, "ckan")
            old = self._wholes(house)
            plan = self._plan(walk, step)
            new = self._after(house, old, step)
            file = house.lake.plan(plan.publication, plan.period, plan.hash)
            wholes = {name: (old[name], new[name]) for name in old}
            is_stable = self.mode == "copy"
            is_cut = not is_stable and fault.kind.startswith("tables cut off")
            readers = Readers(self.portal.url, wholes, is_stable=is_stable, is_cut=is_cut, seed=seed)
            with readers:
                with FaultyProxy(self.portal.url, fault, self._strike) as proxy:
                    faulty = self._apply(file, proxy)
                self._mend()
                # After a run that ended well nothing may change any more, which is looked at by what is written.
                again = self._again(file) if faulty["ended"] else None
            written = []
            if again is None:
                with FaultyProxy(self.portal.url) as calm:
                    again = self._apply(file, calm)
                written = _writes(calm)
            outcome = Outcome(
                seed,
                self.mode,
                step,
                fault,
                list(proxy.counted.failed),
                faulty["ended"],
                len(proxy.counted.requests),
                len(_writes(proxy)),
                faulty.get("seconds", 0.0),
                lags=[lag for one in readers.watching.values() for lag in one.lags],
                polls=sum(one.polls for one in readers.watching.values()),
            )
            outcome.problems += [f"meanwhile {said}" for said in readers.problems[:5]]
            if faulty["ended"] in {2, BROKEN}:
                outcome.problems.append(f"the faulty run ended as a fault of ours: {faulty}")
            outcome.problems += [
                f"the second run wrote though the first had ended well: {line}" for line in written[:5]
            ]
            if again["ended"] != 0:
                outcome.problems.append(f"the second run ended with {again}")
                return outcome
            outcome.problems += self._not_whole(house, walk, plan, step, new)
            return outcome

    def _apply(self, plan: Path, through: FaultyProxy) -> dict[str, Any]:
        return self._again(plan, MINHBACH_PORTAL_CKAN_URL=through.url)

    def _again(self, plan: Path, **variables: str) -> dict[str, Any]:
        return self.children.run({"plan": str(plan), "variables": {**self.variables, **variables}})

    def _plan(self, walk: Walk, step: str) -> Plan:
        if step == "withdraw":
            return walk.approved_withdrawal(FORM, "2026-Q2", "Có số liệu sai; bản thay thế sẽ công bố sau.")
        period, revision = BROUGHT[step]
        for dataset in (FORM, RATES):
            place = ("lake", "releases", dataset, period, revision)
            shutil.copytree(self.shelf.joinpath(*place), self.folder.joinpath(*place))
        return walk.approved(period)

    def _editions(self, house: House, dataset: str) -> list[str]:
        found = (house.lake.root / "releases" / dataset).glob("*/r*")
        return sorted(f"{path.parent.name}/{path.name}" for path in found)

    def _wholes(self, house: House) -> dict[str, Whole]:
        return {name: _whole(house, name, self._editions(house, name)) for name in (FORM, RATES)}

    def _after(self, house: House, old: dict[str, Whole], step: str) -> dict[str, Whole]:
        if step != "withdraw":
            return self._wholes(house)
        left = [one for one in self._editions(house, FORM) if not one.startswith("2026-Q2")]
        return {**old, FORM: _whole(house, FORM, left)}

    def _strike(self, kind: str, _: int) -> None:
        """Do what is no fault of the wire."""
        if kind in KILLS:
            self.children.kill()
        elif kind.startswith("disk full"):
            self._fill()
        elif kind.startswith("tables cut off"):
            self._cut_off()
        else:
            self.portal.stop_solr()
            self._is_search_down = True

    _is_search_down = False

    def _cut_off(self) -> None:
        """End the publisher's connections to the tables; where it has none, the portal's own."""
        ours = "and application_name = 'minhbach'" if self.mode == "copy" else ""
        with psycopg.connect(self.portal.datastore_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                f" and usename = current_user and datname = current_database() {ours}"
            )

    def _fill(self) -> None:
        free = os.statvfs(self.portal.storage)
        with self.filler.open("wb") as stream:
            stream.write(bytes(free.f_bavail * free.f_frsize))

    def _mend(self) -> None:
        self.filler.unlink(missing_ok=True)
        if self._is_search_down:
            self.portal.start_solr()
            self._is_search_down = False

    def _not_whole(self, house: House, walk: Walk, plan: Plan, step: str, new: dict[str, Whole]) -> Iterator[str]:
        """Say where the portal is not what the plan says."""
        live = publisher_of(house, walk.publication, "ckan").observe()
        if live.edited:
            yield f"observed as edited: {live.edited[:3]}"
        for name, whole in new.items():
            held = frozenset(live.datasets[name].releases) if name in live.datasets else frozenset()
            if held != whole.editions:
                yield f"{name}: holds {sorted(held)}, expected {sorted(whole.editions)}"
        if step != "withdraw" and walk.approved(plan.period).hash != plan.hash:
            yield "planned again, something differs"
        house.ledger.verify()
        for name in new:
            yield from (f"{name}: {said}" for said in self._doubled(name))
        yield from (
            f"{trace.kind} {trace.where}: {trace.told}" for trace in audit(house, walk.publication, "ckan").traces
        )

    def _doubled(self, name: str) -> Iterator[str]:
        """Look for what is there twice, for positions with gaps, for a package that is not public."""
        package = self.portal.call("package_show", token=self.portal.admin_token, id=package_name(name))
        resources = package["resources"]
        keys = [(one.get(RELEASE) or one.get(RECEIPT), one.get(FILE) or one["name"]) for one in resources]
        yield from (f"{key} is there twice" for key in set(keys) if keys.count(key) > 1)
        if [one["position"] for one in resources] != list(range(len(resources))):
            yield "positions of resources have gaps"
        if package["private"]:
            yield "it is private"


def _writes(proxy: FaultyProxy) -> list[str]:
    return [line for line in proxy.counted.requests if line.startswith("POST")]


def _whole(house: House, dataset: str, editions: list[str]) -> Whole:
    newest = {edition.split("/")[0]: edition for edition in editions}
    folders = [house.lake.release(dataset, *edition.split("/")) for edition in newest.values()]
    return Whole(frozenset(editions), expected_table(folders))


def _project(project: Path, into: Path, mode: str) -> Path:
    """Copy the catalog with a portal that is loaded in one of the two ways."""
    shutil.copytree(project / "catalog", into / "catalog")
    path = into / "catalog" / "portals.yml"
    portals: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    portals["ckan"]["options"] = {**portals["ckan"].get("options", {}), "mode": mode}
    path.write_text(yaml.safe_dump(portals, allow_unicode=True), encoding="utf-8")
    return into


def empty(portal: Portal) -> None:
    """Empty the portal; CKAN's threads whose connections that ended say so once each, before anybody else asks."""
    for left in reversed(range(TRIES)):
        try:
            portal.reset()
            break
        except ServiceError:
            if not left:
                raise
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: httpx.get(f"{portal.url}/api/3/action/package_search?rows=0"), range(WARM)))
    assert any(answer.is_success for answer in answers)


__all__ = ["Group", "Outcome", "empty"]
