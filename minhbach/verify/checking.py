"""Checks the folder of a release against what its house signed; says what was trusted on the way. Knows no catalog."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from minhbach.core import jsonfile, keys, rows, seal
from minhbach.core.errors import SealBroken, UsageError

from .download import download

LOWERED = seal.SUMS.lower()
"""What a CKAN calls the sums when they are downloaded: it gives every file's name in small letters."""


@dataclass(frozen=True)
class Report:
    """What was checked and found good."""

    place: str
    dataset: str
    period: str
    revision: str
    rows: int
    logical_sha256: str
    manifest_sha256: str
    files: int
    public_key: str
    fingerprint: str
    key_given: bool
    """Whether the key was the reader's own knowledge, or the one the download came with."""
    receipt: dict[str, Any] | None
    """Of the receipt beside the data: plan_hash, approver, published_at, ledger_head."""
    not_sealed: tuple[str, ...]
    """Files beside the data that no signature covers."""

    def document(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {"schema": "minhbach/verification/1", "good": True, **asdict(self)}

    def sentences(self) -> list[str]:
        """The report as a person reads it."""
        lines = [
            f"Good: {self.dataset} {self.period} {self.revision}, {self.rows} rows.",
            f"Signature: {self.files} files are what the key {self.fingerprint} signed.",
            f"Rows: logical_sha256 {self.logical_sha256}, computed again from data.csv.",
        ]
        if not self.key_given:
            lines.append(
                f"The key came with the download: compare {self.fingerprint} with the one the house publishes."
            )
        if self.receipt:
            lines.append(
                f"Receipt: published {self.receipt['published_at']}, approved by {self.receipt['approver']}, "
                f"plan {self.receipt['plan_hash']}, ledger head {self.receipt['ledger_head']}."
            )
        else:
            lines.append("No receipt lies beside the data: that it was approved and published is not shown here.")
        if self.not_sealed:
            lines.append(f"Not covered by the seal: {', '.join(self.not_sealed)}.")
        return lines


def verify(place: str | Path, public_key: str | None = None) -> Report:
    """Check a release: a folder, a file in it, or its address on a site; `public_key` is base64 or a file holding it.

    Raises:
        SealBroken: something is not what was signed; signature and file are named.
        SourceUnreachable: the address gives no answer.
        UsageError: there is nothing at that place, or the key is none.

    """
    key = _key(public_key)
    if str(place).startswith(("http://", "https://")):
        with tempfile.TemporaryDirectory(prefix="minhbach-verify-") as folder:
            download(str(place), Path(folder))
            return _check(Path(folder), str(place), key)
    path = Path(place)
    folder_path = path.parent if path.is_file() else path
    if not folder_path.is_dir():
        raise UsageError(f"{place}: found nothing there, expected the folder or the address of a release.")
    return _check(folder_path, str(place), key)


def _check(folder: Path, place: str, key: str | None) -> Report:
    sums = LOWERED if not (folder / seal.SUMS).exists() and (folder / LOWERED).is_file() else seal.SUMS
    sealed = seal.check(folder, key, sums=sums)
    manifest = sealed.manifest
    found = rows.csv_rows_sha256(folder / seal.DATA)
    if found != manifest["logical_sha256"]:
        raise SealBroken(
            f"{place}: {seal.DATA}: found rows with the hash {found}, "
            f"expected {manifest['logical_sha256']} of {seal.MANIFEST}."
        )
    names = {path.name for path in folder.iterdir() if path.is_file()}
    return Report(
        place=place,
        dataset=manifest["dataset"],
        period=manifest["period"],
        revision=manifest["revision"],
        rows=manifest["rows"],
        logical_sha256=found,
        manifest_sha256=sealed.manifest_sha256,
        files=len(sealed.files),
        public_key=sealed.public_key,
        fingerprint=keys.fingerprint(sealed.public_key),
        key_given=key is not None,
        receipt=_receipt(folder, sealed) if seal.RECEIPT in names else None,
        not_sealed=tuple(sorted(names - sealed.files.keys() - {sums, seal.SIGNATURE, seal.RECEIPT})),
    )


def _receipt(folder: Path, sealed: seal.Sealed) -> dict[str, Any]:
    """Check the receipt beside the data: signed by the same key, and about this very release."""
    where = str(folder / seal.RECEIPT)
    receipt = jsonfile.read(folder / seal.RECEIPT, "receipt")
    seal.check_signed(receipt, where, sealed.public_key)
    if sealed.manifest_sha256 not in {release["manifest_sha256"] for release in receipt["releases"]}:
        raise SealBroken(f"{where}: releases: found no manifest {sealed.manifest_sha256}, expected the one beside it.")
    return {
        "plan_hash": receipt["plan_hash"],
        "approver": receipt["approver"],
        "published_at": receipt["published_at"],
        "ledger_head": receipt["ledger_head"],
    }


def _key(given: str | None) -> str | None:
    if given is None:
        return None
    path = Path(given)
    text = path.read_text(encoding="ascii", errors="replace").strip() if path.is_file() else given.strip()
    if not keys.is_public(text):
        raise UsageError(f"--key: found no Ed25519 public key in {given}, expected base64 or a file that holds it.")
    return text
