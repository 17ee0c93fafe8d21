"""The pretend province that an instance takes its records from: its records, its service, the ways to its agencies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploy.services import Service, answers, listening, run_program

from .packages import INSIDE

if TYPE_CHECKING:
    from pathlib import Path

    from .instance import Instance

COMMAND = "from minhbach.cli import main; main()"


@dataclass(frozen=True)
class Province:
    """When the rehearsal takes place, how its agencies are reached, DAGs in the order of unpausing, people, themes."""

    now: str
    as_of: str
    connections: dict[str, str]
    dags: list[str]
    people: dict[str, dict[str, Any]]
    themes: dict[str, str] = field(default_factory=dict)
    """Groups of a portal that its datasets belong to: title by name."""


def make_province(instance: Instance, python: Path, copy: Path) -> Province:
    """Generate the province's records unless they are there, and return what the servers must know of it."""
    folder = instance.account.folder(instance.home / "province")
    wish = instance.wish
    run_program(
        [
            python,
            copy / INSIDE / "province.py",
            folder,
            wish.period,
            str(wish.dossiers),
            str(wish.seed),
            str(instance.port("province")),
        ],
        account=instance.account,
        log=instance.logs / "province.log",
        folder=instance.home,
        environment={"PYTHONPATH": str(copy), "MINHBACH_PROJECT": str(copy)},
    )
    return known_province(instance)


def known_province(instance: Instance) -> Province:
    """Return what the last start found."""
    return Province(**json.loads((instance.home / "province" / "answer.json").read_text(encoding="utf-8")))


def province_service(instance: Instance, python: Path, copy: Path, as_of: str) -> Service:
    """Return the service of the pretend agencies as of an hour."""
    port = instance.port("province")
    return Service(
        "province",
        [python, "-c", COMMAND, "sandbox", "serve", instance.home / "province" / "records",
         "--port", str(port), "--as-of", as_of],
        home=instance.home,
        account=instance.account,
        ports=(port,),
        environment={"PYTHONPATH": str(copy), "MINHBACH_PROJECT": str(copy)},
        ready=lambda: answers(f"http://127.0.0.1:{port}/health"),
    )  # fmt: skip


def site_service(instance: Instance, python: Path, copy: Path) -> Service:
    """Return the web server of the house's public site."""
    port, folder = instance.port("site"), instance.account.folder(instance.house / "site")
    return Service(
        "site",
        [python, "-c", COMMAND, "serve", folder, "--port", str(port)],
        home=instance.home,
        account=instance.account,
        ports=(port,),
        environment={"PYTHONPATH": str(copy), "MINHBACH_PROJECT": str(copy)},
        ready=lambda: listening(port),
    )
