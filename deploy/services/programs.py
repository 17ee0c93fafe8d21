"""Find a program, and run one to its end: its output goes to a log, a failure is one sentence that names the log."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .account import Account

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UMASK = 0o077


def plain_environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a service: nothing of the caller's, which may hold keys."""
    return {"PATH": PATH, "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", **(more or {})}


def open_log(path: Path, account: Account) -> int:
    """Open a log to append to, readable by its account alone, and return its descriptor."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if account.switch:
        os.fchown(handle, account.uid, account.gid)
    return handle


def find_program(*names: str, package: str) -> str:
    """Return the first of these programs that is there: paths as they are, plain names on the PATH.

    Raises:
        ServiceError: none is there; `package` says what to install.
    """
    for name in names:
        found = (name if os.access(name, os.X_OK) else None) if "/" in name else shutil.which(name)
        found = found or (None if "/" in name else shutil.which(name, path=PATH))
        if found:
            return found
    raise ServiceError(
        f"found none of {', '.join(names)} on this machine, expected the program; install the Debian package {package} "
        "(`make debian` as root installs all of requirements/debian.list)."
    )


def run_program(
    command: Sequence[str | Path],
    *,
    account: Account,
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    given: str = "",
    seconds: float = 600,
    as_caller: bool = False,
) -> None:
    """Run a program to its end as the account (or as the caller, with the caller's environment), output to the log.

    Raises:
        ServiceError: it fails or takes too long; what it said is in the log, not in the message.
    """
    mine = {**os.environ, **(environment or {})} if as_caller else plain_environment(folder, environment)
    name = Path(command[0]).name
    handle = open_log(log, account)
    try:
        ran = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=mine,
            input=given.encode(),
            stdout=handle,
            stderr=handle,
            timeout=seconds,
            check=False,
            umask=0o022 if as_caller else UMASK,
            **({} if as_caller else account.start_options()),
        )
    except subprocess.TimeoutExpired:
        raise ServiceError(f"{name}: found it still at work after {seconds:.0f} s; see {log}.") from None
    finally:
        os.close(handle)
    if ran.returncode:
        raise ServiceError(f"{name}: found exit code {ran.returncode}, expected 0; what it said is in {log}.")
