"""The equations within one table: identities, rates, totals.

Knows how the public model of a table binds its cells; does not know other tables, nor what is protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expressions import relation
from .system import INFINITE, System, Unknown, Value

if TYPE_CHECKING:
    from .files import Key
    from .view import Seen


def identities(system: System, seen: Seen) -> None:
    """Add every declared identity, row by row."""
    for text in seen.table.model.identities:
        said = relation(text)
        low = -INFINITE if said.low is None else said.low
        high = INFINITE if said.high is None else said.high
        columns = [(float(factor), seen.values[name]) for name, factor in said.coefficients.items()]
        for row in range(len(seen.table.keys)):
            system.add(
                [(factor, column[row]) for factor, column in columns],
                low,
                high,
                where=f"{seen.table.where}: row {row + 2}: {text}",
            )


def rates(system: System, seen: Seen) -> None:
    """Pin the parts of every published rate: half a unit of its last decimal either way."""
    for name, rate in seen.table.model.rates.items():
        unit = rate.scale * 10**rate.decimals
        parts = zip(seen.values[rate.numerator], seen.values[rate.denominator], seen.table.rates[name], strict=True)
        for row, (numerator, denominator, shown) in enumerate(parts):
            if shown is None:
                continue
            where = f"{seen.table.where}: row {row + 2}: {name}"
            system.add([(1, numerator), (-(shown - 0.5) / unit, denominator)], 0, INFINITE, where=where)
            system.add([(1, numerator), (-(shown + 0.5) / unit, denominator)], -INFINITE, 0, where=where)


def leave_out(system: System, seen: Seen) -> None:
    """Find rows that a total must have behind it but that were not written."""
    for position, dimension in enumerate(seen.table.dimensions):
        slices = seen.slices(position)
        summing = {rest: list(seen.sums(dimension, list(rows))) for rest, rows in slices.items()}
        leaves = sorted({code for sums in summing.values() for _, members in sums for code in members})
        for rest, sums in summing.items():
            for total, members in sums:
                if not members and counts_somebody(seen, slices[rest][total]):
                    for code in leaves:
                        seen.leave_out(system, (*rest[:position], code, *rest[position:]))


def totals(system: System, seen: Seen) -> None:
    """Add: a total is the sum of its members, in every measure."""
    bases = seen.table.model.bases()
    for position, dimension in enumerate(seen.table.dimensions):
        absent: dict[Key, list[Key]] = {}
        for key in seen.left_out:
            absent.setdefault(key[:position] + key[position + 1 :], []).append(key)
        for rest, rows in seen.slices(position).items():
            hidden = absent.get(rest, [])
            for total, members in seen.sums(dimension, list(rows)):
                if not members and not hidden:
                    continue
                for measure in seen.values:
                    parts: list[tuple[float, Value]] = [(1, seen.at(rows[total], measure))]
                    parts += [(-1, seen.at(rows[code], measure)) for code in members]
                    if measure in bases:
                        parts += [(-1, seen.left_out[key][measure]) for key in hidden]
                    slack = INFINITE if hidden and measure not in bases else 0
                    row = seen.table.index[rows[total]] + 2
                    where = f"{seen.table.where}: row {row}: {measure}: total over {dimension}"
                    system.add(parts, 0, slack, where=where, pattern=measure in bases)


def counts_somebody(seen: Seen, key: Key) -> bool:
    """Tell whether a row counts anybody."""
    return any(
        isinstance(value, Unknown) or value > 0 for value in (seen.at(key, base) for base in seen.table.model.bases())
    )
