"""The true dossiers, one array per attribute: who was competent, what was asked, when. Knows no defect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .working_days import DAY, day_number

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from .periods import Period
    from .province import Province

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

NEVER = -1
"""A time that has not come."""
CLOSING = 17 * 3_600
IN_PERIOD, BACKLOG, CLOSED_BEFORE, NOT_RECEIVED, LATE, AFTER = range(6)
KINDS = ("in_period", "backlog", "closed_before", "not_received", "late", "after")

SILENCE = 2 * 3_600
"""Nothing is told in the two hours after a freeze, so that a reader who comes a little late sees what it saw."""

SHARE_BACKLOG = 0.08
SHARE_CLOSED_BEFORE = 0.03
SHARE_NOT_RECEIVED = 0.01
SHARE_LATE = 0.01
SHARE_COMMUNE = 0.78
SHARE_OTHER_COUNTER = 0.08
SHARE_OVERDUE = 0.025
SHARE_NEVER = 0.004
SHARE_REFUSED, SHARE_WITHDRAWN, SHARE_STOPPED = 0.007, 0.004, 0.004
SHARE_SUPPLEMENT = 0.085  # of those that are not answered on the same day: about 5 % of all
SHARE_APOLOGY = 0.40  # of the overdue: about 1 % of all


@dataclass
class Dossiers:
    """Arrays of equal length. Times are seconds of local time since 1 Jan 1970, NEVER where there is none."""

    kind: Ints
    period: Ints
    """The quarter in which it was drawn; for a backlog the first."""
    unit: Ints
    """Index of the competent unit."""
    counter: Ints
    """Index of the unit that received it, whose code opens the dossier code."""
    procedure: Ints
    filed: Ints
    received: Ints
    due: Ints
    """The first promised date."""
    end: Ints
    returned: Ints
    status: Ints
    """Final status: 3, 7, 8, 9 or 10; 1 when it was never received; 4 while nothing ended it."""
    channel: Ints
    asked: list[Ints] = field(default_factory=list)
    """Request times of the first and the second supplement."""
    given: list[Ints] = field(default_factory=list)
    """Completion times of the supplements."""
    due_after: list[Ints] = field(default_factory=list)
    """Due dates after each completed supplement."""
    apology: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    due_apology: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    delay: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    held_until: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    frozen: tuple[int, ...] = ()
    """The freezes of all quarters."""

    def __len__(self) -> int:
        return len(self.kind)

    def synced(self, times: Ints, of: Ints | None = None) -> Ints:
        """Return when the source first told what happened at these times."""
        pick = slice(None) if of is None else of
        told = np.maximum(times + self.delay[pick], self.held_until[pick])
        for freeze in self.frozen:
            told = np.where((told > freeze) & (told < freeze + SILENCE), freeze + SILENCE, told)
        return np.where(times == NEVER, NEVER, told)


def draw(province: Province, rng: Generator, per_period: int) -> Dossiers:
    """Draw the dossiers of all quarters, what was open before the first, and what came after the last cut-off."""
    groups: list[tuple[int, int, int]] = []
    for index, _ in enumerate(province.periods):
        late = 0 if index == len(province.periods) - 1 else max(1, round(per_period * SHARE_LATE))
        groups += [(IN_PERIOD, index, per_period - late), (LATE, index, late)]
        groups.append((NOT_RECEIVED, index, max(1, round(per_period * SHARE_NOT_RECEIVED))))
    groups.append((BACKLOG, 0, max(1, round(per_period * SHARE_BACKLOG))))
    groups.append((CLOSED_BEFORE, 0, max(1, round(per_period * SHARE_CLOSED_BEFORE))))
    groups.append((AFTER, len(province.periods) - 1, max(1, round(per_period / 40))))
    kind, period = (np.concatenate([np.full(n, g[i], np.int64) for *g, n in groups]) for i in (0, 1))
    unit, procedure = _competence(province, rng, kind)
    received = _receipts(province, rng, kind, period, procedure)
    dossiers = _lives(province, rng, kind, period, unit, procedure, received)
    order = np.argsort(dossiers.filed, kind="stable")
    return _taken(dossiers, order)


def freezes(province: Province) -> Ints:
    """Return the freezes of the quarters in seconds of local time."""
    return np.array([seconds_of_freeze(p) for p in province.periods], np.int64)


def seconds_of_freeze(period: Period) -> int:
    """Return the freeze of one quarter in seconds of local time."""
    return day_number(period.freeze.date()) * DAY + period.freeze.hour * 3_600


def bounds(province: Province) -> tuple[Ints, Ints]:
    """Return the first second of each quarter and the last."""
    starts = np.array([day_number(p.start) * DAY for p in province.periods], np.int64)
    ends = np.array([day_number(p.end) * DAY + DAY - 1 for p in province.periods], np.int64)
    return starts, ends


def _taken(dossiers: Dossiers, order: Ints) -> Dossiers:
    taken: dict[str, object] = {}
    for name, value in vars(dossiers).items():
        match value:
            case list():
                taken[name] = [part[order] for part in value]
            case tuple():
                taken[name] = value
            case _:
                taken[name] = value[order]
    return Dossiers(**taken)  # type: ignore[arg-type]  # the same fields, reordered


def _competence(province: Province, rng: Generator, kind: Ints) -> tuple[Ints, Ints]:
    """Draw unit and procedure together, from the expected shares of the code lists."""
    units, procedures, weights = [], [], []
    fields = {f.code: f for f in province.fields}
    index = {u.code: i for i, u in enumerate(province.units)}
    communes = [(i, u.weight) for i, u in enumerate(province.units) if u.level == "xa" and u.is_current]
    commune_total = sum(w for _, w in communes) or 1.0
    totals = {lv: sum(p.weight for p in province.procedures if p.level == lv) or 1.0 for lv in ("xa", "so")}
    for number, procedure in enumerate(province.procedures):
        if procedure.weight <= 0:
            continue
        if procedure.level == "xa":
            where = [(i, w / commune_total * SHARE_COMMUNE) for i, w in communes]
        else:
            homes = [index[c] for c in fields[procedure.field].units]
            where = [(i, (1 - SHARE_COMMUNE) / len(homes)) for i in homes]
        for unit, share in where:
            units.append(unit)
            procedures.append(number)
            weights.append(share * procedure.weight / totals[procedure.level])
    share_of = np.array(weights) * rng.lognormal(0.0, 0.12, len(weights))
    slow = share_of * np.array([min(province.procedures[p].limit_days, 20) for p in procedures])
    quick = share_of * np.array([province.procedures[p].limit_days <= 7 for p in procedures])
    drawn = np.zeros(len(kind), np.int64)
    for chosen, mask in (
        (slow, kind == BACKLOG),
        (quick, kind == CLOSED_BEFORE),
        (share_of, (kind != BACKLOG) & (kind != CLOSED_BEFORE)),
    ):
        cumulated = np.cumsum(chosen / chosen.sum())
        drawn[mask] = np.minimum(np.searchsorted(cumulated, rng.random(int(mask.sum()))), len(units) - 1)
    return np.array(units, np.int64)[drawn], np.array(procedures, np.int64)[drawn]


def office_time(rng: Generator, count: int) -> Ints:
    """Draw seconds of the day within office hours, never on the full minute."""
    morning = rng.random(count) < 0.55
    second = np.where(morning, rng.integers(27_000, 41_400, count), rng.integers(48_600, CLOSING - 60, count))
    return np.asarray(second - second % 60 + rng.integers(1, 60, count), np.int64)


def _receipts(province: Province, rng: Generator, kind: Ints, period: Ints, procedure: Ints) -> Ints:
    starts, ends = bounds(province)
    calendar = province.calendar
    first, last = starts[period] // DAY, ends[period] // DAY
    limit = np.array([p.limit_days for p in province.procedures], np.int64)[procedure]
    before = np.maximum((limit * 3) // 2 + 3, 4)
    low = np.select(
        [kind == BACKLOG, kind == CLOSED_BEFORE, kind == AFTER], [first - before, first - 75, last + 1], first
    )
    high = np.select(
        [kind == BACKLOG, kind == CLOSED_BEFORE, kind == AFTER],
        [first - 1, first - 25, (freezes(province)[period]) // DAY],
        last,
    )
    day = low + (rng.random(len(kind)) * (high - low + 1)).astype(np.int64)
    worked = calendar.next_or_same(day)
    back = calendar.days[np.maximum(calendar.number[day - calendar.first] - 1, 0)]  # the last working day up to then
    day = np.where(worked <= high, worked, back)
    return np.asarray(day * DAY + office_time(rng, len(kind)), np.int64)


def _lives(
    province: Province, rng: Generator, kind: Ints, period: Ints, unit: Ints, procedure: Ints, received: Ints
) -> Dossiers:
    from .lives import live

    return live(province, rng, kind=kind, period=period, unit=unit, procedure=procedure, received=received)
