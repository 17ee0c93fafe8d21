"""As whom services run: oneself, or an unprivileged system account when started by root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import ServiceError

if TYPE_CHECKING:
    from pathlib import Path

SETTLED = 9
"""Exit code of useradd when the name is taken: another start was quicker."""


@dataclass(frozen=True)
class Account:
    """The account that a service runs as; `switch` is whether we have to become it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def start_options(self) -> dict[str, Any]:
        """Return what `subprocess.Popen` needs to run a program as this account, with none of root's groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [self.gid]} if self.switch else {}

    def folder(self, path: Path, mode: int = 0o700) -> Path:
        """Make a folder that this account owns; folders above it must let the account through.

        Raises:
            ServiceError: a link stands there; followed, it would let the account have root give away any folder.
        """
        path.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if self.switch else 0))
        except NotADirectoryError:
            raise ServiceError(f"{path}: found a link, expected a folder; look at who made it and remove it.") from None
        try:
            os.fchmod(handle, mode)
            if self.switch:
                os.fchown(handle, self.uid, self.gid)
        finally:
            os.close(handle)
        return path

    def file(self, path: Path, text: str, mode: int = 0o600) -> Path:
        """Write a file that this account owns; it never stands there half or readable by others."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), mode)
            if self.switch:
                os.fchown(stream.fileno(), self.uid, self.gid)
            stream.write(text)
        beside.replace(path)
        return path

    def own(self, path: Path) -> None:
        """Give a path to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def require_way_to(self, path: Path) -> None:
        """Refuse a folder that this account could not walk to.

        Raises:
            ServiceError: a folder above it is closed to the account.
        """
        if not self.switch:
            return
        for folder in [path, *path.parents]:
            if not folder.exists():
                continue
            found = folder.stat()
            bit = 0o100 if found.st_uid == self.uid else 0o010 if found.st_gid == self.gid else 0o001
            if not found.st_mode & bit:
                raise ServiceError(
                    f"{path}: found {folder} closed to the account {self.name}, expected a folder it can walk to; "
                    f"choose another --home or chmod o+x {folder}."
                )


def service_account(name: str = "minhbach") -> Account:
    """Return oneself, or as root the system account of that name, made when it is missing.

    Raises:
        ServiceError: the account cannot be made, or is root itself.
    """
    if os.geteuid() != 0:
        myself = pwd.getpwuid(os.geteuid())
        return Account(myself.pw_name, myself.pw_uid, myself.pw_gid, switch=False)
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", name],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if made.returncode not in {0, SETTLED}:
            raise ServiceError(
                f"useradd {name}: {made.stderr.strip() or 'failed'}; make an unprivileged account of that name."
            ) from None
        found = pwd.getpwnam(name)
    if found.pw_uid == 0:
        raise ServiceError(f"account {name}: found root, expected an unprivileged account; name another one.")
    return Account(found.pw_name, found.pw_uid, found.pw_gid, switch=True)
