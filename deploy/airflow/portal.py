"""The portal that an instance publishes to: its address and keys, taken once from the portal's home, and its name.

The files of a portal's home are closed to the account that tasks run as. So `up` reads them, as whoever starts servers,
and keeps the values among the instance's secrets; from there they go to the processes that publish, and to no other.
The administrator's token goes to none: what only an administrator may do, `up` does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.portal.api import make_groups
from deploy.portal.home import open_home
from deploy.services import ServiceError

from .secret import write

if TYPE_CHECKING:
    from .instance import Instance

GIVEN = "publisher.env"
"""In a portal's home: a line `VARIABLE=value` for all that a publisher needs; `make portal` writes it."""
PREFIX = "MINHBACH_PORTAL_"
OF_ADMINISTRATORS = re.compile(r"_ADMIN_TOKEN(_FILE)?$")
PUBLICATIONS = "catalog/publications/"
NAMED = re.compile(rb"(?m)^portal:.*$")


def take_keys(instance: Instance) -> None:
    """Take what opens the portal into the instance's secrets, and forget what was taken before.

    Raises:
        ServiceError: the home holds no `publisher.env`, or a file that it names cannot be read.
    """
    taken = _read(Path(instance.wish.portal_home)) if instance.wish.portal_home else {}
    for path in instance.secrets.glob(f"{PREFIX}*"):
        if path.name not in taken:
            path.unlink()
    for name, value in taken.items():
        write(instance.secrets / name, value)


def known_keys(instance: Instance) -> dict[str, str]:
    """Return what the last start took: variables and values."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(instance.secrets.glob(f"{PREFIX}*"))}


def see_to_groups(instance: Instance, groups: dict[str, str]) -> None:
    """Make the groups that datasets belong to, where the portal is one of `make portal`: an editor may not.

    Raises:
        ServiceError: the portal does not answer, or refuses.
    """
    if not instance.wish.portal_home:
        return
    home = open_home(Path(instance.wish.portal_home), instance.account)
    if not home.admin_token.exists():
        return
    try:
        make_groups(home, groups)
    except OSError as problem:
        raise ServiceError(
            f"{home.url}: found no answer ({problem}), expected the portal; `make portal` starts it."
        ) from None


def as_wished(name: str, content: bytes, portal: str) -> bytes:
    """Return a file of the project as the instance runs it: its publications go to the portal that `--to` names."""
    if not portal or not name.startswith(PUBLICATIONS):
        return content
    return NAMED.sub(f"portal: {portal}".encode(), content)


def _read(home: Path) -> dict[str, str]:
    try:
        lines = (home / GIVEN).read_text(encoding="utf-8").splitlines()
        given = dict(line.split("=", 1) for line in lines if line.startswith(PREFIX) and "=" in line)
        pairs = {name: value for name, value in given.items() if not OF_ADMINISTRATORS.search(name)}
        files = {name: Path(value) for name, value in pairs.items() if name.endswith("_FILE")}
        read = {name.removesuffix("_FILE"): path.read_text(encoding="utf-8").strip() for name, path in files.items()}
        return {**{name: value for name, value in pairs.items() if name not in files}, **read}
    except OSError as problem:
        raise ServiceError(
            f"{problem.filename}: found nothing to read, expected a portal's {GIVEN} and the files that it names; "
            "`make portal` makes them, --portal-home names another home."
        ) from None
