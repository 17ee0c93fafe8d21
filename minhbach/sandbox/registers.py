"""The two registers that the service sends beside the dossiers: procedures and units. Knows the code lists only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .records import FOREVER
from .store import TableWriter
from .working_days import DAY, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from .province import Province

Row = dict[str, str | None]


def write_registers(province: Province, folder: Path, services: Mapping[str, str]) -> None:
    """Write both registers as told once, ten weeks before the first quarter."""
    day = _day_before(province.periods[0].start, 70)
    at = day * DAY + 6 * 3_600
    stamp = np.datetime64(at, "s").astype(str).replace("-", "").replace(":", "").replace("T", "")
    fields = {f.code: f.name for f in province.fields}
    procedures: list[Row] = [
        {
            "MaTTHC": p.code,
            "TenTTHC": p.name,
            "MaLinhVuc": p.field,
            "TenLinhVuc": fields[p.field],
            "CapThucHien": p.level,
            "ThoiGianGiaiQuyet": str(p.limit),
            "DonViTinh": p.unit,
            "TrongNgay": str(int(p.in_day)),
            "HieuLucTu": _date(p.valid_from),
            "HieuLucDen": _date(p.valid_to),
            "NgayCapNhat": stamp,
        }
        for p in province.procedures
    ]
    units: list[Row] = [
        {
            "MaDonVi": u.code,
            "MaCu": u.old_code or None,
            "TenDonVi": u.name,
            "Cap": u.level,
            "MaCha": u.parent or None,
            "HieuLucTu": _date(u.valid_from),
            "HieuLucDen": _date(u.valid_to),
            "ThayTheBoi": u.successor or None,
            "NgayCapNhat": stamp,
        }
        for u in province.units
    ]
    for table, rows in (("thu_tuc", procedures), ("co_quan", units)):
        with TableWriter(folder, services[table]) as writer:
            writer.write({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})
            writer.index(np.full(len(rows), at), np.full(len(rows), FOREVER))


def _day_before(day: date, count: int) -> int:
    return day_number(day) - count


def _date(iso: str) -> str | None:
    return iso.replace("-", "") + "000000" if iso else None
