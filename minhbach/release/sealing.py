"""Seals a written release: manifest, sums, signature, one rename into the lake, one entry in the ledger.

A release exists when its folder stands under `lake/releases`. A run killed before the rename leaves something in
staging, which the next one clears; a run killed after it leaves a folder that the next one enters in the ledger.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core import seal as seals
from minhbach.core.catalog.fingerprint import declaration_sha256
from minhbach.core.errors import AttackSucceeded, GateRefused, SealBroken, UsageError, VerdictFailed
from minhbach.core.publishing import Release

from .tables import conform, logical_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from minhbach.core.catalog import Catalog
    from minhbach.core.keys import Secret
    from minhbach.core.lake import Lake
    from minhbach.core.ledger import Ledger
    from minhbach.core.periods import Period

FIRST = "r1"
PUBLIC_FILE, PUBLIC_FOLDER = 0o644, 0o755
SAME = ("logical_sha256", "declaration_sha256", "policy_sha256")
"""What makes two releases of a period one and the same."""


@dataclass(frozen=True)
class Written:
    """A release in staging: complete, not sealed."""

    dataset: str
    period: str
    revision: str
    folder: Path
    rows: int
    logical_sha256: str
    files: dict[str, dict[str, Any]]
    sources: list[dict[str, Any]]
    issued: str
    data_as_of: str
    declaration_sha256: str
    policy_sha256: str


def revision_for(
    table: pa.Table, *, dataset: str, period: Period | str, catalog: Catalog, lake: Lake, reason: str | None = None
) -> str:
    """Say as which revision a table is to be written: the sealed one it equals, the first, or the next with a reason.

    Raises:
        GateRefused: another table is sealed for the period and no reason for a revision is given.

    """
    sealed = newest(lake, dataset, period)
    declared = catalog.dataset(dataset)
    if sealed is None:
        return FIRST
    same = (logical_sha256(conform(table, declared)), declaration_sha256(declared))
    if same == (sealed.manifest["logical_sha256"], sealed.manifest["declaration_sha256"]):
        return sealed.revision
    return _next(sealed, reason)


def seal(
    written: Written,
    *,
    gates: Sequence[Mapping[str, Any]],
    attack: Mapping[str, Any],
    suppressed: Mapping[str, Any],
    code_version: str,
    signing_key: Secret,
    lake: Lake,
    ledger: Ledger,
    waived: Mapping[str, str] | None = None,
    revision_reason: str | None = None,
) -> Release:
    """Seal a release, or find the one that holds the same already.

    `gates` are verdict documents, `attack` holds `model, recovered, narrow`, `suppressed` rounded `cells, share`,
    `waived` the reason for each agency without which the period's books were closed.

    Raises:
        VerdictFailed: a gate did not pass, or there is none.
        AttackSucceeded: the attacker recovered or narrowed a cell.
        GateRefused: the period is sealed with another content and no reason for a revision is given.
        SealBroken: lake and ledger do not agree.
        StorageFailed: the disk cannot hold it.

    """
    where = f"{written.dataset}/{written.period}"
    _all_passed(where, gates, attack)
    reconcile(lake, ledger, written.dataset, written.period)
    sealed = newest(lake, written.dataset, written.period)
    if sealed is not None:
        if _is_same(sealed, written):
            return sealed
        expected = _next(sealed, revision_reason)
        if written.revision != expected:
            raise UsageError(f"{where}: found {written.revision} written, expected {expected}: write it anew as that.")
    elif written.revision != FIRST:
        raise UsageError(f"{where}: found {written.revision} written, expected {FIRST}: nothing is sealed yet.")
    manifest = _manifest(written, gates, attack, suppressed, code_version)
    manifest["waived"] = [{"agency": agency, "reason": why} for agency, why in sorted((waived or {}).items())]
    if revision_reason and written.revision != FIRST:
        manifest["revision_reason"] = revision_reason
    seals.close(written.folder, manifest, signing_key.value)
    target = lake.release(written.dataset, written.period, written.revision)
    moved = _move(written.folder, target)
    release = load(lake, written.dataset, written.period, written.revision)
    if not moved and not _is_same(release, written):
        raise GateRefused(f"{target}: found another content, sealed by another run meanwhile; run again.")
    _enter(ledger, release)
    return release


def newest(lake: Lake, dataset: str, period: Period | str) -> Release | None:
    """Return the newest sealed revision, or nothing. Raises SealBroken."""
    revisions = lake.revisions(dataset, period)
    return load(lake, dataset, period, revisions[-1]) if revisions else None


def load(
    lake: Lake, dataset: str, period: Period | str, revision: str | None = None, *, public_key: str | None = None
) -> Release:
    """Read a sealed release, every file checked against its signature; the newest revision when none is named.

    Raises:
        UsageError: nothing is sealed for that period yet.
        SealBroken: the named one is gone, a file is missing, added or changed, or another key signed it.

    """
    revisions = lake.revisions(dataset, period)
    chosen = revision or (revisions[-1] if revisions else FIRST)
    folder = lake.release(dataset, period, chosen)
    if revision and chosen not in revisions:
        raise SealBroken(f"{folder}: found no sealed release, expected the one that was named; it moved or is gone.")
    if chosen not in revisions:
        raise UsageError(f"{folder}: found no sealed release, expected one; `minhbach release` makes it.")
    sealed = seals.check(folder, public_key)
    added = sorted(path.name for path in folder.iterdir() if path.name not in {*sealed.files, seals.SIGNATURE})
    if added:
        raise SealBroken(f"{folder}: found {', '.join(added)} beside the sealed files, expected nothing more.")
    if (sealed.manifest["dataset"], sealed.manifest["period"], sealed.manifest["revision"]) != (
        dataset,
        str(period),
        chosen,
    ):
        raise SealBroken(f"{folder}: found another release in this folder, expected {dataset}/{period}/{chosen}.")
    return Release(dataset, str(period), chosen, folder, sealed.manifest, sealed.manifest_sha256)


def reconcile(lake: Lake, ledger: Ledger, dataset: str, period: Period | str) -> list[Release]:
    """Enter the sealed folders that a killed run could not enter; return them.

    Raises:
        SealBroken: the ledger knows a release that is gone, or another content of it.

    """
    prefix = f"{dataset}/{period}/"
    # The ledger is read before the lake: a release that another run seals meanwhile is then new, never gone.
    withdrawn = {entry.subject for entry in ledger.entries("withdrawn")}
    released = {entry.subject: entry for entry in ledger.entries("released") if entry.subject.startswith(prefix)}
    revisions = lake.revisions(dataset, period)
    gone = sorted(released.keys() - withdrawn - {prefix + revision for revision in revisions})
    if gone:
        raise SealBroken(f"{lake.root / 'releases'}: found no {', '.join(gone)}, expected what the ledger released.")
    entered = []
    for revision in revisions:
        release = load(lake, dataset, period, revision)
        known = released.get(release.subject)
        if known is None:
            _enter(ledger, release)
            entered.append(release)
        elif known.content["manifest_sha256"] != release.manifest_sha256:
            raise SealBroken(
                f"{release.folder}: found manifest {release.manifest_sha256}, expected "
                f"{known.content['manifest_sha256']}, which the ledger released in entry {known.number}."
            )
    return entered


def _all_passed(where: str, gates: Sequence[Mapping[str, Any]], attack: Mapping[str, Any]) -> None:
    """Refuse what should not have come here; the gates themselves stand in other rooms."""
    failed = sorted(str(gate["gate"]) for gate in gates if not gate["passed"])
    if failed or not gates:
        raise VerdictFailed(f"{where}: found {', '.join(failed) or 'no gate'} not passed, expected every gate to pass.")
    if attack["recovered"] or attack["narrow"]:
        raise AttackSucceeded(
            f"{where}: found {attack['recovered']} cells recovered and {attack['narrow']} narrowed, expected none."
        )


def _is_same(sealed: Release, written: Written) -> bool:
    return all(sealed.manifest[key] == getattr(written, key) for key in SAME)


def _next(sealed: Release, reason: str | None) -> str:
    if not reason:
        raise GateRefused(
            f"{sealed.dataset}/{sealed.period}: found another content than {sealed.revision}, "
            "expected what is sealed: books are closed; give a reason for a revision if the error was ours."
        )
    return f"r{int(sealed.revision[1:]) + 1}"


def _manifest(
    written: Written,
    gates: Sequence[Mapping[str, Any]],
    attack: Mapping[str, Any],
    suppressed: Mapping[str, Any],
    code_version: str,
) -> dict[str, Any]:
    return {
        "dataset": written.dataset,
        "period": written.period,
        "revision": written.revision,
        "rows": written.rows,
        "logical_sha256": written.logical_sha256,
        "files": written.files,
        "sources": written.sources,
        "code_version": code_version,
        "declaration_sha256": written.declaration_sha256,
        "policy_sha256": written.policy_sha256,
        "gates": [{"name": gate["gate"], "passed": gate["passed"], "checks": len(gate["checks"])} for gate in gates],
        "suppressed": dict(suppressed),
        "attack": {key: attack[key] for key in ("model", "recovered", "narrow")},
        "issued": written.issued,
        "data_as_of": written.data_as_of,
    }


def _move(staged: Path, target: Path) -> bool:
    """Make the release exist, whole, in one rename; false when another run was first: nothing is ever replaced."""
    try:
        for path in sorted(staged.iterdir()):
            with path.open("rb") as stream:
                os.fchmod(stream.fileno(), PUBLIC_FILE)  # whatever the umask: this is what the public may read
                os.fsync(stream.fileno())
        staged.chmod(PUBLIC_FOLDER)
        jsonfile.sync_folder(staged)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(target)
        jsonfile.sync_folder(target.parent)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            return False
        raise jsonfile.storage_failed(target, error) from error
    return True


def _enter(ledger: Ledger, release: Release) -> None:
    ledger.append_once(
        "released",
        release.subject,
        {"manifest_sha256": release.manifest_sha256, "logical_sha256": release.manifest["logical_sha256"]},
    )
