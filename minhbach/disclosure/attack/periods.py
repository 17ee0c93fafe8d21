"""The equations between one period and the next: what was open at the end is what is carried over.

Knows two tables of one dataset in successive periods; does not know what is protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .system import System, Value
    from .view import Seen


def carry_over(system: System, earlier: Seen, later: Seen) -> None:
    """Add: a carried count of the later period equals the closing count of the earlier one, key by key.

    A key without a row counts nobody, unless its level or its slice was not written.
    """
    for opening, closing in later.table.model.carried.items():
        keys = dict.fromkeys((*later.table.keys, *earlier.table.keys))
        for key in keys:
            now, before = later.cells(key, opening), earlier.cells(key, closing)
            if now is None or before is None:
                continue
            parts: list[tuple[float, Value]] = [(1, value) for value in now]
            parts += [(-1, value) for value in before]
            where = f"{later.table.where}: {opening} carried over from {earlier.table.where}"
            system.add(parts, 0, 0, where=where)
