"""One Airflow: its home, its ports, what it was asked to be. Knows where things lie, not what runs."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import ServiceError

if TYPE_CHECKING:
    from deploy.services import Account

CLONE = Path(__file__).resolve().parents[2]
STATE = Path("/var/lib/minhbach")
"""Where root's instances stand: an unprivileged account can walk there, which is not so of every clone."""
MARK = ".minhbach-airflow"
"""Stands in every home, so that no folder of somebody else's is taken for one, or removed as one."""
PORTS = ("api-server", "postgres", "redis", "province", "site")


@dataclass(frozen=True)
class Wish:
    """What `up` was asked for; kept in the home, so that a later `up`, `stop` or `status` needs no words."""

    port_base: int = 8790
    celery: bool = False
    project: str = str(CLONE)
    period: str = ""
    """The quarter that is rehearsed: the clock of the house stands after its freeze. Empty: the project's first."""
    dossiers: int = 6000
    seed: int = 20260615
    portal_home: str = ""
    """Home of the portal whose keys the publishing tasks get. Empty: none."""
    to: str = ""
    """The portal of `catalog/portals.yml` that every publication goes to. Empty: to its own."""


@dataclass(frozen=True)
class Instance:
    """Folders and ports of one home."""

    home: Path
    account: Account
    wish: Wish

    def port(self, name: str) -> int:
        """Return the port of a server."""
        return self.wish.port_base + PORTS.index(name)

    @property
    def address(self) -> str:
        """Where people and workers find the api-server."""
        return f"http://127.0.0.1:{self.port('api-server')}"

    @property
    def secrets(self) -> Path:
        """Folder of secrets that only who starts the servers reads."""
        return self.home / "secrets"

    @property
    def passwords(self) -> Path:
        """File with a line `login: password` for each person."""
        return self.secrets / "passwords.txt"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME: task logs below `logs/`."""
        return self.home / "airflow"

    @property
    def house(self) -> Path:
        """Lake, warehouse, ledger and site of this house."""
        return self.home / "house"

    @property
    def logs(self) -> Path:
        """What servers and steps said."""
        return self.home / "logs"

    def keep(self) -> None:
        """Keep what was asked for."""
        beside = self.home / ".wish.json.new"
        beside.write_text(json.dumps(asdict(self.wish), indent=1) + "\n", encoding="utf-8")
        beside.replace(self.home / "wish.json")


def require_home(home: Path) -> None:
    """Refuse a folder that holds something else.

    Raises:
        ServiceError: it does.
    """
    if home.exists() and any(home.iterdir()) and not any((home / name).exists() for name in (MARK, "wish.json")):
        raise ServiceError(f"{home}: found files of something else, expected the home of an Airflow or a new folder.")


def kept_wish(home: Path) -> Wish | None:
    """Return what the home was last asked for, or nothing when it was never up."""
    try:
        return Wish(**json.loads((home / "wish.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def own_folder() -> Path:
    """Return the folder of this clone's instances and environments: below /var/lib as root, in the clone otherwise."""
    if os.geteuid() != 0:
        return CLONE / "var"
    return STATE / hashlib.sha256(str(CLONE).encode()).hexdigest()[:12]


def default_home() -> Path:
    """Return the home that holds unless another one is named."""
    named = os.environ.get("MINHBACH_AIRFLOW_HOME")
    return Path(named).absolute() if named else own_folder() / "airflow"
