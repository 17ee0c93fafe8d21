"""The stages as Airflow's tasks call them: names in; ids, counts and hashes out, which any viewer of XCom may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .house import House, open_house

if TYPE_CHECKING:
    from ..core.catalog import Publication
    from ..core.periods import Period


def run_order(house: House, publication: Publication, period: Period) -> list[str]:
    """Name the DAGs that lead to a publication's plan, in the order in which one process runs them.

    An agency without which the books were closed is not asked again.
    """
    from .freezing import find_frozen

    closed = find_frozen(house, publication, period)
    asked = [agency for agency in house.catalog.suppliers(publication) if not closed or agency not in closed.waived]
    return [*(f"extract__{agency}" for agency in asked), f"prepare__{publication.name}"]


def extract_table(agency: str, table: str) -> dict[str, Any]:
    """Land one table."""
    from .extracting import extract

    manifest = extract(open_house(), agency, table)
    return {
        "extract_id": manifest.extract_id,
        "received": manifest.received,
        "landed": manifest.landed,
        "quarantined": sum(manifest.quarantined.values()),
        "sha256": manifest.sha256,
    }


def close_books(publication: str, period: str) -> dict[str, Any]:
    """Freeze a period."""
    from .freezing import freeze

    house, published, window = _of(publication, period)
    closed = freeze(house, published, window)
    return {"ledger": closed.head, "agencies": sorted(closed.extracts), "waived": sorted(closed.waived)}


def build_and_judge(publication: str, period: str) -> dict[str, Any]:
    """Build the marts and judge every dataset at the mart gate, in one process: its imports are the dear part."""
    from .building import build
    from .judging import judge_marts

    house, published, window = _of(publication, period)
    built = build(house, published, window)
    verdicts = judge_marts(house, published, window)
    return {"run_id": built.run_id, "rows": built.rows, "checks": {name: len(v.checks) for name, v in verdicts.items()}}


def protect_and_seal(publication: str, period: str) -> dict[str, Any]:
    """Protect whole populations, write, attack, scan, judge again and seal."""
    from .releasing import release

    house, published, window = _of(publication, period)
    sealed = release(house, published, window)
    return {release.subject: release.manifest["logical_sha256"] for release in sealed}


def prepare_plan(publication: str, period: str) -> dict[str, Any]:
    """Plan against the live portal, signed by the preparer whose key the house holds."""
    from .planning import plan

    house, published, window = _of(publication, period)
    made = plan(house, published, window)
    return {"plan": made.hash, "period": made.period, "actions": {c.dataset: c.action for c in made.changes}}


def is_approved(publication: str, period: str) -> dict[str, Any]:
    """Tell whether the newest plan of a period has an approval in the ledger."""
    from .planning import newest_plan
    from .publishing import approval_of

    house, published, window = _of(publication, period)
    return {"approved": approval_of(house, newest_plan(house, published, window)) is not None}


def apply_plan(publication: str, period: str) -> dict[str, Any]:
    """Apply the newest plan of a period; it must be approved."""
    from .planning import newest_plan
    from .publishing import apply

    house, published, window = _of(publication, period)
    applied = apply(house, newest_plan(house, published, window))
    return {"plan": applied.plan.hash, "written": applied.written, "receipt": applied.receipt_sha256}


def watch(publication: str) -> dict[str, Any]:
    """Look at a publication's portals from outside.

    Raises:
        GateRefused: something is late, empty, edited, tampered with or out of sync; one sentence names the first.
        PortalFailed: a portal does not answer, and nothing else was found.

    """
    from .watching import refuse
    from .watching import watch as look

    house = open_house()
    watched = look(house, house.catalog.publication(publication))
    refuse(watched)
    return {
        "publication": watched.publication,
        "portals": list(watched.portals),
        "datasets": watched.datasets,
        "releases": watched.releases,
        "files": watched.files,
        "findings": 0,
    }


def _of(publication: str, period: str) -> tuple[House, Publication, Period]:
    house = open_house()
    published = house.catalog.publication(publication)
    return house, published, house.period(period, published)
