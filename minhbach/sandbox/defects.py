"""Plants the defects of the source into what it tells of true dossiers, at known rates. Knows no format and no file.

Every defect takes dossiers of its own: no record carries two planted defects, so that each can be counted by itself.
Two are natural and are only labelled: DS11 (the field of certified copies) and DS14 (names and parcels in free text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .dossiers import BACKLOG, IN_PERIOD, NEVER, Dossiers, bounds, freezes
from .working_days import DAY, IN_DAY_CUT_OFF

if TYPE_CHECKING:
    from numpy.random import Generator

    from .dossiers import Bools, Ints
    from .province import Province

NONE, QUARANTINE, FLAG, EXCLUDE, CORRECT = "", "quarantine", "flag", "exclude", "correct"

PLANTED: dict[str, tuple[float, str]] = {
    "DS09": (0.006, CORRECT),
    "DS12": (0.005, FLAG),
    "DS04": (0.004, FLAG),
    "DS06B_EXTRACTS": (0.002, FLAG),
    "DS02B": (0.002, QUARANTINE),
    "DS02A": (0.008, CORRECT),
    "DS03_BEFORE": (0.004, FLAG),
    "DS03_FUTURE": (0.002, FLAG),
    "DS05": (0.008, FLAG),
    "DS06A": (0.006, CORRECT),
    "DS06B_EVENTS": (0.003, FLAG),
    "DS01": (0.015, FLAG),
    "DS07": (0.008, FLAG),
    "DS08": (0.010, FLAG),
    "DS10": (0.010, EXCLUDE),
    "DS13": (0.012, FLAG),
    "OLD_NAME": (0.005, CORRECT),
    "BAD_DATE": (0.003, QUARANTINE),
    "BAD_STATUS": (0.002, QUARANTINE),
    "BAD_CODE": (0.002, QUARANTINE),
    "BAD_FIELD": (0.002, QUARANTINE),
    "NO_CODE": (0.002, QUARANTINE),
}
"""Defect -> share of the dossiers a supplier delivers in a quarter, and its fate; in the order of planting."""
DEFECTS = tuple(PLANTED)
QUARANTINED = tuple(name for name, (_, fate) in PLANTED.items() if fate == QUARANTINE)
NO_DEFECT = -1

JUNK_NAMES = (
    "Bộ phận Một cửa số 3",
    "Tổ tiếp nhận và trả kết quả",
    "Phòng chuyên môn liên quan",
    "Đơn vị chưa xác định",
)


@dataclass
class Told:
    """What the source tells of each dossier where it differs from the truth, and what the truth of it becomes."""

    defect: Ints
    """Index into DEFECTS, or NO_DEFECT."""
    variant: Ints
    """A small number by which a defect varies its form."""
    due_first: Ints
    due_moved: Ints
    end: Ints
    """The end as told; NEVER where none is told."""
    actual_end: Ints
    """The end that the rules of the books derive from what is told."""
    first_nine: Ints
    """A first event 9 before the dossier went back to work (DS06B_EVENTS)."""
    reopened: Ints
    """When a closed dossier is told again as being in work (DS06B_EXTRACTS)."""
    single: Bools
    """Told once only, when all is over."""
    name_of: Ints
    """Unit whose name is told; below zero: -1 - index into JUNK_NAMES."""
    code_of: Ints
    """Dossier whose code is told."""
    agency: Ints
    """The unit under which the books count it."""

    def has(self, *names: str) -> Bools:
        """Return which dossiers carry one of these defects."""
        return np.isin(self.defect, [DEFECTS.index(name) for name in names])

    @property
    def counted(self) -> Bools:
        """Whether a dossier reaches the books at all."""
        return ~self.has(*QUARANTINED, "DS10")


def plant(province: Province, dossiers: Dossiers, rng: Generator) -> Told:
    """Choose the dossiers of every defect and change what is told of them."""
    n = len(dossiers)
    refused = dossiers.status == 3
    stopped = np.isin(dossiers.status, [7, 8])
    told = Told(
        defect=np.full(n, NO_DEFECT, np.int64),
        variant=rng.integers(0, 1 << 30, n),
        due_first=dossiers.due.copy(),
        due_moved=np.full(n, NEVER, np.int64),
        end=np.where(refused | stopped, NEVER, dossiers.end),
        actual_end=dossiers.end.copy(),
        first_nine=np.full(n, NEVER, np.int64),
        reopened=np.full(n, NEVER, np.int64),
        single=np.zeros(n, np.bool_),
        name_of=dossiers.unit.copy(),
        code_of=np.arange(n, dtype=np.int64),
        agency=dossiers.unit.copy(),
    )
    chosen = _choose(province, dossiers, told, rng)
    _change(province, dossiers, told, chosen, rng)
    return told


def window_of(province: Province, told_at: Ints) -> Ints:
    """Return the quarter whose freeze is the first to see what was told at these times; NEVER counts as never."""
    seen = np.searchsorted(freezes(province), told_at, side="left")
    return np.where(told_at == NEVER, len(province.periods), seen)


def _choose(province: Province, dossiers: Dossiers, told: Told, rng: Generator) -> dict[str, Ints]:
    first = window_of(province, dossiers.synced(dossiers.received))
    ended = window_of(province, dossiers.synced(np.maximum(dossiers.end, dossiers.returned)))
    plain = (dossiers.asked[0] == NEVER) & (dossiers.apology == NEVER) & np.isin(dossiers.kind, [IN_PERIOD, BACKLOG])
    resolved = np.isin(dossiers.status, [9, 10])
    closed = resolved & (first == ended)
    eligible = _eligible(province, dossiers, first=first, ended=ended, plain=plain, closed=closed)
    supplier_names = province.suppliers
    supplier = np.array([supplier_names.index(u.supplier) for u in province.units])[dossiers.unit]
    chosen: dict[str, list[Ints]] = {name: [] for name in DEFECTS}
    for number in range(len(supplier_names)):
        for quarter in range(len(province.periods)):
            stratum = (supplier == number) & (first == quarter)
            size = int(stratum.sum())
            for name, (rate, _) in PLANTED.items():
                pairs = 2 if name == "DS02B" else 1
                wanted = int(size * rate) if number else max(1, round(size * rate))
                able = np.flatnonzero(stratum & eligible[name] & (told.defect == NO_DEFECT))
                count = min(wanted, len(able) // pairs)
                picked = rng.choice(able, size=pairs * count, replace=False)
                told.defect[picked] = DEFECTS.index(name)
                chosen[name].append(picked.astype(np.int64))
    return {name: np.concatenate(parts) for name, parts in chosen.items()}


def _eligible(
    province: Province, dossiers: Dossiers, *, first: Ints, ended: Ints, plain: Bools, closed: Bools
) -> dict[str, Bools]:
    periods = len(province.periods)
    starts, _ = bounds(province)
    over = window_of(province, dossiers.synced(dossiers.end))
    in_day = np.array([p.in_day for p in province.procedures])[dossiers.procedure]
    by_calendar = np.array([p.unit == "Ngày" for p in province.procedures])[dossiers.procedure]
    afternoon = dossiers.received % DAY > IN_DAY_CUT_OFF
    old, district = _predecessors(province)
    in_period = plain & (dossiers.kind == IN_PERIOD)
    whole = in_period & closed
    spread = dossiers.end - dossiers.received > 2 * DAY
    well_inside = dossiers.received > starts[dossiers.period] + 6 * DAY
    at_once = dossiers.returned - dossiers.end < DAY
    eligible = dict.fromkeys(DEFECTS, plain & closed)
    eligible |= {
        "DS09": plain & (district[dossiers.unit] >= 0),
        "OLD_NAME": plain & (old[dossiers.unit] >= 0),
        "DS12": in_period & in_day & afternoon,
        "DS04": plain & ~in_day & (first + 1 == over) & (over == ended) & (ended < periods),
        "DS06B_EXTRACTS": whole & at_once & (dossiers.status == 10) & (first < periods - 1),
        "DS02B": whole & at_once,
        "DS02A": whole & at_once,
        "DS03_BEFORE": whole & spread & well_inside,
        "DS03_FUTURE": whole,
        "DS05": whole & at_once & ~(in_day & afternoon),  # it would look like DS12
        "DS06A": whole & at_once,
        "DS06B_EVENTS": whole & spread,
        "DS01": plain & ~by_calendar,
        "DS10": in_period,
        "DS07": plain,
        "DS08": plain,
        "DS13": plain,
    }
    return eligible


def _predecessors(province: Province) -> tuple[Ints, Ints]:
    """Return for every unit one merged commune and one abolished district that it succeeded, or -1."""
    index = {u.code: i for i, u in enumerate(province.units)}
    old = np.full(len(index), -1, np.int64)
    district = np.full(len(index), -1, np.int64)
    for number, unit in enumerate(province.units):
        if unit.successor in index:
            (district if unit.level == "huyen" else old)[index[unit.successor]] = number
    return old, district


def _change(province: Province, dossiers: Dossiers, told: Told, chosen: dict[str, Ints], rng: Generator) -> None:
    calendar = province.calendar
    old, district = _predecessors(province)
    told.name_of[chosen["DS09"]] = district[dossiers.unit[chosen["DS09"]]]
    told.name_of[chosen["OLD_NAME"]] = old[dossiers.unit[chosen["OLD_NAME"]]]

    lost = chosen["DS07"]
    told.name_of[lost] = -1 - told.variant[lost] % len(JUNK_NAMES)
    told.agency[lost] = dossiers.counter[lost]

    told.due_first[chosen["DS01"]] = NEVER
    early = chosen["DS12"]
    told.due_first[early] = dossiers.received[early] // DAY * DAY + 17 * 3_600
    same = chosen["DS05"]
    told.due_first[same] = dossiers.end[same]
    moved = chosen["DS04"]
    old_due = dossiers.due[moved] // DAY
    told.due_moved[moved] = calendar.add(old_due, rng.integers(2, 16, len(moved))) * DAY + 17 * 3_600

    before = chosen["DS03_BEFORE"]
    told.end[before] = dossiers.received[before] - rng.integers(DAY, 3 * DAY, len(before))
    future = chosen["DS03_FUTURE"]
    told.end[future] = dossiers.end[future] + rng.integers(500 * DAY, 700 * DAY, len(future))
    for ids in (before, future):
        told.actual_end[ids] = told.end[ids]

    unsaid = chosen["DS06A"]
    told.end[unsaid] = NEVER
    only_ten = unsaid[(told.variant[unsaid] % 2 == 1) & (dossiers.status[unsaid] == 10)]
    told.actual_end[only_ten] = dossiers.returned[only_ten]

    relapsed = chosen["DS06B_EVENTS"]
    span = dossiers.end[relapsed] - dossiers.received[relapsed]
    told.first_nine[relapsed] = dossiers.received[relapsed] + 2_000 + (span - 9_000) // 2
    again = chosen["DS06B_EXTRACTS"]
    freeze = freezes(province)
    quarter = window_of(province, dossiers.synced(dossiers.received))[again]
    room = freeze[np.minimum(quarter + 1, len(freeze) - 1)] - freeze[quarter] - 2 * DAY
    told.reopened[again] = freeze[quarter] + DAY + (rng.random(len(again)) * room).astype(np.int64)

    pairs = chosen["DS02B"].reshape(-1, 2)
    told.code_of[pairs[:, 1]] = pairs[:, 0]
    for name in (
        "DS02A",
        "DS02B",
        "DS03_BEFORE",
        "DS03_FUTURE",
        "DS05",
        "DS06A",
        "DS06B_EVENTS",
        "BAD_CODE",
        "NO_CODE",
    ):
        told.single[chosen[name]] = True


def only_event_ten(dossiers: Dossiers, told: Told) -> Bools:
    """Return the dossiers whose log lacks the event 9 (half of DS06A)."""
    return np.asarray(told.has("DS06A") & (told.variant % 2 == 1) & (dossiers.status == 10))
