"""The files of offices without a service: one per table and quarter, as of the freeze. Knows their spelling only."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from .records import Records

HEADERS: dict[str, dict[str, str]] = {
    "ho_so": {
        "Mã hồ sơ": "MaHoSo",
        "Mã thủ tục": "MaTTHC",
        "Mã lĩnh vực": "MaLinhVuc",
        "Kênh thực hiện": "KenhThucHien",
        "Chủ hồ sơ": "ChuHoSo",
        "Số định danh": "SoGiayToChuHoSo",
        "Điện thoại": "SoDienThoai",
        "Email": "Email",
        "Địa chỉ": "DiaChiChuHoSo",
        "Trích yếu": "TrichYeuHoSo",
        "Ngày nộp": "NgayNopHoSo",
        "Ngày tiếp nhận": "NgayTiepNhan",
        "Ngày hẹn trả": "NgayHenTra",
        "Ngày từ chối": "NgayTuChoi",
        "Ngày kết thúc": "NgayKetThucXuLy",
        "Ngày trả": "NgayTra",
        "Trạng thái": "TrangThaiHoSo",
        "Đơn vị xử lý": "DonViXuLy",
        "Lệ phí": "LePhi",
        "Vị trí để hồ sơ": "ViTriDeHoSo",
        "Ngày cập nhật": "NgayCapNhat",
    },
    "qua_trinh": {
        "Mã hồ sơ": "MaHoSo",
        "Người xử lý": "NguoiXuLy",
        "Thời điểm xử lý": "ThoiDiemXuLy",
        "Nội dung": "NoiDungXuLy",
        "Trạng thái": "TrangThai",
        "Ngày cập nhật": "NgayCapNhat",
    },
}
"""Header of the file -> column of the table; the headers stand in the order of the file."""
DATES = frozenset({"NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayTuChoi", "NgayKetThucXuLy", "NgayTra"})
DATES |= {"NgayCapNhat", "ThoiDiemXuLy"}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - source times are local and naive


def keep(folder: Path, supplier: str, table: str, records: Records, columns: dict[str, Any]) -> None:
    """Keep what a supplier holds, until a drop asks for a part of it."""
    wanted = {name: columns[name] for name in HEADERS[table].values()}
    wanted |= {"_told": pa.array(records.told), "_until": pa.array(records.until)}
    pq.write_table(pa.table(wanted), folder / f"{supplier}.{table}.parquet")


def drop(out: Path, as_of: datetime) -> list[Path]:
    """Write the files of every quarter frozen by `as_of` (local time) that are not there yet; return the new ones.

    Each file holds the newest version of every record told since the freeze before.
    """
    settings = json.loads((out / "sandbox.json").read_text(encoding="utf-8"))
    written: list[Path] = []
    since = np.iinfo(np.int64).min
    for period in settings["periods"]:
        freeze = datetime.fromisoformat(period["freeze"])
        if freeze > as_of:
            break
        until = int((freeze - EPOCH).total_seconds())
        for supplier in settings["suppliers"][1:]:
            for table in HEADERS:
                path = out / "drops" / supplier / f"{table}_{period['name']}_{freeze:%Y%m%d}.csv"
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    _write(out / "drop_source" / f"{supplier}.{table}.parquet", table, path, since=since, until=until)
                    written.append(path)
        since = until
    return written


def _write(source: Path, table: str, path: Path, *, since: int, until: int) -> None:
    held = pq.read_table(source)
    told, holds = held["_told"].to_numpy(), held["_until"].to_numpy()
    held = held.take(pa.array(np.flatnonzero((told > since) & (told <= until) & (holds > until))))
    columns = [[_spelled(name, value) for value in held[name].to_pylist()] for name in HEADERS[table].values()]
    partial = path.with_suffix(".part")
    with partial.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADERS[table])
        writer.writerows(zip(*columns, strict=True))
    partial.replace(path)


def _spelled(name: str, value: str | None) -> str:
    if not value:
        return ""
    if name in DATES:
        return f"{value[6:8]}/{value[4:6]}/{value[:4]} {value[8:10]}:{value[10:12]}:{value[12:14]}"
    return f"{value},00" if name == "LePhi" else value
