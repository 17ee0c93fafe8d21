"""A PostgreSQL cluster of one's own: on loopback, behind a password. Knows no role and no database in it."""

from __future__ import annotations

import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .probes import HERE
from .programs import find_program, run_program
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian keeps the servers, a folder for each version, off the PATH."""
SUPERUSER = "postgres"
SECONDS = 10
SETTINGS = {
    "listen_addresses": HERE,
    "unix_socket_directories": "",  # no socket in a folder of others
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement may hold a password or a value: it does not go to the log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Cluster:
    """Its folder, its port, the account that it belongs to, and where what its tools say is kept."""

    data: Path
    port: int
    account: Account
    logs: Path
    password: str = field(repr=False)
    """Of the superuser; of letters, digits, - and _."""

    def make(self) -> None:
        """Make it when it is missing; what a killed start left is made anew.

        Raises:
            ServiceError: no PostgreSQL is installed, or it refuses.
        """
        if (self.data / "PG_VERSION").exists():
            return
        # Under another name until it is whole: PG_VERSION is one of the first files that are written.
        new, given = self.data.with_name(f"{self.data.name}.new"), self.data.with_name(f"{self.data.name}.password")
        for left in (self.data, new):
            shutil.rmtree(left, ignore_errors=True)
        self.account.folder(new)
        self.account.file(given, self.password + "\n")
        try:
            run_program(
                [self._program("initdb"), "-D", new, "-U", SUPERUSER, f"--pwfile={given}", "--auth=scram-sha-256",
                 "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
                account=self.account, log=self.logs / "initdb.log", folder=new,
            )  # fmt: skip
        finally:
            given.unlink()
        new.rename(self.data)

    def service(self, home: Path, settings: Mapping[str, str], *, seconds_to_start: float = 180) -> Service:
        """Return the server with these settings beside those that every cluster has."""
        options = [word for name, value in {**SETTINGS, **settings}.items() for word in ("-c", f"{name}={value}")]
        return Service(
            "postgres",
            [self._program("postgres"), "-D", self.data, "-p", str(self.port), *options],
            home=home,
            account=self.account,
            ports=(self.port,),
            ready=self.answers,
            stop_signal=signal.SIGINT,  # its word for: end sessions, write a checkpoint, go
            seconds_to_start=seconds_to_start,
            seconds_to_stop=60,
        )

    def answers(self) -> bool:
        """Say whether it takes connections."""
        asked = [self._program("pg_isready"), "-q", "-h", HERE, "-p", str(self.port)]
        try:
            return subprocess.run(asked, check=False, timeout=SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def run_sql(self, text: str, database: str = SUPERUSER) -> None:
        """Run SQL, or what psql understands, as the superuser.

        Raises:
            ServiceError: a statement failed; the log names the error, not the statement.
        """
        environment = {
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": str(SECONDS),
            "PGOPTIONS": "-c client_min_messages=warning",
        }
        run_program(
            [self._program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse", "-h", HERE,
             "-p", str(self.port), "-U", SUPERUSER, "-d", database, "-o", "/dev/null"],
            account=self.account, log=self.logs / "psql.log", folder=self.data.parent, environment=environment,
            given=text,
        )  # fmt: skip

    def _program(self, name: str) -> str:
        """Return a program of the version that made the cluster, which no other reads; of the newest for a new one."""
        made = self.data / "PG_VERSION"
        if made.exists() and INSTALLED.is_dir():
            version = made.read_text(encoding="ascii").strip()
            return find_program(str(INSTALLED / version / "bin" / name), package=f"postgresql-{version}")
        there = [folder for folder in INSTALLED.glob("*/bin") if folder.parent.name.isdigit()]
        newest = sorted(there, key=lambda folder: int(folder.parent.name), reverse=True)
        return find_program(*(str(folder / name) for folder in newest), name, package="postgresql")
