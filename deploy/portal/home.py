"""Where one portal lives and on which ports: every path under its home, and what is remembered between two commands."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import Account, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HOME_VARIABLE, PORT_VARIABLE = "MINHBACH_PORTAL_HOME", "MINHBACH_PORTAL_PORT_BASE"
PORT_BASE = 5000
PUBLIC_MODE = 0o755
"""The home itself lets the account through; what is secret lies in folders and files that do not."""
MARK = "portal.json"


def default_home() -> Path:
    """Return the home of this clone's portal: as root a folder that an unprivileged account can walk to."""
    if given := os.environ.get(HOME_VARIABLE):
        return Path(given).absolute()
    if os.geteuid() != 0:
        return ROOT / "var" / "portal"
    clone = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path("/var/lib/minhbach") / f"portal-{clone}"


@dataclass(frozen=True)
class Ports:
    """Four ports in a row, all on loopback."""

    base: int

    @property
    def ckan(self) -> int:
        """What readers and the publisher talk to."""
        return self.base

    @property
    def postgres(self) -> int:
        """Both databases."""
        return self.base + 1

    @property
    def redis(self) -> int:
        """Sessions and jobs."""
        return self.base + 2

    @property
    def solr(self) -> int:
        """The search."""
        return self.base + 3


@dataclass
class Remembered:
    """What `up` decided, for the commands after it: no secret."""

    port_base: int
    organizations: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    """Fingerprint of what the running services were configured with; empty while `up` has not finished."""
    tokens_made: str = ""


@dataclass(frozen=True)
class Home:
    """One portal's folder and the account that its services run as."""

    path: Path
    account: Account
    remembered: Remembered

    @property
    def ports(self) -> Ports:
        """The four ports."""
        return Ports(self.remembered.port_base)

    @property
    def url(self) -> str:
        """The portal's address."""
        return f"http://127.0.0.1:{self.ports.ckan}"

    @property
    def logs(self) -> Path:
        """The one folder of logs."""
        return self.path / "logs"

    @property
    def access_log(self) -> Path:
        """Every request that CKAN answered, one a line."""
        return self.logs / "access.log"

    @property
    def storage(self) -> Path:
        """Uploaded files."""
        return self.path / "storage"

    @property
    def programs(self) -> Path:
        """What was installed; belongs to who installed it, the services only read it."""
        return self.path / "programs"

    @property
    def venv(self) -> Path:
        """CKAN's own environment."""
        return self.programs / "ckan"

    @property
    def ini(self) -> Path:
        """CKAN's settings."""
        return self.path / "ckan" / "ckan.ini"

    @property
    def admin_token(self) -> Path:
        """Token of the administrator: audits and resets only."""
        return self.path / "admin.token"

    @property
    def publisher_token(self) -> Path:
        """Token of the publishing account."""
        return self.path / "publisher.token"

    @property
    def datastore_url(self) -> Path:
        """Address of the DataStore for who writes it, password included."""
        return self.path / "datastore.url"

    @property
    def publisher_env(self) -> Path:
        """What a publisher's environment needs; names files, holds no secret."""
        return self.path / "publisher.env"

    def make(self) -> None:
        """Make the folders, each owned by who writes in it.

        Raises:
            ServiceError: the account cannot walk to the home, or something else lies in it.
        """
        if self.path.exists() and any(self.path.iterdir()) and not (self.path / MARK).exists():
            raise ServiceError(f"{self.path}: found files of something else, expected a portal's home or a new folder.")
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(PUBLIC_MODE)
        self.account.require_way_to(self.path)
        self.remember()
        self.programs.mkdir(exist_ok=True)
        (self.path / "run").mkdir(mode=0o700, exist_ok=True)
        for name in ("logs", "ckan", "storage", "postgres", "redis", "solr", "tmp"):
            self.account.folder(self.path / name)

    def remember(self) -> None:
        """Keep what later commands need to know."""
        write_private(self.path / MARK, json.dumps(asdict(self.remembered), ensure_ascii=False, indent=2) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one command at a time change this portal.

        Raises:
            ServiceError: another one is at it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.lock")  # beside the home, so that destroy can hold it too
        with beside.open("a", encoding="utf-8") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise ServiceError(
                    f"{self.path}: found another command at work on this portal; wait for its end and try again."
                ) from None
            yield


def open_home(path: Path, account: Account, port_base: int | None = None) -> Home:
    """Return the portal of a folder as its last `up` left it, or a new one."""
    try:
        kept = Remembered(**json.loads((path / MARK).read_text(encoding="utf-8")))
    except FileNotFoundError:
        kept = Remembered(port_base or int(os.environ.get(PORT_VARIABLE) or PORT_BASE))
    if port_base is not None and port_base != kept.port_base:
        kept.port_base, kept.settings = port_base, ""
    return Home(path, account, kept)


def write_private(path: Path, text: str) -> None:
    """Write a file that only who runs this command can read."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    beside.replace(path)
