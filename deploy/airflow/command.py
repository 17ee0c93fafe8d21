"""`python -m deploy.airflow up|status|stop|destroy`: what the words mean, and in which order things happen."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.portal.home import default_home as home_of_portal
from deploy.services import Account, ServiceError, all_well, run_program, service_account, states, table

from . import databases
from .instance import MARK, Instance, Wish, default_home, kept_wish, require_home
from .opening import open_dags, to_hold
from .packages import INSIDE, deployed, environment, forget_others
from .portal import see_to_groups, take_keys
from .province import make_province
from .secret import passwords
from .servers import WRITER
from .whole import databases_of, known_services, run_command, servers_of, stop_all, stop_changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .province import Province

OPERATOR = "admin"
"""Airflow's own administrator; no approval can be its: it is no person of the catalog."""
PORTAL = re.compile(r"[a-z][a-z0-9_]*")


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 when something is wrong outside, 2 when the words are."""
    asked = _parser().parse_args(words)
    try:
        account = service_account()
        home = (asked.home or default_home()).absolute()
        code: int = asked.do(asked, home, account)
    except (ServiceError, OSError) as problem:
        sys.stderr.write(f"airflow: {problem}\n")
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.airflow", description=__doc__)
    verbs = parser.add_subparsers(required=True)
    for name, do, about in (
        ("up", _up, "start all servers; what runs already and has not changed goes on"),
        ("status", _status, "one line a server; exit 1 when one is not well"),
        ("minhbach", _minhbach, "run the house's own command, as a task of this Airflow would"),
        ("stop", _stop, "end every server and all that it started"),
        ("destroy", _destroy, "stop, then remove the home with everything in it"),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.set_defaults(do=do)
        verb.add_argument(
            "--home", type=Path, help="folder of the instance (default: MINHBACH_AIRFLOW_HOME, or one for this clone)"
        )
        if name == "minhbach":
            verb.add_argument("words", nargs=argparse.REMAINDER, help="for example: status, or ledger verify")
        if name == "up":
            verb.add_argument("--port-base", type=int, help=f"first of five ports (default: {Wish.port_base})")
            verb.add_argument("--celery", action=argparse.BooleanOptionalAction, help="two Celery workers and Redis")
            verb.add_argument("--period", help="quarter to rehearse (default: the project's first)")
            verb.add_argument(
                "--dossiers", type=int, help=f"of the pretend province, a quarter (default: {Wish.dossiers})"
            )
            verb.add_argument("--seed", type=int, help="another pretend province")
            verb.add_argument(
                "--project", type=lambda word: str(Path(word).absolute()), help="project folder (default: this one)"
            )
            verb.add_argument(
                "--portal-home",
                type=lambda word: str(Path(word).absolute()) if word else "",
                nargs="?",
                const=str(home_of_portal()),
                metavar="DIR",
                help="give the keys of the portal of this home to what publishes (without DIR: of `make portal`'s)",
            )
            verb.add_argument(
                "--to",
                type=_portal,
                metavar="PORTAL",
                help="publish on this portal of catalog/portals.yml (default: the publication's own)",
            )
    return parser


def _portal(word: str) -> str:
    if word and not PORTAL.fullmatch(word):
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a name of catalog/portals.yml")
    return word


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _up(asked: argparse.Namespace, home: Path, account: Account) -> int:
    began = time.monotonic()
    given = {name: value for name in Wish.__dataclass_fields__ if (value := getattr(asked, name)) is not None}
    instance = Instance(home, account, replace(kept_wish(home) or Wish(), **given))
    require_home(home)
    # The home is the caller's: who owns a folder can put another one in the place of what is in it.
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    (home / MARK).touch()
    account.require_way_to(home)
    for name in ("logs", "airflow", "house", "house/site"):
        account.folder(home / name)
    take_keys(instance)
    venv = environment(instance)
    python = venv / "bin" / "python"
    copy = deployed(instance, python)
    province = make_province(instance, python, copy)
    see_to_groups(instance, province.themes)
    databases.make_cluster(instance)
    databases.make_queue(instance)
    bases, servers = databases_of(instance), servers_of(instance, venv, copy, province)
    instance.keep()
    stop_changed(instance, [*bases, *servers])
    for base in bases:
        base.start()
    databases.make_databases(instance)
    _see_to_metadata(instance, python, copy, dict(servers[0].environment), province)
    for server in servers:
        server.launch()
    for server in servers:
        server.wait()
    forget_others(copy)
    opened = open_dags(instance, OPERATOR, passwords(instance, [OPERATOR])[OPERATOR], province)
    _say(table(states([*bases, *servers])))
    _say(f"Airflow is up after {time.monotonic() - began:.0f} s: {instance.address}")
    if opened:
        _say(f"Unpaused: {', '.join(opened)}")
    _say(f"The clock of the house stands at {province.now}; the pretend province is as of then.")
    _say(f"Sign in as one of {', '.join([OPERATOR, *province.people])}: the passwords are in {instance.passwords}")
    return 0


def _see_to_metadata(instance: Instance, python: Path, copy: Path, airflow: dict[str, str], province: Province) -> None:
    people = {OPERATOR: {"title": "Administrator", "roles": ["Admin"]}, **province.people}
    known = passwords(instance, list(people))
    users = [{"login": login, "password": known[login], **about} for login, about in people.items()]
    run_program(
        [python, copy / INSIDE / "metadata.py"],
        account=instance.account,
        log=instance.logs / "metadata.log",
        folder=instance.home,
        environment=airflow,
        given=json.dumps({"pools": {WRITER: 1}, "users": users, "hold": to_hold(instance, province)}),
    )


def _status(asked: argparse.Namespace, home: Path, account: Account) -> int:
    del asked
    found = states(known_services(home, account))
    if not found:
        _say(f"Nothing is known in {home}; `up` makes it.")
        return 1
    _say(table(found))
    return 0 if all_well(found) else 1


def _minhbach(asked: argparse.Namespace, home: Path, account: Account) -> int:
    return run_command(home, account, asked.words)


def _stop(asked: argparse.Namespace, home: Path, account: Account) -> int:
    del asked
    ended = stop_all(known_services(home, account))
    _say(f"Ended: {', '.join(ended)}." if ended else "Nothing ran.")
    return 0


def _destroy(asked: argparse.Namespace, home: Path, account: Account) -> int:
    require_home(home)
    _stop(asked, home, account)
    shutil.rmtree(home, ignore_errors=True)
    _say(f"Removed {home}.")
    return 0
