"""Audits a portal after withdrawals: is anything left that answers or lies on disk. Knows no kind of portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.auditing import Audit, Auditable, Withdrawn
from ..core.errors import UsageError
from .planning import publisher_of

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from .house import House


def audit(house: House, publication: Publication, portal: str | None = None) -> Audit:
    """Search one portal (default: the publication's) for what was taken back from it, and for strays.

    Raises:
        UsageError: the portal's kind cannot be audited, or a setting that the audit needs is not given.
        SealBroken: a withdrawn release in the lake is not what was sealed.
        PortalFailed: the portal failed.

    """
    publisher = publisher_of(house, publication, portal)
    name = portal or publication.portal
    if not isinstance(publisher, Auditable):
        kind = house.catalog.portals[name].kind
        raise UsageError(f'portals.{name}.kind: found "{kind}", expected a kind that can be audited.')
    return publisher.audit(withdrawn_from(house, publication, name))


def withdrawn_from(house: House, publication: Publication, portal: str) -> list[Withdrawn]:
    """List the releases that published plans took back from a portal, in order of their names."""
    from ..release.planning import read_plan
    from ..release.sealing import load

    state: dict[tuple[str, str, str], bool] = {}
    for entry in house.ledger.entries("published"):
        content = {"portal": publication.portal, **entry.content}
        if (content["publication"], content["portal"]) != (publication.name, portal):
            continue
        for change in read_plan(house.lake.plan(publication.name, content["period"], entry.subject)).changes:
            state[change.dataset, change.period, change.revision] = change.action == "withdraw"
    live = {(dataset, period) for (dataset, period, _), gone in state.items() if not gone}
    return [
        Withdrawn(load(house.lake, *subject), replaced=subject[:2] in live)
        for subject, gone in sorted(state.items())
        if gone
    ]
