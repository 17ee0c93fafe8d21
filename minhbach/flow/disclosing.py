"""Runs the disclosure engine by itself: on releases, on the marts of a period, or on any CSV with a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import DeclarationError, Problem, UsageError
from .releasing import earlier_releases, mart_of, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..core.catalog import Publication
    from ..core.periods import Period
    from ..disclosure.attack import AttackVerdict
    from .house import House


def attack_places(places: Sequence[Path], policy: Path | None = None) -> AttackVerdict:
    """Attack release folders together, or one CSV by a policy.

    Raises:
        UsageError: a CSV without policy, or more than one.
        DeclarationError: the policy, or a folder's disclosure.json, says too little.

    """
    from ..disclosure.attack import attack, attack_csv

    if policy is None:
        if any(not place.is_dir() for place in places):
            raise UsageError("disclose attack: found a file without --policy, expected folders of releases, or both.")
        return attack(places)
    if len(places) != 1:
        raise UsageError(f"disclose attack --policy: found {len(places)} places, expected one CSV.")
    return attack_csv(places[0], _policy(policy))


def protect_csv(table: Path, policy: Path, out: Path) -> tuple[dict[str, Any], str]:
    """Protect one CSV by a dataset's declaration; return the public figures and the words for a steward.

    Raises:
        Unprotectable: it cannot be protected as declared.

    """
    import pyarrow.csv as arrow_csv

    from ..disclosure.protect import explain, protect

    declared = {"name": policy.stem, **_policy(policy)}
    protection = protect({policy.stem: arrow_csv.read_csv(table)}, {policy.stem: declared})
    arrow_csv.write_csv(protection.tables[policy.stem], out)
    return protection.public, explain(protection)


def explain_period(house: House, publication: Publication, period: Period, language: str) -> dict[str, str]:
    """Say, per population, what the protection of a period's marts hides and why; writes nothing."""
    from ..disclosure.protect import explain, protect

    said = {}
    for population, datasets in house.catalog.populations(publication).items():
        marts = {dataset.name: mart_of(house, dataset.name, period) for dataset in datasets}
        earlier = [
            {name: table_of(release) for name, release in releases.items()}
            for releases in earlier_releases(house, datasets, period)
        ]
        said[population] = explain(protect(marts, datasets, earlier, codes=house.catalog.codes), language)
    return said


def _policy(path: Path) -> dict[str, Any]:
    import yaml

    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise DeclarationError(
            [Problem(str(path), "", f"a {type(document).__name__}", "a mapping", "docs/disclosure.md")]
        )
    return document
