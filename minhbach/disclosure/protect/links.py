"""What the period before tells of this one, row by row: a record that was pending there is counted again here.

`base now >= pending before`, and pending records add up to a published closing count: where readers know how much
every other row of a group can have had pending, the rest was pending in the hidden ones. Knows tables of two periods,
no solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .blocks import parents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from .blocks import Block, Ints
    from .pattern import Mask, Pattern
    from .region import Floats
    from .system import System

Floor = tuple["Ints", float]
"""Cells and the least they add up to."""


@dataclass(frozen=True)
class Group:
    """Rows that add up to one row of the coarser dataset, in two periods."""

    pending: int
    """Records that were open at the end of the period before."""
    cells: Ints
    """Bases of this period."""
    slack: Floats
    """The most that can have been pending in each row, as the earlier file tells; infinite where it hides it."""
    was_hidden: Mask
    """Rows whose base the earlier file hides."""


def groups(system: System, before: Mapping[str, pa.Table]) -> list[Group]:
    """Pair the rows of two periods; without a finer dataset or a carried count there are none."""
    found = []
    for block in system.blocks:
        sums = block.spec.sums_to
        other = next((one for one in system.blocks if sums and one.spec.name == sums.dataset), None)
        if other is None or sums is None or block.spec.name not in before or not other.spec.carried:
            continue
        base = next((own for own in sums.measures if own in block.spec.bases), None)
        if base is None:
            continue
        opening = next(iter(other.spec.carried))
        slack = _slack(block, base, before[block.spec.name])
        cells = system.measure_cells(block, base)
        for row_there, rows in parents(block, other).items():
            pending = int(system.truth[system.cell(other, row_there, opening)])
            if pending:
                limits = np.array([slack[row] for row in rows])
                found.append(Group(pending, cells[rows], limits[:, 0], limits[:, 1] > 0))
    return found


def _slack(block: Block, base: str, table: pa.Table) -> list[tuple[float, float]]:
    """By row: the most that can have been pending, and whether the earlier file hid the base."""
    spec = block.spec
    at = [number for number, name in enumerate(spec.grain) if name in spec.totals or name in spec.parents]
    names = [spec.grain[number] for number in at]
    closed = [measure for virtual in spec.virtuals for measure, factor in virtual.own.items() if factor < 0]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {
        tuple(row[name] for name in names): row for row in table.select([*names, base, *closed]).to_pylist()
    }
    same_level = {code for key in rows for code in key}
    found = []
    for key in block.keys:
        here = tuple(key[number] for number in at)
        row = rows.get(here)
        if row is None:
            # A row nobody wrote had nothing pending; a code nobody wrote belongs to another rung of the ladder.
            found.append((0.0 if set(here) <= same_level else np.inf, 0.0))
        elif row[base] is None or any(row[measure] is None for measure in closed):
            found.append((np.inf, float(row[base] is None)))
        else:
            found.append((float(row[base] - sum(row[measure] for measure in closed)), 0.0))
    return found


def floors(pattern: Pattern, pairs: list[Group]) -> Iterator[Floor]:
    """What the hidden bases of a group must add up to at least: all of them, and each by itself."""
    truth = pattern.system.truth
    for group in pairs:
        hidden = pattern.hidden[group.cells]
        if not hidden.any():
            continue
        most = np.minimum(group.slack, np.where(hidden, np.inf, truth[group.cells]))
        together = group.pending - most[~hidden].sum()
        if together > 1:
            yield group.cells[hidden], float(together)
        if hidden.sum() > 1:
            for at in np.flatnonzero(hidden):
                alone = group.pending - np.delete(most, at).sum()
                if alone > 1:
                    yield group.cells[[at]], float(alone)


def tells(pattern: Pattern, pairs: list[Group]) -> list[int]:
    """Bases of this period that, published, would bound a base that the earlier file hides: to be hidden as well."""
    truth = pattern.system.truth
    found = []
    for group in pairs:
        hidden = pattern.hidden[group.cells]
        now = np.where(hidden, np.inf, truth[group.cells])
        for at in np.flatnonzero(group.was_hidden):
            before = group.pending - np.delete(group.slack, at).sum()
            after = group.pending - np.delete(np.minimum(group.slack, now), at).sum()
            if after > max(before, 1.0):
                telling = [n for n in range(len(now)) if n != at and now[n] < group.slack[n]]
                found.append(int(group.cells[min(telling, key=lambda n: (now[n], n))]))
    return sorted(set(found))
