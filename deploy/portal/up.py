"""From nothing, or from where the last `up` was stopped, to a portal that answers. Safe to repeat."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import require_free

from . import api, databases
from .home import ROOT
from .install import install_ckan, install_solr
from .keys import secrets_of
from .preparing import RENEW_AFTER, configure_solr, prepare_ckan
from .services import configure_redis, services_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.services import Service

    from .home import Home
    from .keys import Secrets


def up(home: Home, say: Callable[[str], None]) -> None:
    """Bring the portal up; what runs and is configured as it should be is left alone.

    Raises:
        ServiceError: a step failed; the message names it and its log.
    """
    home.make()
    secrets = secrets_of(home)
    postgres, redis, solr, ckan, worker = services = services_of(home, secrets)
    wanted = _settings(home)
    current = home.remembered.settings == wanted and not _stale(home)
    if not current:
        home.remembered.settings = ""
        home.remember()
        down(services)  # what runs was configured for something else
        _require_ports(services)
        say("Installing CKAN and Solr …")
        _together(lambda: install_ckan(home), lambda: install_solr(home), lambda: _begin(home, secrets))
        configure_solr(home)
        say("Starting PostgreSQL, Redis and Solr …")
    for service in (postgres, redis, solr):
        service.launch()
    _together(postgres.wait, redis.wait, solr.wait)
    if not current:
        say("Preparing the databases …")
        databases.make_databases(home, secrets)
        prepare_ckan(home, secrets)
        say("Starting CKAN …")
    ckan.launch()
    worker.launch()
    _together(ckan.wait, worker.wait)
    if not current:
        api.make_organizations(home)
        home.remembered.settings = wanted
        home.remember()


def _require_ports(services: list[Service]) -> None:
    """Refuse taken ports before anything is installed."""
    for service in services:
        for port in service.ports:
            require_free(service.name, port)


def down(services: list[Service]) -> bool:
    """Stop what runs, last started first; False when nothing ran."""
    stopped = [service.stop() for service in reversed(services)]
    return any(stopped)


def _begin(home: Home, secrets: Secrets) -> None:
    databases.cluster(home, secrets).make()
    configure_redis(home, secrets)


def _settings(home: Home) -> str:
    """Fingerprint everything that the services are configured by, this package and the lock included."""
    digest = hashlib.sha256()
    mine = sorted(path for path in Path(__file__).parent.rglob("*") if path.is_file() and path.suffix != ".pyc")
    for path in [*mine, ROOT / "requirements" / "portal.txt"]:
        digest.update(path.read_bytes())
    digest.update(json.dumps([home.remembered.port_base, home.remembered.organizations, str(home.path)]).encode())
    return digest.hexdigest()


def _stale(home: Home) -> bool:
    """Say whether the publisher's files are lost or the tokens in them about to expire."""
    made = home.remembered.tokens_made
    there = all(path.exists() for path in (home.admin_token, home.publisher_token, home.publisher_env))
    return not there or not made or date.fromisoformat(made) + RENEW_AFTER < datetime.now(UTC).date()


def _together(*steps: Callable[[], None]) -> None:
    """Run steps side by side and raise the first failure when all have ended."""
    with ThreadPoolExecutor(len(steps)) as pool:
        for future in [pool.submit(step) for step in steps]:
            future.result()
