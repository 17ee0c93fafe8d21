"""Plans a publication against the live portal, signed by its preparer; finds the newest plan of a period again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import clock, keys
from ..core.errors import ApprovalRefused, GateRefused, NotFrozen, UsageError
from ..core.people import demo_key
from ..core.publishing import PublishingContext

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period
    from ..core.publishing import Live, Plan, Publisher, Release
    from .house import House


def publisher_of(house: House, publication: Publication, portal: str | None = None) -> Publisher:
    """Open the portal of a publication, through the publisher that its kind names.

    Raises:
        UsageError: the portal is not declared, or no publisher of its kind is installed.

    """
    from importlib.metadata import entry_points

    name = portal or publication.portal
    declared = house.catalog.portals.get(name)
    if declared is None:
        raise UsageError(f'catalog/portals.yml: found no "{name}", expected one of {", ".join(house.catalog.portals)}.')
    known = {point.name: point for point in entry_points(group="minhbach.publishers")}
    if declared.kind not in known:
        raise UsageError(f'portals.{name}.kind: found "{declared.kind}", expected one of {", ".join(sorted(known))}.')
    opened: Publisher = known[declared.kind].load()(
        PublishingContext(house.catalog, publication, name, declared, house.settings.lake)
    )
    return opened


def sealed_releases(house: House, publication: Publication, period: Period) -> list[Release]:
    """Return the newest sealed release of each dataset of a publication.

    Raises:
        NotFrozen: one is not sealed yet.
        SealBroken: one is not what was sealed.

    """
    from ..release.sealing import newest

    found = []
    for name in publication.datasets:
        release = newest(house.lake, name, period)
        if release is None:
            raise NotFrozen(f"{name} {period}: nothing is sealed; `minhbach release {publication.name}` does.")
        found.append(release)
    return found


def plan(
    house: House,
    publication: Publication,
    period: Period,
    *,
    preparer: str | None = None,
    private: bytes | None = None,
    portal: str | None = None,
) -> Plan:
    """Plan a publication; the same releases against the same portal give the same plan, which is written once.

    Raises:
        UsageError: nobody who prepares is named, or the key is missing.
        GateRefused: a release was withdrawn from this portal.
        PortalFailed: the portal cannot be looked at.

    """
    from ..release.planning import make_plan

    name = preparer or publication.prepared_by[0]
    publisher = publisher_of(house, publication, portal)
    releases = sealed_releases(house, publication, period)
    live = publisher.observe()
    gone = _withdrawn(house, publication, live)
    for release in releases:
        if release.subject in gone:
            raise GateRefused(
                f"{release.subject}: it was withdrawn from {live.portal} and is never published again; a revision is."
            )
    made = make_plan(
        releases,
        live,
        {release.dataset: publisher.metadata(house.catalog.dataset(release.dataset), release) for release in releases},
        publication=publication.name,
        period=str(period),
        portal_kind=house.catalog.portals[live.portal].kind,
        issued=releases[0].manifest["issued"],
        catalog=house.catalog,
        lake=house.lake,
        warnings={release.dataset: [f"edited by hand: {place}" for place in live.edited] for release in releases},
    )
    if not live.edited and all(change.action == "unchanged" for change in made.changes):
        published = _published(house, publication, period, live.portal)
        if published is not None:
            return published
    return _keep(house, made, name, private or _preparer_key(house, name))


def _withdrawn(house: House, publication: Publication, live: Live) -> set[str]:
    """Name what was taken back from a portal: by its tombstones, and by the ledger where a portal lost them."""
    told = {f"{name}/{edition}" for name, shown in live.datasets.items() for edition in shown.withdrawn}
    entered = house.ledger.entries("withdrawn")
    return told | {one.subject for one in entered if one.content.get("portal", publication.portal) == live.portal}


def plan_withdrawal(
    house: House,
    publication: Publication,
    period: Period,
    dataset: str,
    reason: str,
    *,
    preparer: str,
    private: bytes,
    portal: str | None = None,
) -> Plan:
    """Plan the tombstone of every revision of a dataset that is live for a period on one portal.

    Raises:
        UsageError: nothing of it is live.

    """
    from ..core.publishing import Plan as Planned
    from ..release.planning import withdrawal
    from ..release.sealing import load

    live = publisher_of(house, publication, portal).observe()
    shown = live.datasets[dataset].releases if dataset in live.datasets else {}
    revisions = [edition.split("/")[1] for edition in shown if edition.startswith(f"{period}/")]
    if not revisions:
        raise UsageError(f"{dataset} {period}: found nothing of it on {live.portal}, expected a release to withdraw.")
    releases = [load(house.lake, dataset, period, revision) for revision in revisions]
    made = Planned(
        publication=publication.name,
        period=str(period),
        portal=live.portal,
        portal_kind=house.catalog.portals[live.portal].kind,
        live_state=live.state,
        changes=tuple(withdrawal(release, live, reason) for release in releases),
        issued=clock.now().date().isoformat(),
    )
    return _keep(house, made, preparer, private)


def _keep(house: House, made: Plan, preparer: str, private: bytes) -> Plan:
    """Sign a plan, write it where its hash names it, and enter it into the ledger, each once."""
    from ..release.planning import save_plan, sign_plan

    signed = sign_plan(made, preparer, private)
    if not house.lake.plan(made.publication, made.period, signed.hash).exists():
        save_plan(house.lake, signed)
    if house.ledger.last("planned", signed.hash) is None:
        content = {"publication": made.publication, "period": made.period, "portal": made.portal, "by": preparer}
        house.ledger.append("planned", signed.hash, content)
    return signed


def _preparer_key(house: House, name: str) -> bytes:
    """Find the key that a scheduled plan is signed with: MINHBACH_PREPARER_KEY(_FILE), or a demo person's own."""
    person = house.catalog.people.get(name)
    if person is not None and person.demo:
        return keys.read_private(demo_key(name, house.settings))
    return keys.given("PREPARER_KEY").value


def _published(house: House, publication: Publication, period: Period, portal: str) -> Plan | None:
    """Return the newest plan of a period when it is published: there is nothing to change, so nothing to approve."""
    found = _newest(house, publication, period, portal)
    return found if found and house.ledger.last("published", found.hash) else None


def _newest(house: House, publication: Publication, period: Period, portal: str) -> Plan | None:
    from ..release.planning import read_plan

    wanted = {"publication": publication.name, "period": str(period), "portal": portal}
    for entry in reversed(house.ledger.entries("planned")):
        if wanted.items() <= {"portal": publication.portal, **entry.content}.items():
            return read_plan(house.lake.plan(publication.name, period, entry.subject))
    return None


def newest_plan(house: House, publication: Publication, period: Period, portal: str | None = None) -> Plan:
    """Return the plan of a period that was made last for a portal (default: the publication's).

    Raises:
        ApprovalRefused: there is none.
        SealBroken: its file is not what was planned.

    """
    found = _newest(house, publication, period, portal or publication.portal)
    if found is None:
        raise ApprovalRefused(f"{publication.name} {period}: there is no plan to approve; `minhbach plan` makes one.")
    return found
