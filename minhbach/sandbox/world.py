"""Everything that is known about the dossiers of one sandbox, and the single values written instead of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from . import columns as c
from .dossiers import NEVER
from .working_days import DAY

if TYPE_CHECKING:
    from numpy.random import Generator

    from .defects import Told
    from .dossiers import Bools, Dossiers, Ints
    from .people import People
    from .province import Province

Columns = dict[str, Any]
PLAIN, PARCEL, NAMED, DINHKEM = range(4)


@dataclass
class World:
    """Everything that is known about the dossiers, and the single values that replace what would be written."""

    province: Province
    dossiers: Dossiers
    told: Told
    people: People
    codes: Any
    """A pyarrow array: the dossier code of every dossier, before defects."""
    identity: Ints
    """The identity number told, or 0 for none, or below zero for a placeholder."""
    subject: Ints
    """What TrichYeuHoSo holds: PLAIN, PARCEL, NAMED or DINHKEM."""
    chance: Ints
    """A random number per dossier, for everything that varies without a meaning."""
    instead: dict[tuple[str, str], dict[int, str | None]] = field(default_factory=dict)
    """(table, column) -> dossier -> value; for events the key is the number of the event."""
    event_broken: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def put(self, table: str, column: str, row: int, value: str | None) -> None:
        """Have one value written instead of another."""
        self.instead.setdefault((table, column), {})[row] = value


def dossier_codes(province: Province, dossiers: Dossiers) -> Any:
    """Return the dossier codes: receiving unit, day, serial within the day; departments use the longer new form."""
    unit = dossiers.counter
    day = np.where(dossiers.received == NEVER, dossiers.filed, dossiers.received) // DAY
    order = np.lexsort((dossiers.filed, day, unit))
    changes = np.flatnonzero(
        np.append([True], (unit[order][1:] != unit[order][:-1]) | (day[order][1:] != day[order][:-1]))
    )
    run = np.arange(len(unit)) - np.repeat(changes, np.diff(np.append(changes, [len(unit)])))
    serial = np.empty(len(unit), np.int64)
    serial[order] = run + 1
    long_form = np.array([u.level == "so" for u in province.units])[unit]
    date = c.date_digits(day)
    short = c.joined(c.padded(date % 1_000_000, 6), "-", c.padded(serial, 4))
    new = c.joined(c.number(date), "-", c.padded(serial, 7))
    return c.joined(c.looked_up([u.code for u in province.units], unit), "-", c.chosen(long_form, new, short))


def draw_subjects(world_fields: Ints, land: Bools, rng: Generator) -> Ints:
    """Draw what the free text about each dossier holds: a fifth of the land dossiers name a parcel."""
    chance = rng.random(len(world_fields))
    return np.where(land & (chance < 0.2), PARCEL, np.where(chance > 0.96, NAMED, PLAIN)).astype(np.int64)


def with_replacements(world: World, table: str, out: Columns, rows: Ints) -> Columns:
    """Return the columns with the single values that a World puts in their place."""
    return {name: c.replaced(column, rows, world.instead.get((table, name), {})) for name, column in out.items()}
