"""What the source writes about a dossier: every column of the table of dossiers. Knows no file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import columns as c
from .defects import JUNK_NAMES
from .dossiers import NEVER
from .people import COMPANY
from .records import APOLOGISED, ASKED, ENDED, GIVEN, GIVEN_AGAIN, REOPENED, RETURNED, STAGE_STATUS
from .world import DINHKEM, NAMED, PARCEL, with_replacements

if TYPE_CHECKING:
    from .dossiers import Bools, Ints
    from .people import People
    from .records import Records
    from .world import Columns, World


def due_told(world: World, records: Records) -> Ints:
    """Return the due date that each version of a dossier tells."""
    d, told, who, stage = world.dossiers, world.told, records.dossier, records.stage
    due = told.due_first[who]
    after_second = d.due_after[1][who]
    after_first = d.due_after[0][who]
    due = np.where((stage >= GIVEN) & (after_first != NEVER), after_first, due)
    due = np.where((stage >= GIVEN_AGAIN) & (after_second != NEVER), after_second, due)
    due = np.where((stage >= APOLOGISED) & (d.due_apology[who] != NEVER), d.due_apology[who], due)
    return np.where((stage >= ENDED) & (told.due_moved[who] != NEVER), told.due_moved[who], due)


def dossier_columns(world: World, records: Records) -> Columns:
    """Return the columns of the table `ho_so` for these versions."""
    d, told, people, province = world.dossiers, world.told, world.people, world.province
    who, stage = records.dossier, records.stage
    person, chance = world.people.of_dossier[records.dossier], world.chance[records.dossier]
    final = d.status[who]
    status = np.where(STAGE_STATUS[stage] == 0, np.where(final == 10, 9, final), STAGE_STATUS[stage])
    status = np.where((stage < ASKED) & (d.received[who] == NEVER), 1, status)
    status = np.where(records.copy, 4, status)
    over = (stage >= ENDED) & ~records.copy
    procedures = province.procedures
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
    return with_replacements(world, "ho_so", out, who)


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
