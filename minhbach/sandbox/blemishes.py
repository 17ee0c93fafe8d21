"""Writes planted defects into what the source tells: broken dates, codes, states, placeholders, odd spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .defects import DEFECTS, NO_DEFECT
from .needles import needle_cccd, needle_name
from .world import DINHKEM

if TYPE_CHECKING:
    from numpy.random import Generator

    from .defects import Told
    from .dossiers import Ints
    from .records import Records
    from .world import World

BAD_DATES = (
    ("NgayTiepNhan", "20260231103000"),
    ("NgayHenTra", "02020415170000"),
    ("NgayHenTra", "20261345080000"),
    ("NgayTiepNhan", "02020620093000"),
)
ODD_CODE_SHARE = 0.003
EVENT_DEFECTS: dict[str, tuple[float, str]] = {
    "EVENT_BAD_DATE": (0.002, "quarantine"),
    "EVENT_BAD_STATUS": (0.002, "quarantine"),
    "EVENT_NO_CODE": (0.002, "quarantine"),
}
"""Breaks of the event table, planted on events of status 4 only, on which no figure depends."""


def write_defects(world: World, rng: Generator) -> None:
    """Write every planted defect of the table of dossiers."""
    told, d, province = world.told, world.dossiers, world.province
    for row in _rows(told, "BAD_DATE"):
        column, value = BAD_DATES[told.variant[row] % len(BAD_DATES)]
        world.put("ho_so", column, row, value)
    for row in _rows(told, "BAD_STATUS"):
        world.put("ho_so", "TrangThaiHoSo", row, "99" if told.variant[row] % 2 else "11")
    for row in _rows(told, "BAD_CODE"):
        world.put("ho_so", "MaHoSo", row, f"HS/{row:06d}/{'2026' if told.variant[row] % 2 else 'MC'}")
    for row in _rows(told, "NO_CODE"):
        world.put("ho_so", "MaHoSo", row, None)
    for row in _rows(told, "BAD_FIELD"):
        variant = told.variant[row] % 3
        world.put("ho_so", "MaLinhVuc", row, ("LV-CU-07", needle_cccd(rng), needle_name(rng))[variant])
    abolished = {p.field: p.code for p in province.procedures if p.valid_to}
    for row in _rows(told, "DS08"):
        local = f"9.{told.variant[row] % 1_000:06d}"
        field = province.procedures[d.procedure[row]].field
        world.put("ho_so", "MaTTHC", row, abolished.get(field, local) if told.variant[row] % 2 else local)
    for row in _rows(told, "DS13"):
        _placeholder(world, row, int(told.variant[row]))
    spoken_for = {row for values in world.instead.values() for row in values}
    plain = np.flatnonzero((told.defect == NO_DEFECT) & (d.status > 8) & (world.identity > 0))
    plain = plain[~np.isin(plain, list(spoken_for))]
    for row in rng.permutation(plain)[: max(1, round(len(d) * ODD_CODE_SHARE))]:
        code = world.codes[int(row)].as_py()
        odd = (code.replace("-", " - "), code.replace("-", "–"), code.lower(), f"  {code} ")[int(world.chance[row]) % 4]
        world.put("ho_so", "MaHoSo", int(row), odd)


def _placeholder(world: World, row: int, variant: int) -> None:
    match variant % 5:
        case 0 | 1:
            world.identity[row] = -1 - variant // 5 % 3
        case 2:
            world.put("ho_so", "SoDienThoai", row, "0000000000" if variant // 5 % 2 else "0123456789")
        case 3:
            world.put("ho_so", "ChuHoSo", row, "Dinhkem")
        case _:
            world.subject[row] = DINHKEM


def write_event_defects(world: World, records: Records, supplier: Ints, quarter: Ints, rng: Generator) -> Ints:
    """Break single events of status 4; return for every event the index into EVENT_DEFECTS, or -1."""
    broken = np.full(len(records), -1, np.int64)
    needles = {row for (table, _), values in world.instead.items() if table == "qua_trinh" for row in values}
    able = (records.stage == 4) & ~np.isin(np.arange(len(records)), list(needles))
    able &= ~world.told.has("DS06B_EVENTS")[records.dossier]  # their events of status 4 are what shows them
    for number in range(int(supplier.max()) + 1):
        for window in range(len(world.province.periods)):
            stratum = np.flatnonzero(able & (supplier == number) & (quarter == window))
            total = int(((supplier == number) & (quarter == window)).sum())
            for index, (rate, _) in enumerate(EVENT_DEFECTS.values()):
                wanted = int(total * rate) if number else max(1, round(total * rate))
                free = stratum[broken[stratum] < 0]
                broken[rng.choice(free, min(wanted, len(free)), replace=False)] = index
    for row in np.flatnonzero(broken >= 0):
        match list(EVENT_DEFECTS)[broken[row]]:
            case "EVENT_BAD_DATE":
                world.put("qua_trinh", "ThoiDiemXuLy", int(row), "20260230101500")
            case "EVENT_BAD_STATUS":
                world.put("qua_trinh", "TrangThai", int(row), "44")
            case _:
                world.put("qua_trinh", "MaHoSo", int(row), None)
    return broken


def _rows(told: Told, name: str) -> list[int]:
    return [int(row) for row in np.flatnonzero(told.defect == DEFECTS.index(name))]
