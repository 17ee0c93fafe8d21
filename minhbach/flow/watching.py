"""Looks at portals from outside and compares with what ledger, receipts and seals say: findings, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..core import clock, jsonfile, seal
from ..core.errors import GateRefused, PortalFailed, SealBroken, UsageError
from ..core.periods import Period
from ..core.watching import Expected, Finding, Seen, Watchable
from .planning import publisher_of
from .watch_words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.catalog import Publication
    from ..core.publishing import Plan, Release
    from .house import House

SHOWN = 3


@dataclass(frozen=True)
class Watched:
    """What a watch of one publication came to."""

    publication: str
    portals: tuple[str, ...]
    datasets: int
    releases: int
    files: int
    findings: tuple[Finding, ...]

    @property
    def only_unreachable(self) -> bool:
        """Whether nothing was found but that a portal does not answer, which may pass by itself."""
        return bool(self.findings) and all(one.what == "unreachable" for one in self.findings)

    def document(self) -> dict[str, Any]:
        """The watch as one JSON document."""
        return {
            "schema": "minhbach/watch-report/1",
            "publication": self.publication,
            "portals": list(self.portals),
            "datasets": self.datasets,
            "releases": self.releases,
            "files": self.files,
            "findings": [one.document() for one in self.findings],
        }


@dataclass(frozen=True)
class _Published:
    """What the ledger says is on one portal."""

    plans: Sequence[Plan]
    """Published ones, oldest first."""
    releases: Mapping[str, Mapping[str, Release]]
    """dataset → edition → release, withdrawn ones left out"""


def watch(house: House, publication: Publication, portal: str | None = None) -> Watched:
    """Look at every portal that a publication went to, or at one; anonymous, over HTTP, without the warehouse.

    Raises:
        UsageError: the portal's kind cannot be watched.
        SealBroken: a release, plan or receipt in the lake is not what was sealed: nothing to compare with.

    """
    portals = (portal,) if portal else _portals(house, publication)
    findings: list[Finding] = []
    looks: dict[str, dict[str, Seen]] = {}
    published = {name: _published(house, publication, name) for name in portals}
    for name in portals:
        looks[name] = {}
        found = list(_watch_one(house, publication, name, published[name], looks[name]))
        findings += _since(house, publication, name, found)
    findings += _between(looks)
    return Watched(
        publication.name,
        portals,
        datasets=sum(len(seen) for seen in looks.values()),
        releases=sum(len(one.files) for seen in looks.values() for one in seen.values()),
        files=sum(len(files) for seen in looks.values() for one in seen.values() for files in one.files.values()),
        findings=tuple(findings),
    )


def refuse(watched: Watched) -> None:
    """End a scheduled watch that found something, so that whoever is to be alerted is.

    Raises:
        PortalFailed: a portal does not answer, and that is all.
        GateRefused: there are findings; the first ones are named.

    """
    if not watched.findings:
        return
    told = "; ".join(f"{one.portal}: {one.dataset}: {one.told['en']}" for one in watched.findings[:SHOWN])
    count = len(watched.findings)
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    sentence = (
        f"{watched.publication}: found {count} of what should not be: {told}{more}; `minhbach watch` says what to do."
    )
    raise PortalFailed(sentence) if watched.only_unreachable else GateRefused(sentence)


def _portals(house: House, publication: Publication) -> tuple[str, ...]:
    """Name the portals that the publication is meant for and those it went to; one that is given up is not watched."""
    went = [
        entry.content.get("portal", publication.portal)
        for entry in house.ledger.entries("published")
        if entry.content["publication"] == publication.name
    ]
    return tuple(name for name in dict.fromkeys([publication.portal, *went]) if name in house.catalog.portals)


def _published(house: House, publication: Publication, portal: str) -> _Published:
    from ..release.planning import read_plan
    from ..release.sealing import load

    plans = [
        read_plan(house.lake.plan(publication.name, entry.content["period"], entry.subject))
        for entry in house.ledger.entries("published")
        if entry.content["publication"] == publication.name
        and entry.content.get("portal", publication.portal) == portal
    ]
    live: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in publication.datasets}
    for plan in plans:
        for change in plan.changes:
            if change.dataset not in live:
                continue  # it left the publication since
            edition = f"{change.period}/{change.revision}"
            if change.action == "withdraw":
                live[change.dataset].pop(edition, None)
            else:
                live[change.dataset][edition] = (change.period, change.revision)
    releases = {
        name: {edition: load(house.lake, name, *where) for edition, where in editions.items()}
        for name, editions in live.items()
    }
    return _Published(plans, releases)


def _watch_one(
    house: House, publication: Publication, portal: str, published: _Published, looks: dict[str, Seen]
) -> Iterator[Finding]:
    publisher = publisher_of(house, publication, portal)
    if not isinstance(publisher, Watchable):
        kind = house.catalog.portals[portal].kind
        raise UsageError(f'portals.{portal}.kind: found "{kind}", expected a kind that can be watched from outside.')
    for name in publication.datasets:
        yield from _late(house, publication, portal, name, published.plans)
        if not published.releases[name]:
            continue
        try:
            seen = publisher.look(_expected(house, name, published))
        except PortalFailed as error:
            yield _finding(portal, name, "unreachable", said=str(error))
            continue
        looks[name] = seen
        yield from _compare(house, portal, published, seen)


def _expected(house: House, name: str, published: _Published) -> Expected:
    releases = published.releases[name]
    ordered = sorted(releases.values(), key=lambda one: (one.period, int(one.revision[1:])))
    subjects = {(one.period, one.revision) for one in ordered}
    receipts = [
        plan.hash
        for plan in published.plans
        if any(c.dataset == name and (c.period, c.revision) in subjects for c in plan.changes)
    ]
    return Expected(house.catalog.dataset(name), ordered, receipts, _planned_metadata(published.plans, name))


def _planned_metadata(plans: Sequence[Plan], name: str) -> dict[str, Any]:
    """Replay what the published plans changed: what the portal has to say, whatever is declared by now.

    A withdrawal changes what a page tells and no plan says how, so what was said before it is not held against it.
    """
    told: dict[str, Any] = {}
    for plan in plans:
        for change in plan.changes:
            if change.dataset == name:
                told = {} if change.action == "withdraw" else told
                told |= {one["key"]: one["planned"] for one in change.metadata_diff}
    return told


def _late(house: House, publication: Publication, portal: str, name: str, plans: Sequence[Plan]) -> Iterator[Finding]:
    """Say when the period after the newest one that went out should be out by now; what was taken back did go out."""
    today, calendar = clock.now().date(), house.catalog.calendar
    regime = publication.calendar.regime
    held = [Period.parse(one.period, regime) for plan in plans for one in plan.changes if one.dataset == name]
    due = max(held, key=lambda one: one.end).following if held else house.catalog.default_period(today)
    day = calendar.add_workdays(due.end, publication.calendar.release_after_workdays)
    if house.catalog.goes_on_to(due) and today > day:
        yield _finding(portal, name, "late", since=day.isoformat(), period=str(due), day=day.isoformat())


def _compare(house: House, portal: str, published: _Published, seen: Seen) -> Iterator[Finding]:
    releases = published.releases[seen.dataset]
    for edition, release in releases.items():
        yield from _files(portal, seen, edition, release)
    for edition in sorted(seen.editions - releases.keys()):
        yield _finding(portal, seen.dataset, "edited", seen.changed_at, "added", edition=edition)
    planned = _planned_metadata(published.plans, seen.dataset)
    differing = sorted(key for key, value in planned.items() if seen.metadata.get(key) != value)
    if differing:
        yield _finding(portal, seen.dataset, "edited", seen.changed_at, fields=", ".join(differing))
    for said in seen.edited:
        yield _finding(portal, seen.dataset, "edited", seen.changed_at, "pages", said=said)
    for said in seen.table or ():
        yield _finding(portal, seen.dataset, "out of sync", seen.changed_at, said=said)
    for plan, receipt in seen.receipts.items():
        yield from _receipt(house, portal, seen, plan, receipt)


def _files(portal: str, seen: Seen, edition: str, release: Release) -> Iterator[Finding]:
    """Hold every file against the seal; a file that is gone is named apart from one that is another."""
    files = seen.files.get(edition, {})
    if edition not in seen.editions or (files and all(sha is None for sha in files.values())):
        yield _finding(portal, seen.dataset, "empty", seen.changed_at, "gone", edition=edition)
        return
    gone = sorted(name for name, sha in files.items() if sha is None)
    if gone:
        yield _finding(portal, seen.dataset, "empty", seen.changed_at, "files", edition=edition, names=", ".join(gone))
    sealed = _hashes(release)
    other = sorted(name for name, sha in files.items() if sha is not None and name in sealed and sha != sealed[name])
    if other:
        yield _finding(portal, seen.dataset, "tampered", seen.changed_at, edition=edition, names=", ".join(other))
    if release.manifest["rows"] and seen.rows.get(edition) == 0:
        yield _finding(portal, seen.dataset, "empty", seen.changed_at, "rows", edition=edition)


def _hashes(release: Release) -> dict[str, str]:
    return {path.name: jsonfile.file_sha256(path) for path in release.folder.iterdir() if path.is_file()}


def _receipt(house: House, portal: str, seen: Seen, plan: str, receipt: Any) -> Iterator[Finding]:
    """Check a receipt as a reader does, and that it is the one the house signed."""
    if receipt is None:
        yield _finding(portal, seen.dataset, "receipt", seen.changed_at, "gone", plan=plan[:16])
        return
    try:
        seal.check_signed(receipt, f"receipt {plan[:16]}", _house_key(house, receipt, plan))
    except SealBroken:
        yield _finding(portal, seen.dataset, "receipt", seen.changed_at, plan=plan[:16])


def _house_key(house: House, receipt: Mapping[str, Any], plan: str) -> str | None:
    """Return the key that signed the house's own copy; without a copy the receipt's own is all there is."""
    path = house.lake.receipt(str(receipt.get("publication")), str(receipt.get("period")), plan)
    if not path.is_file():
        return None
    return str(jsonfile.read(path, "receipt")["public_key"])


def _between(looks: Mapping[str, Mapping[str, Seen]]) -> Iterator[Finding]:
    """Compare portals that hold the same publication: the same editions, the same data."""
    names = list(looks)
    for first, second in pairwise(names):
        for dataset in sorted(looks[first].keys() & looks[second].keys()):
            one, other = looks[first][dataset], looks[second][dataset]
            differing = sorted(one.editions ^ other.editions)
            differing += sorted(
                edition
                for edition in one.editions & other.editions
                if one.files.get(edition, {}).get(seal.DATA) != other.files.get(edition, {}).get(seal.DATA)
            )
            if differing:
                yield _finding(
                    second, dataset, "out of sync", variant="portals", other=first, names=", ".join(differing)
                )


def _finding(portal: str, dataset: str, what: Any, since: str = "", variant: str = "", **values: str) -> Finding:
    told, do = words_of(what, variant, values)
    return Finding(portal, dataset, what, told, do, since)


def _since(house: House, publication: Publication, portal: str, found: list[Finding]) -> list[Finding]:
    """Give findings that carry no date of their own the first watch that met them, and remember these."""
    path = house.lake.root / "watch" / publication.name / f"{portal}.json"
    known = jsonfile.read(path, "watch")["first_seen"] if path.is_file() else {}
    now = clock.stamp(clock.now())
    dated = {one.key: known.get(one.key) or one.since or now for one in found}
    if dated != known:
        jsonfile.write(path, "watch", {"portal": portal, "first_seen": dated})
    return [replace(one, since=one.since or dated[one.key]) for one in found]
