"""The five services of a portal in the order of their start: what runs, on which port, how one sees it is well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import Service, answers

from . import databases, redis
from .install import java

if TYPE_CHECKING:
    from .home import Home
    from .keys import Secrets

INSIDE = Path(__file__).parent / "inside"
ACCESS_FORMAT = '%(h)s %(t)s "%(r)s" %(s)s %(b)s %(M)sms'
SLOW = 180
"""Seconds to start on a machine that does four other things; a quiet one takes 3 to 10."""
REDIS_SETTINGS = """# Written by `python -m deploy.portal up`; holds a secret.
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly yes
save ""
daemonize no
"""


def services_of(home: Home, secrets: Secrets) -> list[Service]:
    """Return all services of a portal; nothing is started by that."""
    return [postgres(home, secrets), redis_server(home, secrets), solr(home), ckan(home), worker(home, secrets)]


def postgres(home: Home, secrets: Secrets) -> Service:
    """The databases."""
    return databases.cluster(home, secrets).service(home.path, databases.SETTINGS, seconds_to_start=SLOW)


def redis_server(home: Home, secrets: Secrets) -> Service:
    """Sessions and the queue of jobs."""
    return Service(
        "redis",
        ["redis-server", redis_settings(home)],
        home=home.path,
        account=home.account,
        ports=(home.ports.redis,),
        ready=lambda: _asked(home, secrets, "PING") == "PONG",
        folder=home.path / "redis",
        seconds_to_start=SLOW,
    )


def redis_settings(home: Home) -> Path:
    """Return where the settings of Redis stand."""
    return home.path / "redis" / "redis.conf"


def configure_redis(home: Home, secrets: Secrets) -> None:
    """Write the settings of Redis."""
    folder = home.path / "redis"
    text = REDIS_SETTINGS.format(port=home.ports.redis, password=secrets.redis, folder=folder)
    home.account.file(redis_settings(home), text)


def solr(home: Home) -> Service:
    """The search. 240 MB with these options; more heap only makes it larger."""
    programs = home.programs / "solr"
    return Service(
        "solr",
        [java("java"), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", f"-Dsolr.log.dir={home.logs}",
         f"-Djava.io.tmpdir={home.path / 'tmp'}", "-cp", f"{programs}:{programs}/classes:{programs}/lib/*", "Launcher",
         home.path / "solr", str(home.ports.solr)],
        home=home.path,
        account=home.account,
        ports=(home.ports.solr,),
        ready=lambda: answers(f"http://127.0.0.1:{home.ports.solr}/solr/ckan/select?q=*:*&rows=0"),
        folder=home.path / "solr",
        seconds_to_start=SLOW,
    )  # fmt: skip


def ckan(home: Home) -> Service:
    """The portal itself. Well is who can search: `status_show` answers with a dead Solr too."""
    searches = f"{home.url}/api/3/action/package_search?rows=0"
    return Service(
        "ckan",
        [home.venv / "bin" / "gunicorn", "--bind", f"127.0.0.1:{home.ports.ckan}", "--workers", "2", "--threads", "4",
         "--worker-class", "gthread", "--timeout", "600", "--graceful-timeout", "5",
         "--worker-tmp-dir", home.path / "tmp", "--no-control-socket",
         "--access-logfile", home.access_log, "--access-logformat", ACCESS_FORMAT, "--error-logfile", "-", "wsgi"],
        home=home.path,
        account=home.account,
        ports=(home.ports.ckan,),
        ready=lambda: answers(searches, contains='"success": true'),
        healthy=lambda: "" if answers(searches, contains='"success": true') else "package_search fails",
        environment=ckan_environment(home),
        folder=home.path / "ckan",
        seconds_to_start=SLOW,
    )  # fmt: skip


def worker(home: Home, secrets: Secrets) -> Service:
    """The one that loads files into the DataStore and counts rows."""
    return Service(
        "ckan-worker",
        [home.venv / "bin" / "ckan", "--config", home.ini, "jobs", "worker"],
        home=home.path,
        account=home.account,
        ready=lambda: bool(_asked(home, secrets, "SMEMBERS", "rq:workers")),
        healthy=lambda: "" if _asked(home, secrets, "SMEMBERS", "rq:workers") else "takes no jobs",
        environment=ckan_environment(home),
        folder=home.path / "ckan",
        seconds_to_start=SLOW,
    )


def ckan_environment(home: Home) -> dict[str, str]:
    """Return what CKAN's processes find in their environment: no secret, those stand in the ini file."""
    return {
        "CKAN_INI": str(home.ini),
        "PYTHONPATH": str(home.path / "ckan"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(home.path / "tmp"),
        "PATH": f"{home.venv}/bin:/usr/bin:/bin",
    }


def _asked(home: Home, secrets: Secrets, *words: str) -> object:
    try:
        return redis.ask(home.ports.redis, secrets.redis, *words)
    except OSError:
        return None
