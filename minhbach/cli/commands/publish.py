"""`minhbach plan|approve|apply|withdraw`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageError
from ..output import say, show, speaks_json, tell
from .stages import of_period, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.publishing import Plan
    from ...flow.house import House
    from ..app import Options

KEY = click.Path(exists=True, dir_okay=False, path_type=Path)


def signed_by(who: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--key`, and `--as` for the demo's people."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option("--as", "name", help=f"A demo {who}, outside production.")(function)
        return click.option("--key", type=KEY, help=f"The {who}'s private key.")(function)

    return decorate


@click.command(epilog="Example: minhbach plan minh_bach_hang_quy --period 2026-Q3 --key lap_ke_hoach.key")
@click.argument("publication", required=False)
@of_period
@click.option("--to", "portal", help="Portal (default: the publication's).")
@signed_by("preparer")
@click.pass_obj
@speaks_json
def plan(
    options: Options,
    publication: str | None,
    period: str | None,
    portal: str | None,
    key: Path | None,
    name: str | None,
) -> dict[str, Any]:
    """Say what would change on the portal, with a hash, signed by its preparer."""
    from ...flow.planning import plan as make

    house, published, window = opened(options, publication, period)
    private, person = _person(house, key, name, published.prepared_by)
    made = make(house, published, window, preparer=person, private=private, portal=portal)
    return _told(house, made)


@click.command(epilog="Example: minhbach approve var/lake/plans/…/HASH.json --key steward.key --note 'đã đọc'")
@click.argument("plan_file", metavar="PLAN", type=KEY)
@signed_by("approver")
@click.option("--note", default="", help="Kept with the approval.")
@click.pass_obj
@speaks_json
def approve(options: Options, plan_file: Path, key: Path | None, name: str | None, note: str) -> dict[str, Any]:
    """Record an approval of exactly this PLAN; the preparer's own key is refused."""
    from ...flow.house import open_house
    from ...flow.publishing import approve as record
    from ...release.planning import read_plan

    house = open_house(options.project)
    made = read_plan(plan_file)
    private, person = _person(house, key, name, house.catalog.publication(made.publication).approved_by)
    approval = record(house, made, person, private, note)
    tell(f"plan {made.hash[:12]} approved by {approval.approver} at {approval.at}")
    return approval.document()


@click.command(epilog="Example: minhbach apply var/lake/plans/…/HASH.json")
@click.argument("plan_file", metavar="PLAN", type=KEY)
@click.option("--stage", "only_stage", is_flag=True, help="Bring and prove everything unseen; publish nothing yet.")
@click.pass_obj
@speaks_json
def apply(options: Options, plan_file: Path, *, only_stage: bool) -> dict[str, Any]:
    """Make the portal equal to an approved PLAN, read it back, sign the receipt. Can be killed and repeated."""
    from ...flow.house import open_house
    from ...flow.publishing import apply as publish
    from ...flow.publishing import stage
    from ...release.planning import read_plan

    house, made = open_house(options.project), read_plan(plan_file)
    if only_stage:
        stage(house, made, lambda step: say(f"  {step}"))
        tell("staged: nobody sees it yet; `minhbach apply` without --stage publishes it")
        return {"plan": made.hash, "staged": True}
    applied = publish(house, made, lambda step: say(f"  {step}"))
    show(sorted(applied.urls.items()), ("dataset", "address"))
    tell("published" if applied.written else "published already: nothing was written")
    return {
        "plan": applied.plan.hash,
        "written": applied.written,
        "urls": applied.urls,
        "receipt": applied.receipt_sha256,
    }


@click.command(epilog="Example: minhbach withdraw giai_quyet_ho_so --period 2026-Q3 --reason 'sai mẫu số' --key k.key")
@click.argument("dataset")
@of_period
@click.option("--reason", required=True, help="Shown to everybody on the tombstone.")
@click.option("--from", "portal", help="Portal (default: the publication's).")
@signed_by("preparer")
@click.pass_obj
@speaks_json
def withdraw(
    options: Options,
    dataset: str,
    period: str | None,
    reason: str,
    portal: str | None,
    key: Path | None,
    name: str | None,
) -> dict[str, Any]:
    """Plan the tombstone of DATASET's releases of a period; approve and apply it like any plan."""
    from ...flow.planning import plan_withdrawal

    house, published, window = opened(options, None, period)
    private, person = _person(house, key, name, published.prepared_by)
    made = plan_withdrawal(house, published, window, dataset, reason, preparer=person, private=private, portal=portal)
    return _told(house, made)


def _person(house: House, key: Path | None, name: str | None, expected: list[str]) -> tuple[bytes, str]:
    """Find whose key it is, among those who may first, then among all of people.yml, who will be refused by name."""
    from ...core.keys import read_private, signing_key
    from ...core.people import demo_key, public_key_of

    if key is None and name is None:
        raise UsageError(f"found neither --key nor --as, expected the private key of {', '.join(expected)}.")
    if key is None:
        person = house.catalog.people.get(name or "")
        if person is None or not person.demo:
            raise UsageError(f'--as: found "{name}", expected a demo person of catalog/people.yml, or --key FILE.')
        return read_private(demo_key(name or "", house.settings)), name or ""
    private = read_private(key)
    public = signing_key(private)
    for known in [*expected, *house.catalog.people]:
        if public_key_of(known, house.catalog, house.settings) == public:
            return private, known
    raise UsageError(f"{key}: found a key of nobody known, expected that of {', '.join(expected)} in people.yml.")


def _told(house: House, made: Plan) -> dict[str, Any]:
    path = house.lake.plan(made.publication, made.period, made.hash)
    counted = ("added", "removed", "changed")
    rows = [
        (c.dataset, f"{c.period}/{c.revision}", c.action, *(c.row_diff.get(name, 0) for name in counted))
        for c in made.changes
    ]
    show(rows, ("dataset", "release", "action", *(f"rows {name}" for name in counted)))
    for change in made.changes:
        for warning in change.warnings:
            tell(f"{change.dataset}: {warning}")
    tell(f"plan {made.hash}")
    tell(f"approve it: minhbach approve {path} --key FILE")
    return {"plan": made.hash, "file": str(path), "changes": [change.__dict__ for change in made.changes]}
