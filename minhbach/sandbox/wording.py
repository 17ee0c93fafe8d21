"""What the source writes about a dossier: every text column of every table, as Arrow columns. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import columns as c
from .defects import JUNK_NAMES
from .dossiers import NEVER
from .people import COMPANY, GIVEN, MIDDLE, SURNAMES
from .records import APOLOGISED, ASKED, ENDED, GIVEN_AGAIN, REOPENED, RETURNED, STAGE_STATUS
from .records import GIVEN as GIVEN_STAGE
from .working_days import DAY

if TYPE_CHECKING:
    from numpy.random import Generator

    from .defects import Told
    from .dossiers import Bools, Dossiers, Ints
    from .people import People
    from .province import Province
    from .records import Records

Columns = dict[str, Any]
PLAIN, PARCEL, NAMED, DINHKEM = range(4)
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


def due_told(world: World, records: Records) -> Ints:
    """Return the due date that each version of a dossier tells."""
    d, told, who, stage = world.dossiers, world.told, records.dossier, records.stage
    due = told.due_first[who]
    after_second = d.due_after[1][who]
    after_first = d.due_after[0][who]
    due = np.where((stage >= GIVEN_STAGE) & (after_first != NEVER), after_first, due)
    due = np.where((stage >= GIVEN_AGAIN) & (after_second != NEVER), after_second, due)
    due = np.where((stage >= APOLOGISED) & (d.due_apology[who] != NEVER), d.due_apology[who], due)
    return np.where((stage >= ENDED) & (told.due_moved[who] != NEVER), told.due_moved[who], due)


def dossier_columns(world: World, records: Records) -> Columns:
    """Return the columns of the table `ho_so` for these versions."""
    d, told, people, province = world.dossiers, world.told, world.people, world.province
    who, stage = records.dossier, records.stage
    n, person, chance = len(who), world.people.of_dossier[records.dossier], world.chance[records.dossier]
    final = d.status[who]
    status = np.where(STAGE_STATUS[stage] == 0, np.where(final == 10, 9, final), STAGE_STATUS[stage])
    status = np.where((stage < ASKED) & (d.received[who] == NEVER), 1, status)
    status = np.where(records.copy, 4, status)
    over = (stage >= ENDED) & ~records.copy
    procedures, units = province.procedures, province.units
    proc = d.procedure[who]
    fields = [f.code for f in province.fields]
    field_of = np.array([fields.index(p.field) for p in procedures], np.int64)
    names = people.names.take(pa.array(person))
    phone = c.joined("0", c.number(people.phone[person]))
    company = people.kind[person] == COMPANY
    identity = world.identity[who]
    id_text = c.chosen(
        identity < 0,
        c.looked_up(["000000001", "111111111111", "999999999"], (-identity - 1) % 3),
        c.padded(identity, 12),
    )
    id_text = c.chosen(identity == 0, None, id_text)
    old_id = people.old_identity[person]
    address = _addresses(world, person, who)
    returned = (stage == RETURNED) | (stage == REOPENED)
    received_by_hand = returned & (chance % 10 < 3)
    code = world.codes.take(pa.array(told.code_of[who]))
    out: Columns = {
        "MaHoSo": code,
        "MaTTHC": c.looked_up([p.code for p in procedures], proc),
        "TenTTHC": c.looked_up([p.name for p in procedures], proc),
        "MaLinhVuc": c.looked_up(fields, field_of[proc]),
        "TenLinhVuc": c.looked_up([f.name for f in province.fields], field_of[proc]),
        "SoBienNhan": c.joined("BN", c.number(chance % 9_000_000 + 1_000_000 + records.copy)),
        "KenhThucHien": c.number(d.channel[who], d.channel[who] == 0),
        "ChuHoSo": c.chosen(company, c.joined("Công ty TNHH ", names), names),
        "LoaiDoiTuong": c.number(np.where(company, 2, 1)),
        "MaDoiTuong": c.number(people.tax[person], ~company),
        "Email": _emails(people, person, chance % 5 == 0),
        "Fax": c.chosen(
            company & (chance % 7 == 0), c.joined("02033", c.padded(people.phone[person] % 1_000_000, 6)), None
        ),
        "SoDienThoai": phone,
        "TrichYeuHoSo": _subjects(world, who, names),
        "NgayNopHoSo": c.stamp(d.filed[who]),
        "NgayTiepNhan": c.stamp(d.received[who]),
        "NgayHenTra": c.stamp(due_told(world, records)),
        "NgayTuChoi": c.stamp(np.where(over & (final == 3) & (chance % 5 < 3), d.end[who], NEVER)),
        "NgayKetThucXuLy": c.stamp(np.where(over & (final > 8), told.end[who], NEVER)),
        "NgayTra": c.stamp(np.where(returned & ~records.copy, d.returned[who], NEVER)),
        "ThongTinTra": c.chosen(received_by_hand, c.joined("Trả trực tiếp cho ông/bà ", names), None),
        "TrangThaiHoSo": c.number(status),
        "HinhThuc": c.number(chance % 3 // 2),
        "DonViXuLy": _unit_names(world, who, chance),
        "GhiChu": c.chosen(chance % 40 == 0, c.joined("Đã liên hệ công dân qua số ", phone), None),
        "NoiNopHoSo": c.number(np.where(d.channel[who] == 2, 1, 2)),
        "HoSoCoThanhPhanSoHoa": c.number((chance % 10 < 7).astype(np.int64)),
        "TaiKhoanDuocXacThucVoiVNeID": c.number((chance % 11 < 8).astype(np.int64)),
        "DuocThanhToanTrucTuyen": c.number(chance % 4),
        "LePhi": c.number(np.array([0, 0, 2_000, 8_000, 15_000, 50_000, 135_000, 1_500_000])[chance % 8]),
        "ViTriDeHoSo": c.chosen(
            told.has("DS10")[who], "Convert", c.chosen(chance % 6 == 0, c.joined("Kệ ", c.number(chance % 40)), None)
        ),
        "SoGiayToChuHoSo": id_text,
        "NgaySinhChuHoSo": c.chosen(company, None, c.number(people.born[person])),
        "DiaChiChuHoSo": address,
        "SoTaiKhoan": c.chosen(chance % 33 == 0, c.padded(chance * 7_919 % 10**12, 12), None),
        "DinhDanhCHS": id_text,
        "SoDinhDanhCu": c.number(old_id, (old_id == 0) | (identity <= 0)),
        "NgayCapNhat": c.stamp(records.told),
    }
    assert n == len(out["MaHoSo"])  # noqa: S101 - an inner promise, not a check of input
    for name, column in out.items():
        values = world.instead.get(("ho_so", name))
        if values:
            out[name] = c.replaced(column, who, values)
    _ = units
    return out


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
    for name, column in out.items():
        values = world.instead.get(("qua_trinh", name))
        if values:
            out[name] = c.replaced(column, numbers, values)
    return out


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
    return _with_replacements(world, "bo_sung", out, who)


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
    return _with_replacements(world, "phieu_xin_loi", out, who)


def draw_subjects(world_fields: Ints, land: Bools, rng: Generator) -> Ints:
    """Draw what the free text about each dossier holds: a fifth of the land dossiers name a parcel."""
    chance = rng.random(len(world_fields))
    return np.where(land & (chance < 0.2), PARCEL, np.where(chance > 0.96, NAMED, PLAIN)).astype(np.int64)


def _with_replacements(world: World, table: str, out: Columns, rows: Ints) -> Columns:
    return {name: c.replaced(column, rows, world.instead.get((table, name), {})) for name, column in out.items()}


def _officers(units: int) -> Any:
    rng = np.random.default_rng(units)
    count = units * 12
    pick = [pa.array(words).take(pa.array(rng.integers(0, len(words), count))) for words in (SURNAMES, MIDDLE, GIVEN)]
    return pc.binary_join_element_wise(*pick, " ")


def _emails(people: People, person: Ints, has: Bools) -> Any:
    # The given name in plain letters is not worth a table: the handle is the house number and the year.
    handle = c.joined("hopthu", c.number(people.house[person]), ".", c.number(people.phone[person] % 1_000_000))
    return c.chosen(has, c.joined(handle, "@thudientu.example"), None)


def _addresses(world: World, person: Ints, who: Ints) -> Any:
    unit = c.looked_up([u.name.removeprefix("UBND ") for u in world.province.units], world.dossiers.unit[who])
    house = world.people.house[person]
    return c.joined(
        "Số ", c.number(house), ", tổ ", c.number(house % 17 + 1), ", khu ", c.number(house % 9 + 1), ", ", unit
    )


def _subjects(world: World, who: Ints, names: Any) -> Any:
    kind, chance = world.subject[who], world.chance[who]
    plain = c.joined("Hồ sơ ", c.looked_up([p.name for p in world.province.procedures], world.dossiers.procedure[who]))
    title = c.chosen(chance % 2 == 0, "ông ", "bà ")
    parcel = c.joined(
        "Cấp GCN cho ",
        title,
        names,
        ", thửa đất số ",
        c.number(chance % 911 + 1),
        ", tờ bản đồ số ",
        c.number(chance % 87 + 1),
    )
    text = c.chosen(kind == PARCEL, parcel, c.chosen(kind == NAMED, c.joined(plain, " cho ", title, names), plain))
    return c.chosen(kind == DINHKEM, "Dinhkem", text)


def _unit_names(world: World, who: Ints, chance: Ints) -> Any:
    units = [u.name for u in world.province.units]
    index = world.told.name_of[who]
    names = c.chosen(index < 0, c.looked_up(JUNK_NAMES, -1 - index), c.looked_up(units, index))
    shouted, spaced = pc.utf8_upper(names), pc.replace_substring(names, " ", "  ")
    return c.chosen(chance % 101 == 0, shouted, c.chosen(chance % 103 == 0, spaced, names))
