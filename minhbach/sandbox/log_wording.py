"""What the source writes about work on a dossier: events, supplements, letters of apology. Knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import columns as c
from .dossiers import NEVER
from .people import GIVEN, MIDDLE, SURNAMES
from .world import with_replacements

if TYPE_CHECKING:
    from .dossiers import Ints
    from .records import Records
    from .world import Columns, World

POSITIONS = ("Chuyên viên", "Công chức tư pháp - hộ tịch", "Công chức địa chính", "Phó Chủ tịch", "Trưởng phòng")
OFFICES = ("Bộ phận một cửa", "Phòng Kinh tế", "Phòng Văn hóa - Xã hội", "Văn phòng HĐND và UBND", "Phòng chuyên môn")
NOTES = {
    1: "Công dân nộp hồ sơ",
    2: "Tiếp nhận hồ sơ",
    3: "Từ chối, hồ sơ không đủ điều kiện",
    4: "Chuyển xử lý",
    5: "Yêu cầu bổ sung giấy tờ",
}
NOTES |= {7: "Công dân đề nghị rút hồ sơ", 8: "Dừng xử lý hồ sơ", 9: "Đã xử lý xong", 10: "Đã trả kết quả"}


def event_columns(world: World, records: Records, numbers: Ints) -> Columns:
    """Return the columns of the table `qua_trinh` for these events, which carry these numbers."""
    d, who, status = world.dossiers, records.dossier, records.stage
    chance = (world.chance[who] + records.time) % 1_000_003
    officers = _officers(len(world.province.units))
    phone = c.joined("0", c.number(world.people.phone[world.people.of_dossier[who]]))
    words = c.looked_up([NOTES.get(i) for i in range(11)], status)
    named = c.joined(
        "Đã gọi ", phone, ", hẹn công dân ", world.people.names.take(pa.array(world.people.of_dossier[who]))
    )
    unit = d.unit[who]
    out: Columns = {
        "MaHoSo": world.codes.take(pa.array(world.told.code_of[who])),
        "NguoiXuLy": officers.take(pa.array(unit * 12 + chance % 12)),
        "ChucDanh": c.looked_up(POSITIONS, chance % len(POSITIONS)),
        "ThoiDiemXuLy": c.stamp(records.time),
        "PhongBanXuLy": c.looked_up(OFFICES, (unit + chance) % len(OFFICES)),
        "NoiDungXuLy": c.chosen((chance % 60 == 0) & (status == 4), named, words),
        "TrangThai": c.number(status),
        "NgayBatDau": c.stamp(d.received[who]),
        "NgayKetThucTheoQuyDinh": c.stamp(d.due[who]),
        "NgayCapNhat": c.stamp(records.told),
    }
    return with_replacements(world, "qua_trinh", out, numbers)


def supplement_columns(world: World, records: Records) -> Columns:
    """Return the columns of the table `bo_sung` for these requests."""
    d, who = world.dossiers, records.dossier
    number, done = records.stage % 10, records.stage >= 10
    second = number == 1
    asked = np.where(second, d.asked[1][who], d.asked[0][who])
    given = np.where(done, np.where(second, d.given[1][who], d.given[0][who]), NEVER)
    new = np.where(done, np.where(second, d.due_after[1][who], d.due_after[0][who]), NEVER)
    old = np.where(second, d.due_after[0][who], d.due[who])
    officers = _officers(len(world.province.units))
    names = world.people.names.take(pa.array(world.people.of_dossier[who]))
    chance = world.chance[who]
    out: Columns = {
        "HoSoBoSungId": c.number(who * 2 + number + 1),
        "MaHoSo": world.codes.take(pa.array(world.told.code_of[who])),
        "NguoiYeuCauBoSung": officers.take(pa.array(d.unit[who] * 12 + chance % 12)),
        "NoiDungBoSung": c.chosen(
            chance % 4 == 0,
            c.joined("Đề nghị ông/bà ", names, " bổ sung giấy tờ"),
            "Bổ sung thành phần hồ sơ còn thiếu",
        ),
        "NgayBoSung": c.stamp(asked),
        "NguoiTiepNhanBoSung": c.chosen(done, officers.take(pa.array(d.unit[who] * 12 + chance % 11)), None),
        "NgayTiepNhanBoSung": c.stamp(given),
        "TrangThaiBoSung": c.number(np.where(done, 2, 1)),
        "NgayHenTraTruoc": c.stamp(old),
        "NgayHenTraMoi": c.stamp(new),
        "NgayCapNhat": c.stamp(records.told),
    }
    return with_replacements(world, "bo_sung", out, who)


def apology_columns(world: World, records: Records) -> Columns:
    """Return the columns of the table `phieu_xin_loi` for these letters."""
    d, who = world.dossiers, records.dossier
    officers = _officers(len(world.province.units))
    chance = world.chance[who]
    reasons = ("Hồ sơ phức tạp, cần xác minh thực địa", "Chờ ý kiến cơ quan phối hợp", "Hệ thống gián đoạn")
    out: Columns = {
        "SoPhieu": c.joined("XL-", c.number(who + 1)),
        "MaHoSo": world.codes.take(pa.array(world.told.code_of[who])),
        "NgayLap": c.stamp(d.apology[who]),
        "LyDo": c.looked_up(reasons, chance % 3),
        "NguoiKy": officers.take(pa.array(d.unit[who] * 12)),
        "NgayHenTraTruoc": c.stamp(d.due[who]),
        "NgayHenTraMoi": c.stamp(d.due_apology[who]),
        "NgayCapNhat": c.stamp(records.told),
    }
    return with_replacements(world, "phieu_xin_loi", out, who)


def _officers(units: int) -> Any:
    rng = np.random.default_rng(units)
    count = units * 12
    pick = [pa.array(words).take(pa.array(rng.integers(0, len(words), count))) for words in (SURNAMES, MIDDLE, GIVEN)]
    return pc.binary_join_element_wise(*pick, " ")
