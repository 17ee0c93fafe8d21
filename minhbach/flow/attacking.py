"""Has written releases attacked and scanned, and keeps the private report that only the house can open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core import jsonfile, keys
from ..core.errors import AttackSucceeded, PersonalDataFound, SealBroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..core.catalog import Dataset
    from ..core.periods import Period
    from ..core.publishing import Release
    from ..disclosure.attack import Truth
    from .house import House

SHOWN = 3
"""Offences and findings that a refusal names."""


def public_model(house: House, dataset: Dataset, period: Period) -> dict[str, Any]:
    """Give the document `disclosure.json`: everything about the protection that a reader knows."""
    from ..disclosure.attack import public_model as model

    first = house.catalog.project.first_period
    previous = str(period.previous) if str(period.previous) >= first else None
    return model(dataset.model_dump(mode="json", by_alias=True, exclude_none=True), str(period), previous)


def keep_report(house: House, population: str, period: Period, report: dict[str, Any]) -> None:
    """Encrypt the private report: which cells are primary, and what they hold."""
    key = keys.secret("LANDING_KEY", house.settings)
    name = f"protection-{population}"
    box = keys.seal_box(key, jsonfile.canonical(report), label=f"{name}/{period}")
    jsonfile.write_bytes(house.lake.report(name, period), box, mode=0o600)


def read_report(house: House, population: str, period: Period | str) -> dict[str, Any]:
    """Open the private report of a population and period.

    Raises:
        SealBroken: the landing key is another one.

    """
    import json

    name = f"protection-{population}"
    box = house.lake.report(name, period).read_bytes()
    report: dict[str, Any] = json.loads(
        keys.open_box(keys.secret("LANDING_KEY", house.settings), box, label=f"{name}/{period}")
    )
    return report


def attack_written(
    house: House,
    population: str,
    period: Period,
    folders: Mapping[str, Path],
    earlier: Sequence[Mapping[str, Release]],
) -> dict[str, Any]:
    """Attack written releases together with every earlier one of their population.

    Raises:
        AttackSucceeded: a protected cell was recovered, or placed too narrowly.

    """
    from ..disclosure.attack import attack

    before = [release.folder for releases in earlier for release in releases.values()]
    periods = sorted({release.period for releases in earlier for release in releases.values()} | {str(period)})
    verdict = attack([*before, *folders.values()], private=_truth(house, population, periods))
    jsonfile.write(house.lake.root / "verdicts" / "attack" / f"{population}-{period}.json", "attack", verdict.to_json())
    if not verdict.passed:
        cells = "; ".join(f"{o.dataset} {dict(o.key)} {o.measure} ({o.rule})" for o in verdict.offences[:SHOWN])
        more = "; ".join(verdict.contradictions[:SHOWN])
        raise AttackSucceeded(
            f"{population} {period}: the attacker came too close to {len(verdict.offences)} protected cells: "
            f"{cells or more}; nothing was sealed, coarsen the policy."
        )
    return {"model": verdict.model, "recovered": verdict.recovered, "narrow": verdict.narrow + verdict.too_few_integers}


def scan_written(house: House, folders: Mapping[str, Path]) -> None:
    """Scan every text cell of the written bytes for personal identifiers.

    Raises:
        PersonalDataFound: there is one; named by file, place and rule, never by value.

    """
    from ..disclosure.pii import scan

    allowed = sorted(_public_names(house))
    for name, folder in folders.items():
        found = scan(folder, allowed=allowed, country=house.catalog.project.place.country)
        if found.findings:
            places = "; ".join(f"{one.file} {one.place} ({one.rule})" for one in found.findings[:SHOWN])
            raise PersonalDataFound(
                f"{name}: found {len(found.findings)} personal identifiers: {places}; nothing was sealed."
            )


def _public_names(house: House) -> set[str]:
    """What looks like a person and is none: places, agencies, fields, procedures, and the offices that answer."""
    texts = {row[key] for rows in house.catalog.codes.values() for row in rows for key in ("vi", "en") if row.get(key)}
    place = house.catalog.project.place.name
    offices = {text for one in house.catalog.datasets.values() for text in (one.steward.name, one.steward.email)}
    return texts | offices | {place.vi, place.en}


def _truth(house: House, population: str, periods: Sequence[str]) -> Truth:
    """What the house alone knows of quantities that no column holds: with it the judgement is exact.

    Without it, as after a lost landing key, the judgement is more cautious, never less.
    """
    from ..disclosure.attack import Truth

    values = {}
    for period in periods:
        try:
            report = read_report(house, population, period)
        except (SealBroken, FileNotFoundError):
            continue
        for one in report["differences"]:
            values[one["dataset"], period, one["measure"], tuple(one["key"])] = one["value"]
    return Truth(values)
