"""How services stand: one line each, with pid, port and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .service import Service

WELL = "well"


@dataclass(frozen=True)
class State:
    """One service as it stands now; `memory_mib` is that of its whole family."""

    name: str
    pid: int | None
    ports: tuple[int, ...]
    health: str
    memory_mib: float
    log: str

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return self.health == WELL


def states(services: Iterable[Service]) -> list[State]:
    """Look at every service once."""
    return [_state(service) for service in services]


def all_well(found: Iterable[State]) -> bool:
    """Say whether nothing is wrong with any of them."""
    return all(state.well for state in found)


def table(found: Iterable[State]) -> str:
    """Draw the states as a table for people."""
    lines = [("service", "pid", "port", "MiB", "health", "log")]
    lines += [
        (
            one.name,
            str(one.pid or "-"),
            ", ".join(map(str, one.ports)) or "-",
            f"{one.memory_mib:.0f}" if one.pid else "-",
            one.health,
            one.log,
        )
        for one in found
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _state(service: Service) -> State:
    running = service.process()
    if running is None:
        return State(service.name, None, service.ports, "does not run", 0, str(service.log))
    wrong = _from_outside(service) if service.healthy is None else service.healthy()
    return State(service.name, running.pid, service.ports, wrong or WELL, running.resident_mib(), str(service.log))


def _from_outside(service: Service) -> str:
    return "" if service.ready() else "does not answer"
