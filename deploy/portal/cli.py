"""The command: `python -m deploy.portal up|stop|status|reset|repair|destroy`. Says what is, never a secret."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import ServiceError, all_well, service_account, states, table

from .home import HOME_VARIABLE, MARK, PORT_BASE, PORT_VARIABLE, Home, default_home, open_home
from .keys import secrets_of
from .repair import repair
from .reset import reset
from .services import services_of
from .up import down, up

if TYPE_CHECKING:
    from collections.abc import Sequence

SLUG = re.compile(r"[a-z0-9_-]{2,100}")


def main(arguments: Sequence[str]) -> int:
    """Do one command; 0 well, 1 something is not, 2 asked wrongly."""
    asked = _parser().parse_args(arguments)
    path = Path(asked.home).absolute() if asked.home else default_home()
    try:
        home = open_home(path, service_account(), asked.port_base)
        if asked.command != "up":
            _require_portal(path)
        if asked.command in _LOOK:
            return _LOOK[asked.command](home)
        with home.locked():
            return _DO[asked.command](home, asked)
    except (ServiceError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _up(home: Home, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    home.remembered.organizations |= dict(asked.organization)
    up(home, _say)
    code = _status(home)
    sys.stdout.write(
        f"\n{home.url} is up after {time.monotonic() - began:.0f} s. What a publisher needs: {home.publisher_env}\n"
    )
    return code


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _stop(home: Home, _: argparse.Namespace) -> int:
    sys.stdout.write("Stopped.\n" if down(services_of(home, secrets_of(home))) else "Nothing ran.\n")
    return 0


def _reset(home: Home, _: argparse.Namespace) -> int:
    reset(home)
    sys.stdout.write("Every dataset, table and file is gone; accounts and organisations are as new.\n")
    return 0


def _repair(home: Home, _: argparse.Namespace) -> int:
    repair(home)
    sys.stdout.write("The DataStore's tables have their triggers, indexes and counts.\n")
    return 0


def _destroy(home: Home, _: argparse.Namespace) -> int:
    down(services_of(home, secrets_of(home)))
    shutil.rmtree(home.path)
    sys.stdout.write(f"{home.path} is gone.\n")
    return 0


def _status(home: Home) -> int:
    found = states(services_of(home, secrets_of(home)))
    sys.stdout.write(table(found) + "\n")
    return 0 if all_well(found) else 1


def _require_portal(path: Path) -> None:
    if not (path / MARK).exists():
        raise ServiceError(
            f"{path}: found no portal, expected one that `up` made; run `make portal` or name its --home."
        )


def _env(home: Home) -> int:
    """Print what a publisher's environment needs: addresses and names of files, no secret."""
    sys.stdout.write(home.publisher_env.read_text(encoding="utf-8"))
    return 0


_LOOK = {"status": _status, "env": _env}
_DO = {"up": _up, "stop": _stop, "reset": _reset, "repair": _repair, "destroy": _destroy}


def _organization(text: str) -> tuple[str, str]:
    name, _, title = text.partition("=")
    if not SLUG.fullmatch(name):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected NAME=TITLE, the name of a-z, 0-9, - and _")
    return name, title.strip() or name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.portal", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", metavar="DIR", help=f"where everything lives (or {HOME_VARIABLE})")
    common.add_argument(
        "--port-base", type=int, metavar="N",
        help=f"first of four ports: CKAN, PostgreSQL, Redis, Solr (or {PORT_VARIABLE}; {PORT_BASE})",
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)
    begin = commands.add_parser("up", parents=[common], help="bring it up; repeatable")
    begin.add_argument(
        "--organization", action="append", default=[], type=_organization, metavar="NAME=TITLE",
        help="an owner of datasets, in which the publishing account may edit (repeatable)",
    )  # fmt: skip
    for name, about in {
        "stop": "stop all of it; what it holds stays",
        "status": "pid, port and health of each service; exit code 1 when something is wrong",
        "env": "print the variables that a publisher needs, for a shell to read; they name files, no secret",
        "reset": "empty a running portal of all datasets, tables and files",
        "repair": "mend the DataStore's tables after loads by xloader",
        "destroy": "stop it and remove its home",
    }.items():
        commands.add_parser(name, parents=[common], help=about)
    return parser
