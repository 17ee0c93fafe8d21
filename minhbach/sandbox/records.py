"""The records a source holds: versions of dossiers, events, supplements, apologies, each with the time it was told.

A source keeps the newest version only; a version is kept here when it is the newest at some checkpoint (the first of
every month and every freeze). Knows no text and no format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .defects import only_event_ten
from .dossiers import NEVER, SILENCE, freezes
from .working_days import DAY

if TYPE_CHECKING:
    from numpy.random import Generator

    from .defects import Told
    from .dossiers import Bools, Dossiers, Ints
    from .province import Province

FOREVER = np.iinfo(np.int64).max
RECEIVED, ASKED, GIVEN, ASKED_AGAIN, GIVEN_AGAIN, APOLOGISED, ENDED, RETURNED, REOPENED = range(9)
STAGE_STATUS = np.array([4, 5, 4, 5, 4, 4, 0, 10, 4], np.int64)
"""The status of each stage; 0 is the final one."""


@dataclass
class Records:
    """Records of one table in the order (told, key): whose, what happened, when it was told and until when it holds."""

    dossier: Ints
    stage: Ints
    """A stage of a dossier, the status of an event, or the round of a supplement (0, 1; 10, 11 when completed)."""
    time: Ints
    told: Ints
    until: Ints
    copy: Bools
    """An older copy that was never taken back (DS02A)."""

    def __len__(self) -> int:
        return len(self.dossier)


def checkpoints(province: Province) -> Ints:
    """Return the times at which the newest version is kept: the first of every month and the freezes."""
    frozen = freezes(province)
    month = (frozen[0] // DAY).astype("datetime64[D]").astype("datetime64[M]")
    firsts = (month + np.arange(-8, 24)).astype("datetime64[s]").astype(np.int64)
    return np.unique(np.concatenate([firsts, frozen]))


def dossier_records(province: Province, dossiers: Dossiers, told: Told) -> Records:
    """Return every version of every dossier that a reader can meet."""
    n = len(dossiers)
    final = np.isin(dossiers.status, [9, 10])
    stages = [
        (RECEIVED, np.where(dossiers.received == NEVER, dossiers.filed, dossiers.received)),
        (ASKED, dossiers.asked[0]),
        (GIVEN, dossiers.given[0]),
        (ASKED_AGAIN, dossiers.asked[1]),
        (GIVEN_AGAIN, dossiers.given[1]),
        (APOLOGISED, dossiers.apology),
        (ENDED, dossiers.end),
        (RETURNED, np.where(final, dossiers.returned, NEVER)),
    ]
    parts = [(np.flatnonzero(time != NEVER), stage, time) for stage, time in stages]
    dossier = np.concatenate([ids for ids, _, _ in parts])
    stage = np.concatenate([np.full(len(ids), number, np.int64) for ids, number, _ in parts])
    time = np.concatenate([all_times[ids] for ids, _, all_times in parts])
    when = dossiers.synced(time, dossier)
    again = np.flatnonzero(told.reopened != NEVER)
    dossier, stage = np.concatenate([dossier, again]), np.concatenate([stage, np.full(len(again), REOPENED)])
    time, when = np.concatenate([time, dossiers.end[again]]), np.concatenate([when, told.reopened[again]])

    order = np.lexsort((stage, when, dossier))
    dossier, stage, time, when = dossier[order], stage[order], time[order], when[order]
    is_last = np.append(dossier[1:] != dossier[:-1], [True])
    seen = np.searchsorted(checkpoints(province), when, side="left")
    next_seen = np.append(seen[1:], [0])
    keep = is_last | ((seen < next_seen) & ~told.single[dossier])
    dossier, stage, time, when = dossier[keep], stage[keep], time[keep], when[keep]
    same = np.append(dossier[1:] == dossier[:-1], [False])
    until = np.where(same, np.append(when[1:], [FOREVER]), FOREVER)

    last_told = np.zeros(n, np.int64)
    last_told[dossier] = when  # versions come in order, so the last one stays
    shared = np.maximum(last_told, last_told[told.code_of])
    partner = np.zeros(n, np.int64)
    np.maximum.at(partner, told.code_of, shared)
    twin = told.has("DS02B")[dossier]
    when = np.where(twin, np.maximum(shared[dossier], partner[dossier]), when)

    copied = np.flatnonzero(told.has("DS02A")[dossier])
    early = when[copied] - 60 - told.variant[dossier[copied]] % 3_000
    late = _crosses(np.concatenate([freezes(province), freezes(province) + SILENCE - 1]), early, when[copied])
    early = np.where(late, when[copied], early)  # a pair stays on one side of a freeze
    when[copied] += late
    return _ordered(
        Records(
            dossier=np.concatenate([dossier, dossier[copied]]),
            stage=np.concatenate([stage, stage[copied]]),
            time=np.concatenate([time, time[copied]]),
            told=np.concatenate([when, early]),
            until=np.concatenate([until, np.full(len(copied), FOREVER)]),
            copy=np.concatenate([np.zeros(len(dossier), np.bool_), np.ones(len(copied), np.bool_)]),
        )
    )


def event_records(dossiers: Dossiers, told: Told, rng: Generator) -> Records:
    """Return the log of events; `stage` is the status that an event reached."""
    n = len(dossiers)
    received, end = dossiers.received, dossiers.end
    absent = received == NEVER
    resolved = np.isin(dossiers.status, [9, 10])
    worked = ~absent & ((end == NEVER) | (end // DAY > received // DAY))
    by_citizen = (
        (dossiers.status == 8) & (rng.random(n) < 0.5) & (end - received > 9_000) & (dossiers.asked[0] == NEVER)
    )
    first_nine = told.first_nine
    parts = [
        (absent, 1, dossiers.filed),
        (~absent, 2, received),
        (worked, 4, received + rng.integers(120, 600, n)),
        (dossiers.asked[0] != NEVER, 5, dossiers.asked[0]),
        (dossiers.given[0] != NEVER, 4, dossiers.given[0]),
        (dossiers.asked[1] != NEVER, 5, dossiers.asked[1]),
        (dossiers.given[1] != NEVER, 4, dossiers.given[1]),
        (first_nine != NEVER, 9, first_nine),
        (first_nine != NEVER, 4, first_nine + 2_000),
        (resolved & ~only_event_ten(dossiers, told), 9, end),
        (resolved & (dossiers.returned != NEVER), 10, dossiers.returned),
        ((dossiers.status == 3), 3, end),
        ((dossiers.status == 7), 7, end),
        (by_citizen, 7, end - 3_000),
        ((dossiers.status == 8), 8, end),
    ]
    ids = [np.flatnonzero(mask) for mask, _, _ in parts]
    dossier = np.concatenate(ids)
    stage = np.concatenate([np.full(len(i), code, np.int64) for i, (_, code, _) in zip(ids, parts, strict=True)])
    time = np.concatenate([t[i] for i, (_, _, t) in zip(ids, parts, strict=True)])
    when = dossiers.synced(time, dossier)
    return _ordered(
        Records(dossier, stage, time, when, np.full(len(dossier), FOREVER), np.zeros(len(dossier), np.bool_))
    )


def supplement_records(province: Province, dossiers: Dossiers) -> Records:
    """Return requests for supplements, and again when they were completed."""
    parts = []
    for number in (0, 1):
        asked = np.flatnonzero(dossiers.asked[number] != NEVER)
        given = np.flatnonzero(dossiers.given[number] != NEVER)
        told_given = dossiers.synced(dossiers.given[number])
        told_asked = dossiers.synced(dossiers.asked[number])
        seen = checkpoints(province)
        shown = (told_given[asked] == NEVER) | (
            np.searchsorted(seen, told_asked[asked]) < np.searchsorted(seen, told_given[asked])
        )
        until = np.where(told_given[asked] == NEVER, FOREVER, told_given[asked])
        parts.append(
            (asked[shown], number, dossiers.asked[number][asked[shown]], told_asked[asked[shown]], until[shown])
        )
        parts.append(
            (given, 10 + number, dossiers.given[number][given], told_given[given], np.full(len(given), FOREVER))
        )
    dossier = np.concatenate([p[0] for p in parts])
    return _ordered(
        Records(
            dossier=dossier,
            stage=np.concatenate([np.full(len(p[0]), p[1], np.int64) for p in parts]),
            time=np.concatenate([p[2] for p in parts]),
            told=np.concatenate([p[3] for p in parts]),
            until=np.concatenate([p[4] for p in parts]),
            copy=np.zeros(len(dossier), np.bool_),
        )
    )


def apology_records(dossiers: Dossiers) -> Records:
    """Return the letters of apology."""
    dossier = np.flatnonzero(dossiers.apology != NEVER)
    none = np.zeros(len(dossier), np.int64)
    forever = np.full(len(dossier), FOREVER)
    time = dossiers.apology[dossier]
    return _ordered(Records(dossier, none, time, dossiers.synced(time, dossier), forever, none.astype(np.bool_)))


def _crosses(frozen: Ints, early: Ints, late: Ints) -> Bools:
    return np.asarray(np.searchsorted(frozen, early, side="left") != np.searchsorted(frozen, late, side="left"))


def _ordered(records: Records) -> Records:
    order = np.lexsort((records.copy, records.stage, records.dossier, records.told))
    return Records(*(column[order] for column in vars(records).values()))
