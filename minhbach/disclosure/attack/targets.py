"""What the attacker is after: hidden bases, hidden sensitive outcomes, and protected quantities no column holds.

Knows the roles of the public model; does not know how the system is solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expressions import linear
from .system import INFINITE, System, Unknown, Value
from .view import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .folding import Folding
    from .model import Protected
    from .view import Seen


def columns(place: int, seen: Seen) -> Iterator[Target]:
    """Give every guarded count of a table: hidden ones to solve for, written ones to look at."""
    model = seen.table.model
    for measure in model.guarded():
        base = model.measures[measure].role == "base"
        for key, value in zip(seen.table.keys, seen.values[measure], strict=True):
            yield Target(value, place, key, measure, base)
        if base:
            for key, unknowns in seen.left_out.items():
                yield Target(unknowns[measure], place, key, measure, base=False)


def virtual(
    system: System, place: int, seen: Seen, coarser: Mapping[str, tuple[int, Seen, Folding]]
) -> Iterator[Target]:
    """Give every protected quantity that readers can work out by subtraction, bound to its parts.

    One that reads a coarser table lives on that table's rows.
    """
    for said in seen.table.model.protected:
        if said.role in seen.table.model.waived:
            continue
        factors, constant = linear(said.formula)
        others = {name.partition(".")[0] for name in factors if "." in name}
        if not others:
            for key in seen.table.keys:
                parts = [(float(factor), seen.at(key, name)) for name, factor in factors.items()]
                yield Target(_bind(system, parts, constant, said, exact=True), place, key, said.name, base=False)
        elif others <= coarser.keys():
            yield from _across(system, said, seen, *coarser[others.pop()])


def _across(
    system: System, said: Protected, seen: Seen, place: int, coarse: Seen, folding: Folding
) -> Iterator[Target]:
    factors, constant = linear(said.formula)
    above = [(float(factor), name.partition(".")[2]) for name, factor in factors.items() if "." in name]
    below = [(float(factor), name) for name, factor in factors.items() if "." not in name]
    for key in coarse.table.keys:
        rows = folding.rows(key)
        parts: list[tuple[float, Value]] = [(factor, coarse.at(key, name)) for factor, name in above]
        parts += [(factor, seen.at(row, name)) for factor, name in below for row in rows]
        if not rows and all(not isinstance(value, Unknown) and value == 0 for _, value in parts):
            continue
        exact = bool(rows)
        yield Target(_bind(system, parts, constant, said, exact=exact), place, key, said.name, base=False)


def _bind(system: System, parts: list[tuple[float, Value]], constant: int, said: Protected, *, exact: bool) -> Value:
    """Give a quantity its value, or an unknown tied to its parts; without all parts the known ones bound it."""
    if exact and not any(isinstance(value, Unknown) for _, value in parts):
        return constant + sum(factor * value for factor, value in parts if not isinstance(value, Unknown))
    quantity = Unknown(system.unknown())
    system.add([*parts, (-1, quantity)], -constant, -constant if exact else INFINITE, where=said.name)
    return quantity
