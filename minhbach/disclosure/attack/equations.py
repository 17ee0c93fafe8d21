"""The equations within and between tables of one period: identities, totals, rates, sums of a finer table.

Knows how the public model of a table binds its cells; does not know other periods, nor what is protected.
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
                if not members and _some(seen, slices[rest][total]):
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


class Folding:
    """Which rows of a finer table lie under a key of the coarser one."""

    def __init__(self, fine: Seen, coarse: Seen) -> None:
        """Index the finer rows by the coarser key columns."""
        self.fine = fine
        self.coarse = coarse
        said = fine.table.model.sums_to
        self.over = {} if said is None else {column: name for name, column in said.over.items()}
        self._rows: dict[Key, list[Key]] = {}
        self._codes: dict[Key, set[str]] = {}
        for key in fine.table.keys:
            for coarser in self._above(key):
                self._rows.setdefault(coarser, []).append(key)

    def _above(self, key: Key) -> list[Key]:
        """Give every coarser key that a finer row counts towards."""
        named = self.fine.table.named(key)
        row = self.fine.table.index[key]
        above: list[Key] = [()]
        for dimension in self.coarse.table.dimensions:
            folded = dimension in self.over
            code = self.fine.table.columns[dimension][row] if folded else named[dimension]
            total = self.coarse.total_of(dimension)
            codes = {code, total} if folded and total is not None else {code}
            above = [(*one, each) for one in above for each in codes if each is not None]
        return above

    def rows(self, key: Key) -> list[Key]:
        """Give the finer rows under a coarser key."""
        return self._rows.get(key, [])

    def leave_out(self, system: System) -> None:
        """Find finer rows that a coarser one must have under it but that were not written."""
        if len(self.over) != 1 or not self._rows:
            return
        ((folded, finer),) = self.over.items()
        position = self.fine.table.dimensions.index(finer)
        under: dict[str, set[str]] = {}
        for key, column in zip(self.fine.table.keys, self.fine.table.columns[folded], strict=True):
            under.setdefault(column, set()).add(key[position])
        for key in self.coarse.table.keys:
            if self._rows.get(key) or self.coarse.is_total(key) or not _some(self.coarse, key):
                continue
            named = self.coarse.table.named(key)
            for code in sorted(under.get(named[folded], ())):
                named[finer] = code
                self.fine.leave_out(system, tuple(named[dimension] for dimension in self.fine.table.dimensions))

    def absent(self, key: Key) -> list[Key]:
        """Give the finer rows under a coarser key that were not written."""
        if not self.fine.left_out or self._rows.get(key):
            return []
        ((folded, finer),) = self.over.items()
        column = self.fine.table.columns[folded]
        position = self.fine.table.dimensions.index(finer)
        field_of = {
            known[position]: folded_code for known, folded_code in zip(self.fine.table.keys, column, strict=True)
        }
        found = []
        for lost in self.fine.left_out:
            named = self.fine.table.named(lost) | {folded: field_of.get(lost[position], "")}
            if tuple(named[dimension] for dimension in self.coarse.table.dimensions) == key:
                found.append(lost)
        return found

    def add(self, system: System) -> None:
        """Add: finer rows sum to the coarser one, in the measures declared."""
        said = self.fine.table.model.sums_to
        if said is None:
            return
        bases = self.coarse.table.model.bases()
        for key in self.coarse.table.keys:
            rows, absent = self.rows(key), self.absent(key)
            if not rows and not absent:
                continue
            for finer, coarser in said.measures.items():
                parts: list[tuple[float, Value]] = [(1, self.coarse.at(key, coarser))]
                parts += [(-1, self.fine.at(row, finer)) for row in rows]
                parts += [(-1, self.fine.left_out[row][finer]) for row in absent if finer in self.fine.left_out[row]]
                where = (
                    f"{self.fine.table.where}: {finer} under row {self.coarse.table.index[key] + 2} of {said.dataset}"
                )
                system.add(parts, 0, 0, where=where, pattern=coarser in bases)


def _some(seen: Seen, key: Key) -> bool:
    """Tell whether a row counts anybody."""
    return any(
        isinstance(value, Unknown) or value > 0 for value in (seen.at(key, base) for base in seen.table.model.bases())
    )
