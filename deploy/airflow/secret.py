"""Secrets that are made once, kept 0600, and never shown."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .instance import Instance

OWN_KEYS = ("PSEUDONYM_KEY", "LANDING_KEY", "SIGNING_KEY")
"""The three keys of the house, under their names in the environment."""


def word() -> str:
    """Return a password of letters and digits, which may stand in an address."""
    return secrets.token_hex(24)


def key() -> str:
    """Return 32 random bytes in base64, as the house's keys are."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def fernet() -> str:
    """Return a Fernet key: 32 random bytes in the URL's base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def secret(instance: Instance, name: str, make: Callable[[], str] = word) -> str:
    """Return the secret of this name, made when it is not there yet."""
    path = instance.secrets / name
    if not path.exists():
        write(path, make())
    return path.read_text(encoding="utf-8").strip()


def passwords(instance: Instance, logins: list[str]) -> dict[str, str]:
    """Return a password for every login, those that are known first; the file keeps them for the operator."""
    known: dict[str, str] = {}
    if instance.passwords.exists():
        lines = instance.passwords.read_text(encoding="utf-8").splitlines()
        known = dict(line.split(": ", 1) for line in lines if line)
    for login in logins:
        known.setdefault(login, secrets.token_urlsafe(18))
    write(instance.passwords, "".join(f"{login}: {password}\n" for login, password in known.items()))
    return {login: known[login] for login in logins}


def write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
