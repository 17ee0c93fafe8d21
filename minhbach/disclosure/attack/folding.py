"""How a finer table of one period adds up to a coarser one; knows two tables, does not know other periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .equations import counts_somebody

if TYPE_CHECKING:
    from .files import Key
    from .system import System, Value
    from .view import Seen


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
            if self._rows.get(key) or self.coarse.is_total(key) or not counts_somebody(self.coarse, key):
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
