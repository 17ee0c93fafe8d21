"""What makes a folder a sealed release, and how anyone checks it: SHA256SUMS, manifest.json, manifest.sig.

`manifest.json` says what the files are, `SHA256SUMS` lets `sha256sum -c` check them, `manifest.sig` is the house's
Ed25519 signature over the hash of every file. Needs `cryptography` and the standard library; knows no lake, no ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import jsonfile, keys
from .errors import SealBroken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
DATA = "data.csv"
RECEIPT = "receipt.json"
_SUM_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class Sealed:
    """A folder whose files are what its house signed."""

    folder: Path
    manifest: dict[str, Any]
    manifest_sha256: str
    files: dict[str, str]
    """Every sealed file → sha256; without the signature itself."""
    public_key: str


def signed(document: Mapping[str, Any], private: bytes) -> dict[str, Any]:
    """Add public key and signature to a document; the signature covers everything else in it."""
    body = {**document, "public_key": keys.signing_key(private)}
    return {**body, "signature": keys.sign(private, jsonfile.canonical(body))}


def check_signed(document: Mapping[str, Any], where: str, public_key: str | None = None) -> str:
    """Check what `signed` made; return the public key it was made with.

    Raises:
        SealBroken: the signature is another key's than the one given, or not of this content.

    """
    body = {key: value for key, value in document.items() if key != "signature"}
    used, signature = str(document.get("public_key", "")), str(document.get("signature", ""))
    if public_key is not None and used != public_key:
        raise SealBroken(
            f"{where}: signature: found the key {_named(used)}, expected {_named(public_key)}: another house's."
        )
    if not keys.is_signed(used, signature, jsonfile.canonical(body)):
        raise SealBroken(
            f"{where}: signature: it is not that of this content, expected what the key {_named(used)} signed."
        )
    return used


def close(folder: Path, manifest: Mapping[str, Any], private: bytes) -> str:
    """Write manifest, sums and signature into a folder whose files are complete; return the manifest's sha256.

    Raises:
        SealBroken: the folder holds other files, or other bytes, than the manifest lists.

    """
    own = {MANIFEST, SUMS, SIGNATURE}
    hashes = {path.name: jsonfile.file_sha256(path) for path in folder.iterdir() if path.name not in own}
    listed = {name: said["sha256"] for name, said in manifest["files"].items()}
    if hashes != listed:
        differing = sorted(name for name in hashes.keys() | listed.keys() if hashes.get(name) != listed.get(name))
        raise SealBroken(
            f"{folder}: {', '.join(differing)}: found other bytes than were written and judged; run again."
        )
    jsonfile.write(folder / MANIFEST, "manifest", dict(manifest))
    hashes[MANIFEST] = jsonfile.file_sha256(folder / MANIFEST)
    jsonfile.write_bytes(folder / SUMS, "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode())
    covered = {**hashes, SUMS: jsonfile.file_sha256(folder / SUMS)}
    subject = {key: manifest[key] for key in ("dataset", "period", "revision")}
    statement = {"schema": "minhbach/signature/1", "algorithm": "Ed25519", **subject, "files": covered}
    jsonfile.write_bytes(folder / SIGNATURE, jsonfile.pretty(signed(statement, private)))
    return hashes[MANIFEST]


def check(folder: Path, public_key: str | None = None, *, sums: str = SUMS) -> Sealed:
    """Check every sealed file of a folder against sums, manifest and signature; `sums`: the name that SHA256SUMS has.

    Raises:
        SealBroken: anything is missing or is not what was signed; signature and files are named.

    """
    where = str(folder)
    for name in (sums, SIGNATURE, MANIFEST):
        if not (folder / name).is_file():
            raise SealBroken(f"{where}: found no {name}, expected the folder of a sealed release.")
    statement = jsonfile.read(folder / SIGNATURE, "signature")
    used = check_signed(statement, f"{where}/{SIGNATURE}", public_key)
    covered = dict(statement["files"])
    _compare(folder, covered, sums)
    if parse_sums((folder / sums).read_bytes(), where) != {k: v for k, v in covered.items() if k != SUMS}:
        raise SealBroken(f"{where}/{sums}: it lists other files than the signature {SIGNATURE} covers.")
    manifest = jsonfile.read(folder / MANIFEST, "manifest")
    listed = {name: said["sha256"] for name, said in manifest["files"].items()}
    if listed != {name: value for name, value in covered.items() if name not in {SUMS, MANIFEST}}:
        raise SealBroken(f"{where}/{MANIFEST}: files: it lists other files than the signature {SIGNATURE} covers.")
    if any(manifest[key] != statement[key] for key in ("dataset", "period", "revision")):
        raise SealBroken(f"{where}/{MANIFEST}: found another release than the one the signature {SIGNATURE} is about.")
    return Sealed(folder, manifest, covered[MANIFEST], covered, used)


def parse_sums(content: bytes, where: str) -> dict[str, str]:
    """Read SHA256SUMS: file name → sha256. Names are plain, so that none leads out of the folder.

    Raises:
        SealBroken: a line is none of `sha256sum`, or a name appears twice.

    """
    sums: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        found = _SUM_LINE.fullmatch(line)
        if not found or found[2] in sums:
            raise SealBroken(f"{where}/{SUMS}: line {number}: found no new sum and plain file name, expected both.")
        sums[found[2]] = found[1]
    return sums


def _compare(folder: Path, covered: Mapping[str, str], sums_name: str) -> None:
    """Hold every file against the hash that was signed."""
    paths = {name: folder / (sums_name if name == SUMS else name) for name in covered}
    missing = sorted(name for name, path in paths.items() if not path.is_file())
    if missing:
        raise SealBroken(
            f"{folder}: found no {', '.join(missing)}, expected every file the signature {SIGNATURE} covers."
        )
    changed = sorted(name for name, value in covered.items() if jsonfile.file_sha256(paths[name]) != value)
    if not changed:
        return
    blamed = [name for name in changed if name != SUMS] or changed
    sums = parse_sums((folder / sums_name).read_bytes(), str(folder))
    regenerated = all(sums.get(name) == jsonfile.file_sha256(paths[name]) for name in blamed if name != SUMS)
    hint = f" ({SUMS} was made anew for the changed bytes)" if regenerated and SUMS in changed else ""
    raise SealBroken(
        f"{folder}: {', '.join(blamed)}: found other bytes than the signature {SIGNATURE} covers{hint}, "
        f"expected sha256 {covered[blamed[0]]} of {blamed[0]}; download it again from its publisher."
    )


def _named(public: str) -> str:
    try:
        return keys.fingerprint(public)
    except ValueError:
        return "that is no key"
