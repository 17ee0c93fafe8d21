"""What binds one period to the next: what was open at the end is what is carried over.

Knows the tables of two successive periods; does not know what is protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expressions import linear, relation
from .system import INFINITE, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .folding import Folding
    from .system import System, Value
    from .view import Seen


def carry_over(system: System, earlier: Seen, later: Seen) -> None:
    """Add: a carried count of the later period equals the closing count of the earlier one, key by key.

    A key without a row counts nobody, unless its level or its slice was not written.
    """
    for opening, closing in later.table.model.carried.items():
        for key in dict.fromkeys((*later.table.keys, *earlier.table.keys)):
            now, before = later.cells(key, opening), earlier.cells(key, closing)
            if now is None or before is None:
                continue
            parts: list[tuple[float, Value]] = [(1, value) for value in now]
            parts += [(-1, value) for value in before]
            where = f"{later.table.where}: {opening} carried over from {earlier.table.where}"
            system.add(parts, 0, 0, where=where)


def still_open(system: System, folding: Folding, later: Seen) -> None:
    """Add: a finer group of the later period holds at least what it had open at the end of the earlier one.

    The finer table does not show what was closed: it is what had a result, and a part of the closed without one, which
    the coarser table bounds. `folding` joins the two tables of the earlier period.
    """
    fine, coarse = folding.fine, folding.coarse
    for base, closed, resulted in _closing(fine, coarse):
        for key in coarse.table.keys:
            without: list[tuple[float, Value]] = []
            rows = folding.rows(key)
            for row in rows:
                now = later.cells(row, base)
                count, result = fine.at(row, base), fine.at(row, resulted)
                if now is None or not _tells(now, count, result):
                    continue
                part = Unknown(system.unknown())
                held: list[tuple[float, Value]] = [(1, value) for value in now]
                where = f"{later.table.where}: {base} below what was open in {fine.table.where}"
                system.add([*held, (-1, count), (1, result), (1, part)], 0, INFINITE, where=where)
                system.add([(1, count), (-1, result), (-1, part)], 0, INFINITE, where=where)
                without.append((-1, part))
            if without:
                parts: list[tuple[float, Value]] = [(1, coarse.at(key, closed))]
                parts += [(-1, fine.at(row, resulted)) for row in rows]
                system.add([*parts, *without], 0, INFINITE, where=f"{fine.table.where}: {closed} without a result")


def _closing(fine: Seen, coarse: Seen) -> Iterator[tuple[str, str, str]]:
    """Find in the declarations: the finer base, the coarser count of closed, the finer count of results."""
    said = fine.table.model.sums_to
    if said is None:
        return
    equations = [relation(text) for text in coarse.table.model.identities]
    shapes = [one.coefficients for one in equations if one.low == one.high == 0]
    for protected in fine.table.model.protected:
        factors, constant = linear(protected.formula)
        closed = [name.partition(".")[2] for name, factor in factors.items() if "." in name and factor == 1]
        resulted = [name for name, factor in factors.items() if "." not in name and factor == -1]
        if constant or len(closed) != 1 or len(resulted) != 1 or len(factors) != len(closed) + len(resulted):
            continue
        for base, whole in said.measures.items():
            for left in coarse.table.model.carried.values():
                if {whole: 1, closed[0]: -1, left: -1} in shapes:
                    yield base, closed[0], resulted[0]


def _tells(now: list[Value], count: Value, result: Value) -> bool:
    """Tell whether the inequality can say anything: an unknown in it, or fewer now than were left."""
    known = [value for value in (*now, count, result) if not isinstance(value, Unknown)]
    if len(known) < len(now) + 1 + 1:
        return True
    return sum(value for value in now if not isinstance(value, Unknown)) < _plain(count) - _plain(result)


def _plain(value: Value) -> float:
    return 0 if isinstance(value, Unknown) else value
