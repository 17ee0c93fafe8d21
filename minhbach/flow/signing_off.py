"""Writes a steward's sign-off into a dataset's file: the fingerprint of columns and policy, signed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..core import clock, jsonfile, keys
from ..core.catalog import load_catalog
from ..core.catalog.fingerprint import fingerprint_of
from ..core.errors import NotSignedOff, UsageError
from ..core.people import demo_key, public_key_of
from ..core.settings import Settings, find_project

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.catalog import Catalog, Dataset
    from .house import House

BLOCK = re.compile(r"^sign_off:.*(?:\n[ \t]+.*)*\n?", re.MULTILINE)


def sign_off(project: Path | None, dataset: str, *, key: Path | None, name: str | None) -> dict[str, str]:
    """Sign a dataset's declaration; everything else in its file stays as it is, comments included.

    Raises:
        UsageError: the key is of no steward, or neither key nor demo steward is given.

    """
    root = find_project(project)
    catalog, settings = load_catalog(root), Settings.read(root)
    private, steward = _steward(catalog, settings, key, name)
    fingerprint = fingerprint_of(catalog.dataset(dataset))
    statement = _statement(dataset, fingerprint)
    signed = {"by": steward, "on": f"{clock.now():%Y-%m-%d}", "fingerprint": fingerprint}
    if key is not None:  # a demo steward's key is made anew in every house, so its signature would tell nothing
        signed["signature"] = keys.sign(private, statement)
    line = "sign_off: {" + ", ".join(f'{k}: "{v}"' if k != "on" else f"{k}: {v}" for k, v in signed.items()) + "}\n"
    path = root / "catalog" / "datasets" / f"{dataset}.yml"
    text = path.read_text(encoding="utf-8")
    text = BLOCK.sub(lambda _: line, text) if BLOCK.search(text) else text.rstrip("\n") + "\n" + line
    jsonfile.write_bytes(path, text.encode())
    return signed


def require_sign_off(house: House, dataset: Dataset) -> None:
    """Let a dataset through only when a steward signed exactly the columns and the policy that it has now.

    Raises:
        NotSignedOff: nobody did; or, in production, the signature is not that steward's.

    """
    signed, fingerprint = dataset.sign_off, fingerprint_of(dataset)
    where = f"catalog/datasets/{dataset.name}.yml: sign_off"
    if signed is None or signed.fingerprint != fingerprint:
        found = f"found {signed.fingerprint if signed else 'nothing'}, expected {fingerprint}"
        raise NotSignedOff(f"{where}: {found}; `minhbach sign-off {dataset.name}` signs what it says now.")
    person = house.catalog.people.get(signed.by)
    if person is None or "steward" not in person.roles:
        raise NotSignedOff(f'{where}.by: found "{signed.by}", expected a steward of catalog/people.yml.')
    if house.settings.mode == "production" or signed.signature:
        public = public_key_of(signed.by, house.catalog, house.settings)
        if not keys.is_signed(public, signed.signature, _statement(dataset.name, fingerprint)):
            raise NotSignedOff(f"{where}.signature: it is not that of {signed.by} under {fingerprint}.")


def _statement(dataset: str, fingerprint: str) -> bytes:
    return jsonfile.canonical({"statement": "minhbach/sign_off/1", "dataset": dataset, "fingerprint": fingerprint})


def _steward(catalog: Catalog, settings: Settings, key: Path | None, name: str | None) -> tuple[bytes, str]:
    stewards = [one for one, person in catalog.people.items() if "steward" in person.roles]
    if name is not None:
        if name not in stewards:
            raise UsageError(f'sign-off --as: found "{name}", expected a steward: {", ".join(stewards)}.')
        return keys.read_private(demo_key(name, settings)), name
    if key is None:
        raise UsageError("sign-off: found neither --key nor --as, expected the steward's private key.")
    private = keys.read_private(key)
    public = keys.signing_key(private)
    for steward in stewards:
        if public_key_of(steward, catalog, settings) == public:
            return private, steward
    raise UsageError(f"{key}: found a key of no steward, expected that of {', '.join(stewards)} in catalog/people.yml.")
