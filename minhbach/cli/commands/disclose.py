"""`minhbach disclose explain|protect|attack`: the disclosure engine by itself, on releases or any CSV with a policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import AttackSucceeded
from ..output import answer, show, speaks_json, tell
from .stages import of_period, opened

if TYPE_CHECKING:
    from ..app import Options

FOUND = click.Path(exists=True, path_type=Path)


@click.group()
def disclose() -> None:
    """Explain, protect or attack tables."""


@disclose.command(epilog="Example: minhbach disclose attack var/demo/lake/releases/*/2026-Q[23]/r1")
@click.argument("places", nargs=-1, required=True, type=FOUND, metavar="FOLDER…|CSV")
@click.option("--policy", type=FOUND, help="Of a CSV: YAML with grain, dimensions, measures, identities and limits.")
@speaks_json
def attack(places: tuple[Path, ...], policy: Path | None) -> dict[str, Any]:
    """Attack releases of one population together, from their files alone; exit 3 when a cell is too well known."""
    from ...flow.disclosing import attack_places

    verdict = attack_places(places, policy)
    rows = [(o.dataset, o.period, " ".join(v for _, v in o.key), o.measure, o.rule) for o in verdict.offences]
    if rows:
        show(rows, ("dataset", "period", "cell", "measure", "rule"))
    close = verdict.narrow + verdict.too_few_integers
    tell(f"model: {verdict.model}")
    outcome = f"{verdict.recovered} recovered, {close} narrow"
    tell(f"{verdict.protected} protected of {verdict.hidden} hidden cells: {outcome}")
    tell(f"{verdict.programs} linear programs in {verdict.seconds:.1f} s")
    if not verdict.passed:
        answer(verdict.to_json())
        offences, contradictions = len(verdict.offences), len(verdict.contradictions)
        raise AttackSucceeded(f"the attacker came too close to {offences} cells; {contradictions} contradictions.")
    return verdict.to_json()


@disclose.command(epilog="Example: minhbach disclose protect table.csv --policy policy.yml --out protected.csv")
@click.argument("table", type=FOUND)
@click.option("--policy", type=FOUND, required=True, help="A dataset's YAML: columns, grain, identities, disclosure.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The protected CSV.")
@speaks_json
def protect(table: Path, policy: Path, out: Path) -> dict[str, Any]:
    """Protect any CSV by a policy; exit 3 by name when it cannot be protected."""
    from ...flow.disclosing import protect_csv

    public, said = protect_csv(table, policy, out)
    tell(said)
    return public


@disclose.command(epilog="Example: minhbach disclose explain minh_bach_hang_quy --period 2026-Q3")
@click.argument("publication", required=False)
@of_period
@click.option("--language", type=click.Choice(["vi", "en"]), help="Of the words (default: the project's first).")
@click.pass_obj
@speaks_json
def explain(options: Options, publication: str | None, period: str | None, language: str | None) -> dict[str, str]:
    """Say in plain words what the protection of a period hides and why, without writing anything."""
    from ...flow.disclosing import explain_period

    house, published, window = opened(options, publication, period)
    said = explain_period(house, published, window, language or house.catalog.project.languages[0])
    for population, words in said.items():
        tell(f"{population}: {words}")
    return said
