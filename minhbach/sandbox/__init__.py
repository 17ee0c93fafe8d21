"""A pretend province: its services, its files and its truth. Imports nothing of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from .server import Server

__all__ = ["drop", "generate", "serve"]


def generate(project: Path, *, seed: int, dossiers: int, out: Path) -> dict[str, int]:
    """Write the province of a project folder, about `dossiers` received in each quarter; return records per table."""
    from .making import generate as write

    return write(project, seed=seed, dossiers=dossiers, out=out)


def drop(out: Path, as_of: datetime) -> list[Path]:
    """Write the files that offices without a service drop, for every quarter frozen by `as_of` (local time)."""
    from .csvdrop import drop as write

    return write(out, as_of)


def serve(out: Path, *, port: int = 0, as_of: datetime | None = None, faults: bool = True) -> Server:
    """Serve what was generated on loopback; a context manager with `url` and `close()`. Port 0 takes a free one."""
    from .server import Server

    return Server(out, port=port, as_of=as_of, faults=faults)
