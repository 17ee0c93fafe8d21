"""What a page offers beside its numbers: files with sizes, licence, receipt. Knows no template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minhbach.core import seal
from minhbach.core.keys import fingerprint

if TYPE_CHECKING:
    from .model import Edition, Site
    from .words import Words

FORMATS = {"data.csv": "CSV", "data.xlsx": "XLSX", "data.parquet": "Parquet"}
SEALS = (seal.MANIFEST, seal.SUMS, seal.SIGNATURE)
"""Files of a release that its manifest cannot name."""
RECEIPT = seal.RECEIPT
RECEIPT_FACTS = {
    "receipt_approver": ("approver", "approved_by"),
    "receipt_published": ("published_at", "applied_at"),
    "receipt_plan": ("plan_hash", "plan"),
    "receipt_ledger": ("ledger_head",),
    "receipt_key": ("public_key", "key"),
    "receipt_signature": ("signature",),
}
"""Sentence → where the receipt holds it."""


def downloads(site: Site, edition: Edition, say: Words) -> list[dict[str, str]]:
    """List the data files of an edition with their sizes, the most used first."""
    files = edition.manifest["files"]
    return [
        {"href": f"{site.base}/{edition.path}{name}", "format": kind, "size": say.size(files[name]["bytes"])}
        for name, kind in FORMATS.items()
        if name in files
    ]


def other_files(site: Site, edition: Edition, say: Words) -> list[dict[str, str]]:
    """List everything else that lies beside the data."""
    files = edition.manifest["files"]
    names = [name for name in files if name not in FORMATS] + [name for name in SEALS if name not in files]
    return [
        {
            "href": f"{site.base}/{edition.path}{name}",
            "name": name,
            "label": say.sentences.get(f"file_{name}", name),
            "size": say.size(files[name]["bytes"]) if name in files else "",
        }
        for name in sorted(names)
    ]


def latest_files(site: Site, edition: Edition) -> list[dict[str, str]]:
    """List the addresses that always give the newest data."""
    found = []
    for name in FORMATS:
        if name in edition.manifest["files"]:
            path = f"dataset/{edition.dataset.name}/latest/{name}"
            found.append({"href": f"{site.base}/{path}", "path": f"/{path}"})
    return found


def licence_url(licence: str) -> str:
    """Return where a licence, named by its SPDX identifier, is explained."""
    return f"https://spdx.org/licenses/{licence}.html"


def told(receipt: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of several fields that a receipt holds, as text."""
    for name in names:
        value = receipt.get(name)
        if isinstance(value, dict):
            value = value.get("name") or value.get("hash") or value.get("head")
        if value:
            return str(value)
    return ""


def receipt_shown(receipt: dict[str, Any] | None, say: Words, file: str) -> dict[str, Any] | None:
    """Return what a page shows of a receipt; nothing before there is one."""
    if receipt is None:
        return None
    facts = [(say(key), told(receipt, names)) for key, names in RECEIPT_FACTS.items()]
    return {"facts": [(label, value) for label, value in facts if value], "file": file}


def public_keys(site: Site) -> list[dict[str, str]]:
    """List the public keys that signed the receipts of this site, newest first, each once."""
    keys = [told(issue.receipt, RECEIPT_FACTS["receipt_key"]) for issue in site.issues if issue.receipt]
    return [{"public": key, "fingerprint": fingerprint(key)} for key in dict.fromkeys(filter(None, keys))]
