"""Writes what really happened beside what is told: dossiers, events, supplements, defects record by record, needles."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from . import columns as c
from .blemishes import EVENT_DEFECTS
from .defects import DEFECTS, PLANTED, window_of
from .dossiers import KINDS, NEVER, bounds, freezes
from .records import ENDED, REOPENED
from .world import NAMED, PARCEL

if TYPE_CHECKING:
    from pathlib import Path

    from .defects import Told
    from .dossiers import Bools, Ints
    from .needles import Needle
    from .records import Records
    from .world import World

Tables = dict[str, "Records"]
BETWEEN_EXTRACTS = frozenset({"DS04", "DS06B_EXTRACTS"})
FATES = {name: fate for name, (_, fate) in (PLANTED | EVENT_DEFECTS).items()} | {"DS11": "flag", "DS14": "flag"}
CERTIFIED = "CHUNG_THUC"
"""The field of certified copies (DS11)."""


def write_truth(world: World, tables: Tables, needles: list[Needle], folder: Path, *, seed: int, size: int) -> None:
    """Write the truth of one sandbox."""
    first, ended = _told_times(world, tables["ho_so"])
    pq.write_table(pa.table(_dossiers(world, tables["qua_trinh"], first, ended)), folder / "ho_so.parquet")
    pq.write_table(pa.table(_records(world, tables)), folder / "records.parquet")
    _dump(folder / "needles.json", {"schema": "minhbach/sandbox-needles/1", "needles": needles})
    _dump(folder / "defects.json", {"schema": "minhbach/sandbox-defects/1", "counts": _defect_counts(world, tables)})
    _dump(folder / "meta.json", _meta(world, seed, size))


def _told_times(world: World, records: Records) -> tuple[Ints, Ints]:
    """Return when each dossier was first told, and when its end was first told (NEVER if it was not)."""
    n = len(world.dossiers)
    far = np.iinfo(np.int64).max
    first, ended = np.full(n, far), np.full(n, far)
    np.minimum.at(first, records.dossier, records.told)
    over = (records.stage >= ENDED) & ~records.copy
    np.minimum.at(ended, records.dossier[over], records.told[over])
    return first, np.where(ended == far, NEVER, ended)


def _dossiers(world: World, events: Records, first: Ints, ended: Ints) -> dict[str, Any]:
    d, told, province = world.dossiers, world.told, world.province
    units = [u.code for u in province.units]
    known = ~told.has("DS08")
    procedures = np.where(known, d.procedure, -1)
    moved = np.where(told.due_moved == NEVER, NEVER, told.due_moved)
    identity = c.chosen(world.identity > 0, c.padded(np.maximum(world.identity, 0), 12), None)
    times: dict[str, Ints] = {
        "received": d.received,
        "due": np.where(told.due_first == NEVER, d.due, told.due_first),
        "due_moved": moved,
        "asked_1": d.asked[0],
        "asked_2": d.asked[1],
        "given_1": d.given[0],
        "given_2": d.given[1],
        "given_1_told": d.synced(d.given[0]),
        "given_2_told": d.synced(d.given[1]),
        "due_after_1": d.due_after[0],
        "due_after_2": d.due_after[1],
        "apology": d.apology,
        "apology_told": d.synced(d.apology),
        "due_apology": d.due_apology,
        "end": told.actual_end,
        "end_told": ended,
        "first_told": first,
    }
    for status in (9, 10, 8, 3):
        times[f"event_{status}"] = _first_event(events, status, len(d))
    out: dict[str, Any] = {name: pa.array(values, mask=values == NEVER) for name, values in times.items()}
    return out | {
        "dossier": pa.array(np.arange(len(d))),
        "ma_ho_so": world.codes.take(pa.array(told.code_of)),
        "supplier": c.looked_up([u.supplier for u in province.units], d.unit),
        "kind": c.looked_up(KINDS, d.kind),
        "agency": c.looked_up(units, told.agency),
        "field": c.looked_up([p.field for p in province.procedures], d.procedure),
        "procedure": c.looked_up([p.code for p in province.procedures], procedures),
        "channel": pa.array(d.channel),
        "status": pa.array(d.status),
        "identity": identity,
        "placeholder": pa.array(told.has("DS13")),
        "defect": c.looked_up(DEFECTS, told.defect),
        "counted": pa.array(told.counted),
    }


def _first_event(events: Records, status: int, count: int) -> Ints:
    far = np.iinfo(np.int64).max
    first = np.full(count, far)
    of = events.stage == status
    np.minimum.at(first, events.dossier[of], events.time[of])
    return np.where(first == far, NEVER, first)


def _labels(world: World, table: str, records: Records, numbers: Ints) -> Any:
    """Return the planted defect of each record of a table, null where there is none."""
    if table == "qua_trinh":
        return c.looked_up(list(EVENT_DEFECTS), world.event_broken[numbers])
    if table != "ho_so":
        return pa.nulls(len(records), pa.string())
    return c.looked_up(DEFECTS, world.told.defect[records.dossier])


def _records(world: World, tables: Tables) -> dict[str, Any]:
    """List every record that is told: whose, when, until when, with which defect."""
    d, told = world.dossiers, world.told
    parts: list[dict[str, Any]] = []
    for table, records in tables.items():
        numbers = np.arange(len(records), dtype=np.int64)
        certified = np.array([p.field == CERTIFIED for p in world.province.procedures])[d.procedure]
        who = records.dossier
        subject = (world.subject == PARCEL) | (world.subject == NAMED)
        parts.append(
            {
                "table": pa.repeat(pa.scalar(table), len(records)),
                "supplier": c.looked_up([u.supplier for u in world.province.units], d.unit[who]),
                "dossier": pa.array(who),
                "told": pa.array(records.told),
                "until": pa.array(records.until),
                "copy": pa.array(records.copy),
                "changed": pa.array(_changed(told, records) & (table == "ho_so")),
                "ds11": pa.array(certified[who] & (table == "ho_so")),
                "ds14": pa.array(subject[who] & (table == "ho_so")),
                "defect": _labels(world, table, records, numbers),
            }
        )
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}


def _changed(told: Told, records: Records) -> Bools:
    """Return the records that tell something else than the extract before: a moved due date, a closed dossier open."""
    moved = (records.stage >= ENDED) & (told.due_moved[records.dossier] != NEVER)
    return np.asarray(moved | (records.stage == REOPENED))


def _defect_counts(world: World, tables: Tables) -> list[dict[str, Any]]:
    """Count dossiers (of the event table: events) by table, defect, fate, supplier and quarter of first delivery.

    What only two extracts together show is counted in the quarter of the second.
    """
    d, told, province = world.dossiers, world.told, world.province
    names = [p.name for p in province.periods] + ["later"]
    supplier = np.array([province.suppliers.index(u.supplier) for u in province.units])[d.unit]
    first, _ = _told_times(world, tables["ho_so"])
    quarter = window_of(province, first)
    certified = np.array([p.field == CERTIFIED for p in province.procedures])[d.procedure]
    personal = np.isin(world.subject, [PARCEL, NAMED])
    events = tables["qua_trinh"]
    told_in = window_of(province, events.told)
    found: list[tuple[str, str, Ints, Ints]] = [
        ("ho_so", name, supplier[told.has(name)], quarter[told.has(name)] + (name in BETWEEN_EXTRACTS))
        for name in DEFECTS
    ]
    found += [("ho_so", name, supplier[at], quarter[at]) for name, at in (("DS11", certified), ("DS14", personal))]
    for index, name in enumerate(EVENT_DEFECTS):
        at = world.event_broken == index
        found.append(("qua_trinh", name, supplier[events.dossier[at]], told_in[at]))
    counts: list[dict[str, Any]] = []
    for table, defect, suppliers, quarters in found:
        for (number, window), count in sorted(Counter(zip(suppliers.tolist(), quarters.tolist(), strict=True)).items()):
            counts.append(
                {
                    "table": table,
                    "defect": defect,
                    "fate": FATES[defect],
                    "supplier": province.suppliers[number],
                    "period": names[window],
                    "count": count,
                }
            )
    return counts


def _meta(world: World, seed: int, size: int) -> dict[str, Any]:
    province = world.province
    starts, ends = bounds(province)
    frozen = freezes(province)
    return {
        "schema": "minhbach/sandbox-truth/1",
        "seed": seed,
        "dossiers": size,
        "periods": [
            {"name": p.name, "start": int(starts[i]), "end": int(ends[i]), "freeze": int(frozen[i])}
            for i, p in enumerate(province.periods)
        ],
        "levels": {u.code: u.level for u in province.units},
        "fields": {f.code: sorted(f.own_row_at) for f in province.fields},
        "procedures": {p.code: sorted(p.own_row_at) for p in province.procedures},
    }


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
