"""A whole CKAN for the tests that ask for one: started once a session in a home of its own, gone at its end.

MINHBACH_TEST_PORTAL_HOME names a portal that is up already (`python -m deploy.portal up --home DIR`); it stays.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from deploy.portal.home import Home, open_home
from deploy.portal.keys import secrets_of
from deploy.portal.reset import reset
from deploy.portal.services import services_of
from deploy.services import port_free, service_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploy.services import Service

ROOT = Path(__file__).resolve().parent.parent
GIVEN = "MINHBACH_TEST_PORTAL_HOME"
ORGANIZATIONS = {"ubnd-quang-ninh": "Ủy ban nhân dân tỉnh Quảng Ninh", "boston-311": "Boston 311"}
NEEDED = ("psql", "redis-server", "mvn", "javac", "pg_config", "gcc")
READS = "show|search|search_sql|list|list_for_user|info|autocomplete|hook"
READING = re.compile(rf"^POST /api/(?:3/)?action/(?:xloader_status|\w+_(?:{READS}))[ ?]")
SETTLES = 0.3
"""Seconds that another thread, whose answer left earlier, may take for its line in the log."""
SECONDS = 900
"""A cold start takes 80 s on a quiet machine with empty caches; a busy one and a slow registry get much more."""
LAST_LINES = 15


class Portal:
    """A running CKAN with its tokens, its files on disk, and the means to break and to empty it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.url = home.url
        self.publisher_token = home.publisher_token.read_text(encoding="utf-8").strip()
        self.admin_token = home.admin_token.read_text(encoding="utf-8").strip()
        self.datastore_url = home.datastore_url.read_text(encoding="utf-8").strip()
        self.organization = next(iter(home.remembered.organizations))
        self.storage = home.storage
        self.access_log = home.access_log

    def environment(self) -> dict[str, str]:
        """Return what a publisher finds in its environment: addresses and names of files, no secret."""
        lines = self.home.publisher_env.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def service(self, name: str) -> Service:
        """Return one of postgres, redis, solr, ckan, ckan-worker: `.stop()` and `.start()` it."""
        return next(one for one in services_of(self.home, secrets_of(self.home)) if one.name == name)

    def stop_solr(self) -> None:
        self.service("solr").stop()

    def start_solr(self) -> None:
        self.service("solr").start()

    def reset(self) -> None:
        """Remove every dataset, table, file and job; the organisations of the session stay."""
        reset(self.home)

    def call(self, action: str, *, token: str | None = None, **values: object) -> Any:
        """Call an action, as anybody unless a token is given, and return its result."""
        answer = httpx.post(f"{self.url}/api/3/action/{action}", json=values, headers=_with(token), timeout=120)
        assert answer.is_success, f"{action}: {answer.status_code} {answer.text[:500]}"
        return answer.json()["result"]

    def writes(self, since: int = 0) -> list[str]:
        """List the requests in CKAN's access log from a place in it on that ask for a change.

        No change is asked for by GET, nor by a POST to an action that only reads, nor by CKAN's own loader reporting.
        """
        self._await_the_log()
        with self.access_log.open("rb") as log:
            log.seek(since)
            lines = log.read().decode().splitlines()
        asked = [line.split('"')[1] for line in lines]
        return [one for one in asked if one.split(" ")[0] not in {"GET", "HEAD", "OPTIONS"} and not READING.search(one)]

    def _await_the_log(self) -> None:
        """Wait until what was answered is written: CKAN's server writes a line after its answer has left."""
        mark = uuid.uuid4().hex
        httpx.get(f"{self.url}/api/3/action/status_show", params={"mark": mark}, timeout=120)
        deadline = time.monotonic() + 60
        while mark not in self.access_log.read_text("utf-8", "replace")[-100_000:]:
            assert time.monotonic() < deadline, "CKAN's access log stands still"
            time.sleep(0.05)
        time.sleep(SETTLES)

    def log_size(self) -> int:
        """Return how long the access log is, to ask for what comes after."""
        self._await_the_log()
        return self.access_log.stat().st_size


def deploy_portal(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m deploy.portal`."""
    command = [sys.executable, "-m", "deploy.portal", *map(str, arguments)]
    known = {name: value for name, value in os.environ.items() if not name.startswith("MINHBACH_")}
    return subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**known, **(environment or {})},
    )


def free_base() -> int:
    """Return the first of four free ports in a row, below those that the system hands out itself."""
    for base in random.sample(range(11000, 32000, 10), 500):
        if all(port_free(base + one) for one in range(4)):
            return base
    pytest.fail("no four free ports in a row")


def start_portal(folder: Path) -> Home:
    """Start a portal in a folder, with everything that a new machine would do."""
    options = [f"--organization={name}={title}" for name, title in ORGANIZATIONS.items()]
    ran = deploy_portal("up", "--home", folder, "--port-base", str(free_base()), *options)
    if ran.returncode:
        pytest.fail(f"{ran.stderr}\n{_last_words(folder)}")
    return open_home(folder, service_account())


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """Give a running portal; what a test leaves in it is there for the next: `portal.reset()` empties it."""
    if given := os.environ.get(GIVEN):
        yield Portal(open_home(Path(given), service_account()))
        return
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"no {', '.join(lacking)} here: `make test` as root installs it (requirements/debian.list)")
    # Not below pytest's own folder: that one is closed to the account that services run as.
    folder = Path(tempfile.mkdtemp(prefix="minhbach-portal-"))
    folder.chmod(0o755)
    try:
        yield Portal(start_portal(folder / "home"))
    finally:
        deploy_portal("destroy", "--home", folder / "home")
        shutil.rmtree(folder, ignore_errors=True)


def _with(token: str | None) -> dict[str, str]:
    return {"Authorization": token} if token else {}


def _last_words(folder: Path) -> str:
    logs = sorted((folder / "logs").glob("*.log"), key=lambda path: path.stat().st_mtime)
    tails = [
        (path.name, path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]) for path in logs
    ]
    return "\n".join(f"{name}: " + json.dumps(lines, ensure_ascii=False, indent=1) for name, lines in tails)
