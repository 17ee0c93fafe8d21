"""Bring CKAN's database up to date and make accounts and tokens, in one process: each `ckan` call starts for 4 seconds.

Runs in CKAN's environment, not in ours. Reads what is wanted as JSON from standard input; tokens go to files, nothing
secret to the output. Safe to repeat: tokens that are not kept, or too old to be, are revoked and made anew.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

DAY = 86400


def main() -> None:
    """Do all of it."""
    wanted = json.load(sys.stdin)
    _translate(Path(wanted["translations"]["to"]), Path(wanted["translations"]["ours"]))
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(wanted["ini"]).get_config())
    with app._wsgi_app.test_request_context():
        _migrate()
        for account in wanted["accounts"]:
            _account(**account)
        for token in wanted["tokens"]:
            path = Path(token.pop("to")) / f"{token['name']}.token"
            if not _is_young(path, wanted["keep_days"]):
                _token(path, **token)
        from ckan.lib.i18n import build_js_translations

        build_js_translations()


def _translate(target: Path, ours: Path) -> None:
    """Lay our strings over CKAN's: its option `ckan.i18n.extra_directory` is declared and, in 2.12.0, unread."""
    import ckan
    import polib

    theirs = Path(ckan.__file__).parent / "i18n"
    target.mkdir(exist_ok=True)
    shutil.copy(theirs / "ckan.pot", target)  # says which strings belong to scripts
    for file in sorted(ours.glob("*.po")):
        whole = polib.pofile(str(theirs / file.stem / "LC_MESSAGES" / "ckan.po"))
        for entry in polib.pofile(str(file)):
            if (known := whole.find(entry.msgid, include_obsolete_entries=True)) is not None:
                whole.remove(known)
            whole.append(entry)
        _for_any_number(whole)
        folder = target / file.stem / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        whole.save(str(folder / "ckan.po"))
        whole.save_as_mofile(str(folder / "ckan.mo"))


def _for_any_number(catalogue: Any) -> None:
    """Give each plural twice: when CKAN merges catalogues, the rule of English is left, which asks for two forms."""
    catalogue.metadata["Plural-Forms"] = "nplurals=2; plural=n != 1;"
    for entry in catalogue:
        if entry.msgstr_plural:
            entry.msgstr_plural = {0: entry.msgstr_plural[0], 1: entry.msgstr_plural[0]}


def _migrate() -> None:
    """Do what `ckan db upgrade` does, plugins included."""
    from ckan.cli import db

    db._run_migrations("", "head")
    db._migrate_plugins(apply=True)


def _context() -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    return {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}


def _account(name: str, title: str, password: str, *, sysadmin: bool) -> None:
    import ckan.plugins.toolkit as tk
    from ckan import model

    if model.User.get(name) is None:
        account = {"name": name, "fullname": title, "email": f"{name}@portal.invalid", "password": password}
        tk.get_action("user_create")(_context(), account)
    found = model.User.get(name)
    found.sysadmin = sysadmin
    model.Session.commit()


def _is_young(path: Path, days: int) -> bool:
    return path.exists() and time.time() - path.stat().st_mtime < days * DAY


def _token(path: Path, user: str, name: str, days: int) -> None:
    import ckan.plugins.toolkit as tk

    for token in tk.get_action("api_token_list")(_context(), {"user_id": user}):
        if token["name"] == name:
            tk.get_action("api_token_revoke")(_context(), {"jti": token["id"]})
    made = tk.get_action("api_token_create")(_context(), {"user": user, "name": name, "expires_in": days, "unit": DAY})
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(made["token"])


if __name__ == "__main__":
    main()
