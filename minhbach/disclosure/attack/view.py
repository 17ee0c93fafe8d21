"""What the attacker sees: every cell of every table as a number or an unknown, and who sums to whom by key.

Knows keys, totals, groups and rows left out; does not know equations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from .system import System, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .files import Key, Table


@dataclass(frozen=True)
class Target:
    """A quantity the attacker is after."""

    value: Value
    table: int
    key: Key
    measure: str
    base: bool
    """Whether it is the base of a written row: to be protected whatever its bounds, once hidden."""


@dataclass
class Seen:
    """One table with its cells numbered."""

    table: Table
    values: dict[str, list[Value]]
    left_out: dict[Key, dict[str, Unknown]] = field(default_factory=dict)
    """Rows that exist behind a published total but were not written, with unknown bases."""
    levels: set[tuple[bool, ...]] = field(default_factory=set)
    groups: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """By key column: codes that hold others, as the model says or as the rows of any period show."""

    def total_of(self, dimension: str) -> str | None:
        """Give the total code of a key column."""
        return self.table.model.dimensions[dimension].total

    def level(self, key: Key) -> tuple[bool, ...]:
        """Tell in which columns a key sums over everything."""
        return tuple(
            code == self.total_of(dimension) for dimension, code in zip(self.table.dimensions, key, strict=True)
        )

    def is_total(self, key: Key) -> bool:
        """Tell whether a key sums over anything."""
        return any(self.level(key))

    def slices(self, position: int) -> dict[Key, dict[str, Key]]:
        """Give, for every choice of the other codes, the rows of one key column by code."""
        found: dict[Key, dict[str, Key]] = {}
        for key in self.table.keys:
            found.setdefault(key[:position] + key[position + 1 :], {})[key[position]] = key
        return found

    def sums(self, dimension: str, rows: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Give the codes of a slice that sum over others, each with those others."""
        said = self.table.model.dimensions[dimension]
        present = set(rows)
        summed = set()
        for code, members in self.groups.get(dimension, {}).items():
            found = [member for member in members if member in present]
            if code in present and found:
                summed.add(code)
                yield code, found
        if said.total in present:
            yield said.total, [code for code in rows if code != said.total and code not in summed]

    def at(self, key: Key, measure: str) -> Value:
        """Give one cell of a row that was written."""
        return self.values[measure][self.table.index[key]]

    def leave_out(self, system: System, key: Key) -> None:
        """Remember a row that was not written."""
        if key not in self.left_out and key not in self.table.index:
            self.left_out[key] = {measure: Unknown(system.unknown()) for measure in self.table.model.bases()}

    def cells(self, key: Key, measure: str) -> list[Value] | None:
        """Give the cells that add up to a key, [] where it is zero, or None where the file does not tell."""
        if key in self.table.index:
            return [self.at(key, measure)]
        if key in self.left_out or self.level(key) not in self.levels:
            return None
        same, wider = [], []
        for dimension, code in zip(self.table.dimensions, key, strict=True):
            groups = self.groups.get(dimension, {})
            same.append(groups.get(code, (code,)))
            wider.append((*same[-1], *(group for group, members in groups.items() if code in members)))
        found = [member for member in product(*same) if member in self.table.index]
        if not found and any(one in self.table.index for one in product(*wider)):
            # Counted, but together with others, in a row of a coarser code.
            return None
        return [self.at(member, measure) for member in found]


def see(table: Table, system: System) -> Seen:
    """Number the hidden cells of a table."""
    model = table.model
    zeros_show = model.limits.zeros == "published"
    values: dict[str, list[Value]] = {}
    for measure, said in model.measures.items():
        least = 1 if zeros_show and said.role == "base" else 0
        values[measure] = [
            Unknown(system.unknown(least)) if count is None else count for count in table.counts[measure]
        ]
    groups = {name: dict(dimension.groups) for name, dimension in model.dimensions.items()}
    seen = Seen(table, values, groups=groups)
    seen.levels = {seen.level(key) for key in table.keys}
    return seen


def learn_groups(periods: Sequence[Seen]) -> None:
    """Learn from the rows of one dataset which codes a coarser period merges; the ladder names the column."""
    for dimension in {name for seen in periods for name in seen.groups}:
        learnt: dict[str, set[str]] = {}
        for seen in periods:
            for step in seen.table.model.ladder:
                column = seen.table.columns.get(str(step.get("to")))
                if step.get("dimension") != dimension or column is None:
                    continue
                position = seen.table.dimensions.index(dimension)
                for key, group in zip(seen.table.keys, column, strict=True):
                    if key[position] not in {group, seen.total_of(dimension)}:
                        learnt.setdefault(group, set()).add(key[position])
        for seen in periods:
            own = seen.groups.setdefault(dimension, {})
            for group, members in learnt.items():
                own[group] = tuple(sorted({*own.get(group, ()), *members}))
