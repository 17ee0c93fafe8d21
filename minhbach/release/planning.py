"""Makes, signs, keeps and reads plans: what differs between sealed releases and a portal. Knows no kind of portal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile, keys
from minhbach.core.errors import SealBroken
from minhbach.core.publishing import Change, LiveDataset, Plan
from minhbach.core.seal import DATA

from .differences import row_diff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minhbach.core.catalog import Catalog
    from minhbach.core.lake import Lake
    from minhbach.core.publishing import Action, Live, Release

__all__ = ["make_plan", "read_plan", "row_diff", "save_plan", "sign_plan", "withdrawal"]


def make_plan(
    releases: Sequence[Release],
    live: Live,
    metadata: Mapping[str, Mapping[str, Any]],
    *,
    publication: str,
    period: str,
    portal_kind: str,
    issued: str,
    catalog: Catalog,
    lake: Lake,
    withdrawals: Sequence[Change] = (),
    warnings: Mapping[str, Sequence[str]] | None = None,
) -> Plan:
    """Compare releases with what is live; `metadata` is what the portal would show per dataset, `warnings` go along.

    The same releases against the same portal give the same plan, and so the same hash.

    Raises:
        UnreadableFile: a data.csv cannot be read by its key.

    """
    said = warnings or {}
    changes = [
        _change(release, live, metadata.get(release.dataset, {}), catalog, lake, list(said.get(release.dataset, ())))
        for release in sorted(releases, key=lambda release: release.subject)
    ]
    return Plan(
        publication=publication,
        period=period,
        portal=live.portal,
        portal_kind=portal_kind,
        live_state=live.state,
        changes=(*changes, *withdrawals),
        issued=issued,
    )


def withdrawal(release: Release, live: Live, reason: str) -> Change:
    """Plan the tombstone of one release; the reason is shown to everybody."""
    shown = live.datasets.get(release.dataset, LiveDataset(release.dataset))
    return Change(
        dataset=release.dataset,
        period=release.period,
        revision=release.revision,
        action="withdraw",
        manifest_sha256=release.manifest_sha256,
        reason=reason,
        live_state=shown.state,
    )


def sign_plan(plan: Plan, preparer: str, private: bytes) -> Plan:
    """Put the preparer's name, key and signature under a plan; the hash that is approved covers name and key."""
    named = replace(plan, prepared_by=preparer, preparer_key=keys.signing_key(private), signature="")
    return replace(named, signature=keys.sign(private, _statement(named)))


def is_signed(plan: Plan) -> bool:
    """Tell whether the preparer's signature is that of this plan."""
    return keys.is_signed(plan.preparer_key, plan.signature, _statement(plan))


def save_plan(lake: Lake, plan: Plan) -> Path:
    """Write a plan where its hash names it; return its file."""
    path = lake.plan(plan.publication, plan.period, plan.hash)
    jsonfile.write(path, "plan", plan.document())
    return path


def read_plan(path: Path) -> Plan:
    """Read a plan's file.

    Raises:
        SealBroken: it is none, is not the plan its name and hash say, or is not signed by its preparer.

    """
    document = jsonfile.read(path, "plan")
    try:
        plan = Plan.from_document(document)
    except (KeyError, TypeError) as error:
        raise SealBroken(f"{path}: found no plan of this version, expected what `minhbach plan` wrote.") from error
    if plan.hash != document.get("hash") or plan.hash != path.stem:
        raise SealBroken(f"{path}: hash: found a plan with the hash {plan.hash}, expected {path.stem}: it was changed.")
    if not is_signed(plan):
        raise SealBroken(f"{path}: signature: it is not that of {plan.prepared_by or 'anybody'} under this plan.")
    return plan


def _statement(plan: Plan) -> bytes:
    return jsonfile.canonical({"statement": "minhbach/plan/1", "plan_hash": plan.hash, "prepared_by": plan.prepared_by})


def _change(
    release: Release, live: Live, planned: Mapping[str, Any], catalog: Catalog, lake: Lake, warnings: list[str]
) -> Change:
    shown = live.datasets.get(release.dataset, LiveDataset(release.dataset))
    address = f"{release.period}/{release.revision}"
    held = shown.releases.get(address)
    if held not in {None, release.manifest_sha256}:
        warnings = [
            *warnings,
            f"{release.subject}: cổng đang giữ bản khác với bản đã niêm phong / the portal holds another.",
        ]
    difference = _metadata_diff(shown.metadata, planned)
    against = _against(release, shown)
    old = lake.release(release.dataset, *against.split("/")) / DATA if against else None
    if old is not None and not old.is_file():
        warnings = [
            *warnings,
            f"{release.dataset}/{against}: không còn trong kho để so sánh / not in the lake to compare.",
        ]
        old, against = None, None
    rows = row_diff(old, release.folder / DATA, catalog.dataset(release.dataset).grain)
    action: Action = "create" if not shown.releases and not shown.metadata else "update"
    if held == release.manifest_sha256 and not difference:
        action = "unchanged"
    return Change(
        dataset=release.dataset,
        period=release.period,
        revision=release.revision,
        action=action,
        manifest_sha256=release.manifest_sha256,
        metadata_diff=difference,
        row_diff={"against": against, **rows},
        warnings=warnings,
        live_state=shown.state,
    )


def _against(release: Release, shown: LiveDataset) -> str | None:
    """Name the newest live revision of the same period: other periods have other keys."""
    prefix = f"{release.period}/r"
    numbers = [int(address.removeprefix(prefix)) for address in shown.releases if address.startswith(prefix)]
    return f"{prefix}{max(numbers)}" if numbers else None


def _metadata_diff(live: Mapping[str, Any], planned: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = sorted(live.keys() | planned.keys())
    pairs = ((name, live.get(name), planned.get(name)) for name in names)
    return [{"key": name, "live": old, "planned": new} for name, old, new in pairs if old != new]
