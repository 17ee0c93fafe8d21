"""Who signs with which key: public keys of the people in `catalog/people.yml`, private ones made by `keys new`.

A demo person has a key pair beside the lake, made when first needed, and none in production.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import TYPE_CHECKING

from . import keys
from .errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from .catalog import Catalog
    from .settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def folder(settings: Settings) -> Path:
    """Give the folder that holds the demo people's keys."""
    return settings.lake.parent / "keys" / "people"


def new_key(name: str, into: Path) -> tuple[Path, str]:
    """Make a key pair `<name>.key` (0600) and `<name>.pub`; return the private file and the public key for people.yml.

    Raises:
        UsageError: the name is none that people.yml could hold, or a key of that name is there already.

    """
    if not _NAME.fullmatch(name):
        raise UsageError(f'keys new: found the name "{name}", expected lower-case words joined by underscores.')
    private = into / f"{name}.key"
    try:
        keys.write_private(private, base64.b64encode(secrets.token_bytes(keys.KEY_BYTES)))
    except FileExistsError as error:
        raise UsageError(
            f"{private}: found a key already, expected none; move it away or choose another name."
        ) from error
    return private, _write_public(private)


def public_key_of(name: str, catalog: Catalog, settings: Settings) -> str:
    """Return a person's public key: the declared one, or a demo person's generated one.

    Raises:
        UsageError: the person is not declared, or has no key and may not get one.

    """
    person = catalog.people.get(name)
    if person is None:
        raise UsageError(f'catalog/people.yml: found no "{name}", expected one of {", ".join(sorted(catalog.people))}.')
    if person.public_key:
        return person.public_key
    if not person.demo:
        raise UsageError(
            f"catalog/people.yml: {name}.public_key: found nothing, expected the key `minhbach keys new` made."
        )
    return keys.signing_key(keys.read_private(demo_key(name, settings)))


def demo_key(name: str, settings: Settings) -> Path:
    """Give the private key file of a demo person; make the pair when there is none.

    Raises:
        UsageError: the house is in production mode: nobody there is a demo person.

    """
    if settings.mode == "production":
        raise UsageError(f"catalog/people.yml: {name}: found a demo person in production mode, expected a public_key.")
    private = folder(settings) / f"{name}.key"
    if not private.exists():
        keys.write_private_once(private, base64.b64encode(secrets.token_bytes(keys.KEY_BYTES)))
    if not private.with_suffix(".pub").exists():
        _write_public(private)
    return private


def _write_public(private: Path) -> str:
    from .jsonfile import write_bytes

    public = keys.signing_key(keys.read_private(private))
    write_bytes(private.with_suffix(".pub"), f"{public}\n".encode())
    return public
