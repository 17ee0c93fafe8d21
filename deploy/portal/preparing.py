"""What is written before CKAN starts: Solr's home, settings, database, accounts, tokens, files for a publisher."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.services import ServiceError, run_program

from . import ckan_ini
from .api import PUBLISHER
from .home import write_private
from .install import SOLR
from .schema import vietnamese
from .services import INSIDE, ckan_environment

if TYPE_CHECKING:
    from .home import Home
    from .keys import Secrets

TEMPLATES = Path(__file__).parent / "templates"
TRANSLATIONS = Path(__file__).parent / "translations"
ADMIN = "minhbach-admin"
TOKEN_DAYS = 365
RENEW_AFTER = timedelta(days=270)
"""Tokens live for a year; an `up` after this renews them."""
LOADING, ADMINISTRATION, PUBLISHING = "loading", "administration", "publishing"
PUBLISHER_ENV = """MINHBACH_PORTAL_CKAN_URL={home.url}
MINHBACH_PORTAL_CKAN_TOKEN_FILE={home.publisher_token}
MINHBACH_PORTAL_CKAN_DATASTORE_URL_FILE={home.datastore_url}
MINHBACH_PORTAL_CKAN_STORAGE={home.storage}
MINHBACH_PORTAL_CKAN_ADMIN_TOKEN_FILE={home.admin_token}
"""


def configure_solr(home: Home) -> None:
    """Write Solr's home, with CKAN's schema changed for Vietnamese; it is read when Solr starts.

    Raises:
        ServiceError: the installed CKAN has another schema than the change knows.
    """
    folder = home.path / "solr"
    core = home.account.folder(folder / "ckan")
    settings = home.account.folder(core / "conf")
    source = next(home.venv.glob("lib/python*/site-packages/ckan/config/solr/schema.xml"))
    try:
        schema = vietnamese(source.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ServiceError(f"{source}: {problem}; adapt deploy/portal/schema.py to this CKAN.") from None
    home.account.file(folder / "solr.xml", (SOLR / "solr.xml").read_text(encoding="utf-8"))
    home.account.file(core / "core.properties", "name=ckan\n")
    home.account.file(settings / "solrconfig.xml", (SOLR / "solrconfig.xml").read_text(encoding="utf-8"))
    home.account.file(settings / "schema.xml", schema)
    for name in ("synonyms.txt", "protwords.txt"):  # the schema names them; empty is enough
        home.account.file(settings / name, "")


def prepare_ckan(home: Home, secrets: Secrets) -> None:
    """Write CKAN's settings, bring its database up to date, make accounts and tokens.

    Raises:
        ServiceError: CKAN refused; see its log.
    """
    folder = home.path / "ckan"
    shutil.copy(INSIDE / "wsgi.py", folder)
    (folder / "wsgi.py").chmod(0o644)
    home.account.file(home.ini, ckan_ini.settings(ckan_ini.places_of(home, secrets, "NOT_SET")))
    tokens = home.account.folder(folder / "tokens")
    shutil.copytree(TEMPLATES, folder / "templates", dirs_exist_ok=True)
    _readable(folder / "templates")
    ours = home.account.folder(folder / "translations")
    for path in TRANSLATIONS.glob("*.po"):
        home.account.file(ours / path.name, path.read_text(encoding="utf-8"))
    wanted = wishes(home.ini, ours=ours, tokens=tokens, passwords=(secrets.admin, secrets.publisher))
    script = home.account.file(folder / "prepare.py", (INSIDE / "prepare.py").read_text(encoding="utf-8"))
    run_program(
        [home.venv / "bin" / "python", script],
        account=home.account,
        log=home.logs / "prepare.log",
        folder=folder,
        environment=ckan_environment(home),
        given=json.dumps(wanted),
    )
    made = {
        name: (tokens / f"{name}.token").read_text(encoding="utf-8") for name in (LOADING, ADMINISTRATION, PUBLISHING)
    }
    shutil.rmtree(tokens)
    places = ckan_ini.places_of(home, secrets, made[LOADING])
    home.account.file(home.ini, ckan_ini.settings(places))
    write_private(home.admin_token, made[ADMINISTRATION] + "\n")
    write_private(home.publisher_token, made[PUBLISHING] + "\n")
    write_private(home.datastore_url, places.write + "\n")
    write_private(home.publisher_env, PUBLISHER_ENV.format(home=home))
    home.remembered.tokens_made = f"{datetime.now(UTC):%Y-%m-%d}"


def wishes(
    ini: Path,
    *,
    ours: Path,
    tokens: Path,
    passwords: tuple[str, str],
    publishing: Path | None = None,
    keep: timedelta = timedelta(),
) -> dict[str, Any]:
    """Say what inside/prepare.py should see to; tokens that are younger than `keep` are left alone.

    `publishing` is another folder for the publisher's token, which goes to a process that may not see the others.
    """
    administrator, publisher = passwords
    return {
        "ini": str(ini),
        "accounts": [
            {"name": ADMIN, "title": "Quản trị cổng", "password": administrator, "sysadmin": True},
            {"name": PUBLISHER, "title": "Công bố dữ liệu", "password": publisher, "sysadmin": False},
        ],
        "translations": {"ours": str(ours), "to": str(ini.parent / "i18n")},
        "keep_days": keep.days,
        "tokens": [
            {"user": user, "name": name, "days": TOKEN_DAYS, "to": str(folder)}
            for user, name, folder in (
                (ADMIN, LOADING, tokens),
                (ADMIN, ADMINISTRATION, tokens),
                (PUBLISHER, PUBLISHING, publishing or tokens),
            )
        ],
    }


def _readable(folder: Path) -> None:
    """Let the account read what was copied, whatever the umask of who copied it."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
