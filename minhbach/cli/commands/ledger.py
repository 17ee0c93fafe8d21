"""`minhbach ledger list|verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..output import show, speaks_json, tell

if TYPE_CHECKING:
    from ..app import Options


@click.group()
def ledger() -> None:
    """List the ledger or prove its chain."""


@ledger.command("list", epilog="Example: minhbach ledger list")
@click.pass_obj
@speaks_json
def list_(options: Options) -> list[dict[str, Any]]:
    """List everything frozen, released, planned, approved, published and withdrawn."""
    from ...flow.house import open_house

    entries = open_house(options.project).ledger.entries()
    show([(e.number, e.at, e.kind, e.subject, e.hash[:12]) for e in entries], ("no", "at", "kind", "about", "hash"))
    return [e.__dict__ for e in entries]


@ledger.command(epilog="Example: minhbach ledger verify --against receipt.json")
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A published receipt.")
@click.pass_obj
@speaks_json
def verify(options: Options, against: Path | None) -> dict[str, Any]:
    """Prove the hash chain, and that it still holds the head that a published receipt names."""
    from ...core import jsonfile
    from ...flow.house import open_house

    book = open_house(options.project).ledger
    head = jsonfile.read(against, "receipt")["ledger_head"] if against else None
    count = book.verify(head)
    tell(
        f"{count} entries, the chain holds; head {book.head()[:12]}" + (", the receipt's head is in it" if head else "")
    )
    return {"entries": count, "head": book.head(), "against": head}
