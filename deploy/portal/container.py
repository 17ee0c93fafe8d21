"""The same CKAN among containers: `python -m deploy.portal.container prepare|serve|work`.

Settings come from the environment. `prepare` runs once before the others and ends. Runs in CKAN's environment, in the
image of deploy/portal/Dockerfile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import databases
from .ckan_ini import Places, settings
from .preparing import LOADING, RENEW_AFTER, TEMPLATES, TRANSLATIONS, wishes
from .services import ACCESS_FORMAT, INSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE, STORAGE = Path("/srv/ckan/state"), Path("/srv/ckan/storage")
PORT = 5000
DATABASE_PORT = 5432


def places(given: Mapping[str, str], state: Path = STATE, storage: Path = STORAGE) -> Places:
    """Return where this container's CKAN finds what it needs.

    Raises:
        KeyError: the environment lacks a variable; it names it.
    """
    token = state / "tokens" / f"{LOADING}.token"

    def database(role: str, password: str, name: str) -> str:
        return databases.address(role, given[password], DATABASE_PORT, name).replace("127.0.0.1", "postgres")

    return Places(
        url=given["CKAN_SITE_URL"],
        inner_url=f"http://ckan:{PORT}",
        main=database(databases.OWNER, "CKAN_DB_PASSWORD", databases.MAIN),
        write=database(databases.WRITER, "DATASTORE_WRITE_PASSWORD", databases.DATASTORE),
        read=database(databases.READER, "DATASTORE_READ_PASSWORD", databases.DATASTORE),
        redis=f"redis://:{given['REDIS_PASSWORD']}@redis:6379/1",
        solr="http://solr:8983/solr/ckan",
        storage=storage,
        templates=TEMPLATES,
        translations=state / "i18n",
        session_key=given["CKAN_SESSION_KEY"],
        token_key=given["CKAN_TOKEN_KEY"],
        loading_token=token.read_text(encoding="utf-8") if token.exists() else "NOT_SET",
    )


def main(command: str) -> None:
    """Do one of the three; serving and working replace this process."""
    os.umask(0o077)
    ini = STATE / f"{command}.ini"
    ini.write_text(settings(places(os.environ)), encoding="utf-8")
    temporary = STATE / "tmp"  # what `prepare` makes there for scripts, `serve` hands out
    temporary.mkdir(exist_ok=True)
    os.environ |= {"CKAN_INI": str(ini), "TMPDIR": str(temporary)}
    if command == "prepare":
        _prepare(ini)
    elif command == "serve":
        os.environ["PYTHONPATH"] = str(INSIDE)
        os.execvp(  # noqa: S606 - gunicorn takes the place of this process, so that signals reach it
            "gunicorn",
            ["gunicorn", "--bind", f"0.0.0.0:{PORT}", "--workers", "2", "--threads", "4", "--worker-class", "gthread",
             "--timeout", "600", "--no-control-socket", "--worker-tmp-dir", "/dev/shm",  # noqa: S108 - heartbeats only
             "--access-logfile", "-", "--access-logformat", ACCESS_FORMAT, "wsgi"],
        )  # fmt: skip
    else:
        os.execvp("ckan", ["ckan", "--config", str(ini), "jobs", "worker"])  # noqa: S606


def _prepare(ini: Path) -> None:
    """Grant what the DataStore needs, then bring the database, the accounts and the tokens up to date."""
    _grant(os.environ["POSTGRES_PASSWORD"])
    tokens = STATE / "tokens"
    tokens.mkdir(exist_ok=True)
    passwords = (os.environ["CKAN_ADMIN_PASSWORD"], os.environ["CKAN_PUBLISHER_PASSWORD"])
    wanted = wishes(
        ini,
        ours=TRANSLATIONS,
        tokens=tokens,
        publishing=STATE / "publishing",  # a volume of its own: the worker that publishes reads it, and no other token
        passwords=passwords,
        keep=RENEW_AFTER,
    )
    given = json.dumps(wanted).encode()
    subprocess.run([sys.executable, INSIDE / "prepare.py"], check=True, input=given)


def _grant(password: str) -> None:
    import psycopg2

    address = databases.address("postgres", password, DATABASE_PORT, databases.DATASTORE)
    script = databases.permissions(Path(sys.prefix))
    connection = psycopg2.connect(address.replace("127.0.0.1", "postgres"))
    with connection, connection.cursor() as cursor:
        # A line that only psql understands; we are connected there already.
        cursor.execute("\n".join(line for line in script.splitlines() if not line.startswith("\\connect")))
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
