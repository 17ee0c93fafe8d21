"""What happens to a dossier after its receipt: due dates, supplements, apologies, ends. Knows no defect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .dossiers import (
    AFTER,
    BACKLOG,
    CLOSED_BEFORE,
    CLOSING,
    LATE,
    NEVER,
    NOT_RECEIVED,
    SHARE_APOLOGY,
    SHARE_NEVER,
    SHARE_OTHER_COUNTER,
    SHARE_OVERDUE,
    SHARE_REFUSED,
    SHARE_STOPPED,
    SHARE_SUPPLEMENT,
    SHARE_WITHDRAWN,
    Dossiers,
    bounds,
    freezes,
    office_time,
)
from .working_days import DAY

if TYPE_CHECKING:
    from numpy.random import Generator

    from .dossiers import Bools, Ints
    from .province import Province
    from .working_days import WorkingDays


def live(
    province: Province, rng: Generator, *, kind: Ints, period: Ints, unit: Ints, procedure: Ints, received: Ints
) -> Dossiers:
    """Let every dossier live its life, without any thought of reporting but one.

    A due date is never moved by a supplement or an apology between a cut-off and its freeze: the rules of the books
    do not say whether such a move counts, so the sandbox leaves it out.
    """
    n, calendar = len(kind), province.calendar
    limit = np.array([p.limit_days for p in province.procedures], np.int64)[procedure]
    by_calendar = np.array([p.unit == "Ngày" for p in province.procedures])[procedure]
    in_day = np.array([p.in_day for p in province.procedures])[procedure]
    day = received // DAY
    due_day = np.where(by_calendar, calendar.next_or_same(day + limit), calendar.due_day(received, limit, in_day))
    due = due_day * DAY + CLOSING
    end_day = _ends(calendar, rng, day, due_day)

    # Offices without a service tell of no supplement; what closed before the books opened closes early on below.
    may_wait = np.array([u.supplier == province.supplier for u in province.units])[unit] & (kind != CLOSED_BEFORE)
    asked, given, due_after, supplemented = _supplements(province, rng, day, due_day, may_wait & ~in_day)
    last = np.where(given[1] != NEVER, 1, 0)
    anchor = np.where(last == 1, given[1], given[0]) // DAY
    last_due = np.where(last == 1, due_after[1], due_after[0]) // DAY
    waiting = supplemented & ((given[0] == NEVER) | ((asked[1] != NEVER) & (given[1] == NEVER)))
    after = supplemented & ~waiting
    end_day = np.where(
        after, _ends(calendar, rng, np.where(after, anchor, day), np.where(after, last_due, due_day)), end_day
    )
    end_day = np.where(
        after & (end_day <= anchor), calendar.add(np.where(after, anchor, day), np.ones(n, np.int64)), end_day
    )

    apology, due_apology = _apologies(province, rng, day, due_day, end_day, may_wait & ~supplemented)
    end = end_day * DAY + office_time(rng, n)
    same_day = end_day == day
    soon = received + rng.integers(660, 5_400, n)
    end = np.where(same_day, soon - soon % 60 + rng.integers(1, 60, n), end)
    status = _final_status(rng, n)
    never = rng.random(n) < SHARE_NEVER
    stops = waiting & (rng.random(n) < 0.5)
    stop_day = calendar.add(np.where(waiting, np.maximum(asked[0], asked[1]), received) // DAY, np.full(n, 22))
    end = np.where(stops, stop_day * DAY + office_time(rng, n), end)
    status = np.where(stops, 8, status)
    open_ended = (never & ~supplemented) | (waiting & ~stops)

    starts, _ = bounds(province)
    start_day = starts[0] // DAY
    carried = (kind == BACKLOG) & (end < starts[0]) & ~open_ended
    room = np.maximum(due_day - start_day, 3)  # most of what was open when the books opened was not yet due
    later = calendar.next_or_same(start_day + (rng.random(n) * room).astype(np.int64))
    end = np.where(carried, later * DAY + office_time(rng, n), end)
    over = (kind == CLOSED_BEFORE) & ((end >= starts[0] - 5 * DAY) | open_ended)
    end = np.where(over, received + 60 * rng.integers(11, 40, n), end)  # keeps its odd second
    open_ended &= kind != CLOSED_BEFORE

    end = np.where(open_ended, NEVER, end)
    status = np.where(open_ended, 4, status)
    returned = _returns(calendar, rng, end, status)
    absent = kind == NOT_RECEIVED
    refused = absent & (rng.random(n) < 0.3)
    online = rng.random(n) < 0.45
    channel = np.where(online, 2, np.where(rng.random(n) < 0.04, 3, np.where(rng.random(n) < 0.01, 0, 1)))
    filed = received - np.where(online, rng.integers(600, 20 * 3_600, n), rng.integers(5, 500, n))
    freeze = freezes(province)[period]
    held = np.where(kind == LATE, freeze + rng.integers(DAY, 30 * DAY, n), 0)
    none = np.full(n, NEVER, np.int64)
    return Dossiers(
        kind=kind,
        period=period,
        unit=unit,
        counter=_counters(province, rng, unit),
        procedure=procedure,
        filed=filed,
        received=np.where(absent, none, received),
        due=np.where(absent, none, due),
        end=np.where(absent, np.where(refused, received + 3_600, none), end),
        returned=np.where(absent, none, returned),
        status=np.where(absent, np.where(refused, 3, 1), status),
        channel=channel,
        asked=[np.where(absent, none, part) for part in asked],
        given=[np.where(absent, none, part) for part in given],
        due_after=[np.where(absent, none, part) for part in due_after],
        apology=np.where(absent, none, apology),
        due_apology=np.where(absent, none, due_apology),
        delay=np.where(kind == AFTER, rng.integers(30, 600, n), rng.integers(60, 6 * 3_600, n)),
        held_until=held,
        frozen=tuple(freezes(province).tolist()),
    )


def _ends(calendar: WorkingDays, rng: Generator, start: Ints, due: Ints) -> Ints:
    """Draw the day of the end: mostly before the due day, often on it, seldom after it."""
    n = len(start)
    room = np.maximum(calendar.number[due - calendar.first] - calendar.number[start - calendar.first], 0)
    used = np.ceil(room * rng.beta(2.2, 1.6, n)).astype(np.int64)
    used = np.where((used >= room) & (room > 1) & (rng.random(n) < 0.5), room - 1, used)
    used = np.where((room == 1) & (rng.random(n) < 0.55), 0, used)
    used = np.where(rng.random(n) < 0.12, room, used)
    early = np.where(used == 0, start, calendar.add(start, np.maximum(used, 1)))
    overdue = calendar.add(due, rng.geometric(0.22, n).astype(np.int64))
    return np.where(rng.random(n) < SHARE_OVERDUE, overdue, early)


def _supplements(
    province: Province, rng: Generator, day: Ints, due_day: Ints, eligible: Bools
) -> tuple[list[Ints], list[Ints], list[Ints], Bools]:
    calendar, n = province.calendar, len(day)
    room = calendar.number[due_day - calendar.first] - calendar.number[day - calendar.first]
    wanted = eligible & (room >= 2) & (rng.random(n) < SHARE_SUPPLEMENT)
    second = wanted & (rng.random(n) < 0.07)
    asked, given, due_after = [], [], []
    start, due, alive = day, due_day, wanted
    quiet = np.zeros(n, np.bool_)
    for round_number in (0, 1):
        alive = alive if round_number == 0 else alive & second
        left = np.maximum(calendar.number[due - calendar.first] - calendar.number[start - calendar.first], 2)
        ask = calendar.add(start, 1 + (rng.random(n) * (left - 1) * 0.6).astype(np.int64))
        remaining = np.maximum(calendar.number[due - calendar.first] - calendar.number[ask - calendar.first], 1)
        give = calendar.add(ask, rng.integers(1, 9, n))
        new_due = calendar.add(give, remaining)
        done = alive & (rng.random(n) < (0.92 if round_number == 0 else 0.75))
        quiet |= (alive & _between_cut_off_and_freeze(province, ask)) | (
            done & _between_cut_off_and_freeze(province, give)
        )
        asked.append(np.where(alive, ask * DAY + office_time(rng, n), NEVER))
        given.append(np.where(done, give * DAY + office_time(rng, n), NEVER))
        due_after.append(np.where(done, new_due * DAY + CLOSING, NEVER))
        start, due, alive = np.where(done, give, start), np.where(done, new_due, due), done
    hidden = [[np.where(quiet, NEVER, part) for part in parts] for parts in (asked, given, due_after)]
    return hidden[0], hidden[1], hidden[2], wanted & ~quiet


def _apologies(
    province: Province, rng: Generator, day: Ints, due_day: Ints, end_day: Ints, eligible: Bools
) -> tuple[Ints, Ints]:
    calendar, n = province.calendar, len(day)
    wanted = eligible & (end_day > due_day) & (due_day > day) & (rng.random(n) < SHARE_APOLOGY)
    wanted &= ~_between_cut_off_and_freeze(province, due_day)
    promised = calendar.add(end_day, rng.integers(1, 4, n))
    broken = calendar.add(due_day, np.ones(n, np.int64))
    new_due = np.where(rng.random(n) < 0.8, promised, broken)
    written = due_day * DAY + rng.integers(8 * 3_600, 11 * 3_600, n)
    return np.where(wanted, written, NEVER), np.where(wanted, new_due * DAY + CLOSING, NEVER)


def _between_cut_off_and_freeze(province: Province, day: Ints) -> Bools:
    inside = np.zeros(len(day), np.bool_)
    _, ends = bounds(province)
    for end, freeze in zip(ends // DAY, freezes(province) // DAY, strict=True):
        inside |= (day >= end) & (day <= freeze)
    return inside


def _final_status(rng: Generator, n: int) -> Ints:
    shares = np.cumsum([SHARE_REFUSED, SHARE_WITHDRAWN, SHARE_STOPPED, 0.09])
    drawn = np.searchsorted(shares, rng.random(n), side="right")
    return np.array([3, 7, 8, 9, 10], np.int64)[drawn]


def _returns(calendar: WorkingDays, rng: Generator, end: Ints, status: Ints) -> Ints:
    n = len(end)
    known = np.where(end == NEVER, calendar.first * DAY + DAY * 40, end)
    at_once = known + rng.integers(90, 1_500, n)
    days_later = calendar.add(known // DAY, rng.integers(1, 4, n)) * DAY + office_time(rng, n)
    returned = np.where(rng.random(n) < 0.7, at_once, days_later)
    return np.where((status == 10) & (end != NEVER), returned, NEVER)


def _counters(province: Province, rng: Generator, unit: Ints) -> Ints:
    """Return the receiving unit: the competent one, or any other counter of the province's own system."""
    own = np.array([u.supplier == province.supplier for u in province.units])
    counters = np.array(
        [i for i, u in enumerate(province.units) if u.level == "xa" and u.is_current and own[i]], np.int64
    )
    elsewhere = own[unit] & (rng.random(len(unit)) < SHARE_OTHER_COUNTER)
    return np.where(elsewhere, counters[rng.integers(0, len(counters), len(unit))], unit)
