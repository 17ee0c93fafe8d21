"""Needles: identifiers of every kind put into identifier, text and wrong columns, to be searched for afterwards.

Their free digits run from 3 to 9, so that no time stamp and no amount can hold one by chance, and names have four
syllables where all others have three. Knows which columns exist, not how they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .defects import DEFECTS, NO_DEFECT, window_of
from .dossiers import IN_PERIOD, NEVER
from .people import PRIVATE, SURNAMES
from .world import NAMED, PARCEL, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from .dossiers import Ints
    from .world import World

SYLLABLES = [
    "Khuê",
    "Thụy",
    "Nhiên",
    "Diễm",
    "Quế",
    "Trâm",
    "Khương",
    "Nghiêm",
    "Tường",
    "Viễn",
    "Thục",
    "Hoài",
    "Quỳnh",
    "Nhã",
    "Uyển",
    "Triết",
    "Dĩnh",
    "Khải",
    "Luận",
    "Nguyệt",
    "Thạch",
    "Tịnh",
    "Vĩ",
    "Khoát",
    "Thiệu",
    "Nhạn",
    "Trác",
    "Vịnh",
    "Huyên",
    "Tuyên",
    "Khiêm",
    "Nghi",
    "Quyết",
    "Thế",
    "Duệ",
    "Chiêu",
    "Hoàn",
    "Bội",
    "Lệnh",
    "Tấn",
]

HO_SO: dict[str, tuple[str, ...]] = {
    "cccd": ("SoGiayToChuHoSo", "MaDoiTuong", "TenTTHC", "TrichYeuHoSo", "GhiChu"),
    "cmnd": ("SoDinhDanhCu", "GhiChu", "TrichYeuHoSo"),
    "mst": ("MaDoiTuong", "GhiChu", "Fax"),
    "passport": ("TrichYeuHoSo", "GhiChu", "MaDoiTuong"),
    "bhyt": ("TrichYeuHoSo", "ThongTinTra", "MaDoiTuong"),
    "mobile": ("SoDienThoai", "GhiChu", "DonViXuLy", "ChuHoSo"),
    "landline": ("Fax", "GhiChu", "DiaChiChuHoSo"),
    "plate": ("TrichYeuHoSo", "GhiChu", "TenTTHC"),
    "email": ("Email", "GhiChu", "TenLinhVuc"),
    "bank_account": ("SoTaiKhoan", "TrichYeuHoSo", "ThongTinTra"),
    "parcel": ("TrichYeuHoSo", "GhiChu"),
    "address": ("DiaChiChuHoSo", "GhiChu", "ThongTinTra"),
    "name": ("ChuHoSo", "TrichYeuHoSo", "ThongTinTra", "GhiChu", "DonViXuLy"),
    "dossier_code": ("MaHoSo", "GhiChu", "SoBienNhan"),
}
QUA_TRINH = {
    "name": ("NguoiXuLy", "NoiDungXuLy"),
    "mobile": ("NoiDungXuLy", "PhongBanXuLy"),
    "cccd": ("NoiDungXuLy", "ChucDanh"),
    "plate": ("NoiDungXuLy",),
}
BO_SUNG = {
    "name": ("NguoiYeuCauBoSung", "NguoiTiepNhanBoSung"),
    "cccd": ("NoiDungBoSung",),
    "parcel": ("NoiDungBoSung",),
}
XIN_LOI = {"name": ("NguoiKy", "LyDo"), "address": ("LyDo",)}
DELIMITED = {
    "cccd": ("SoGiayToChuHoSo", "TrichYeuHoSo"),
    "mobile": ("SoDienThoai",),
    "name": ("ChuHoSo", "TrichYeuHoSo"),
    "email": ("Email",),
    "address": ("DiaChiChuHoSo",),
    "parcel": ("TrichYeuHoSo",),
    "dossier_code": ("MaHoSo",),
}
IN_WORDS = {
    "cccd": "CCCD {}", "cmnd": "CMND số {}", "mst": "mã số thuế {}", "passport": "hộ chiếu {}", "bhyt": "thẻ BHYT {}",
    "mobile": "gọi số {}", "landline": "điện thoại bàn {}", "plate": "xe biển số {}", "email": "gửi thư tới {}",
    "bank_account": "chuyển khoản, STK {}", "parcel": "Cấp GCN {}", "address": "trả tại {}", "name": "giao cho ông {}",
    "dossier_code": "xem hồ sơ {}",
}  # fmt: skip
TEXT_COLUMNS = frozenset({"TrichYeuHoSo", "GhiChu", "ThongTinTra", "NoiDungXuLy", "NoiDungBoSung", "LyDo"})
Needle = dict[str, str]


def plant_needles(world: World, events: Ints, event_dossier: Ints, rng: Generator) -> list[Needle]:
    """Put needles of every kind into every declared column, one for each quarter and supplier; return where they are.

    `events` are the numbers of the events in which a needle may stand, `event_dossier` their dossiers.
    """
    d, told, province = world.dossiers, world.told, world.province
    free = (told.defect == NO_DEFECT) & (d.kind == IN_PERIOD) & (d.status > 8) & (world.identity > 0)
    alone = np.bincount(world.people.of_dossier, minlength=len(world.people.kind))[world.people.of_dossier] == 1
    free &= alone & (world.people.kind[world.people.of_dossier] == PRIVATE) & (world.subject == 0)
    quarter = window_of(province, d.synced(np.maximum(d.end, d.returned)))
    supplier = np.array([province.suppliers.index(u.supplier) for u in province.units])[d.unit]
    found: list[Needle] = []
    for number, name in enumerate(province.suppliers):
        columns = HO_SO if number == 0 else DELIMITED
        pools = [
            iter(rng.permutation(np.flatnonzero(free & (supplier == number) & (quarter == q))))
            for q in range(len(province.periods))
        ]
        for kind, where in columns.items():
            for column in where:
                for pool in pools:
                    row = next(pool, None)
                    if row is not None:
                        found.append(_into_dossier(world, kind, column, int(row), rng) | {"supplier": name})
    others: list[tuple[str, dict[str, tuple[str, ...]], Ints]] = [
        ("qua_trinh", QUA_TRINH, events[supplier[event_dossier] == 0]),
        ("bo_sung", BO_SUNG, np.flatnonzero((d.given[0] != NEVER) & (d.asked[1] == NEVER))),
        ("phieu_xin_loi", XIN_LOI, np.flatnonzero(d.apology != NEVER)),
    ]
    for table, declared, rows in others:
        pool = iter(rng.permutation(rows))
        for kind, where in declared.items():
            for column in where:
                row = next(pool, None)
                if row is not None:
                    needle = MAKERS[kind](rng)
                    world.put(table, column, int(row), _written(kind, column, needle))
                    found.append(
                        {"kind": kind, "table": table, "column": column, "value": needle, "supplier": province.supplier}
                    )
    return found


def _into_dossier(world: World, kind: str, column: str, row: int, rng: Generator) -> Needle:
    needle = MAKERS[kind](rng)
    person = world.people.of_dossier[row]
    if column == "SoGiayToChuHoSo":
        world.identity[row] = world.people.identity[person] = int(needle)
    elif column == "SoDinhDanhCu":
        world.people.old_identity[person] = int(needle)
    elif column == "SoDienThoai":
        world.people.phone[person] = int(needle)
    elif column == "MaHoSo":
        opening, day, _ = world.codes[row].as_py().rsplit("-", 2)
        needle = f"{opening}-{day if len(day) == 8 else '20' + day}-{needle}"
        world.put("codes", column, row, needle)
    elif column == "DonViXuLy":
        world.told.defect[row] = DEFECTS.index("DS07")
        world.told.agency[row] = world.dossiers.counter[row]
        world.put("ho_so", column, row, needle)
    else:
        needle = _whole(world, row, kind, needle)
        if column == "TrichYeuHoSo":
            world.subject[row] = {"parcel": PARCEL, "name": NAMED}.get(kind, PLAIN)
        world.put("ho_so", column, row, _written(kind, column, needle))
    return {"kind": kind, "table": "ho_so", "column": column, "value": needle}


def _whole(world: World, row: int, kind: str, needle: str) -> str:
    if kind != "dossier_code":
        return needle
    return f"{world.province.units[world.dossiers.counter[row]].code}-20260521-{needle}"


def _written(kind: str, column: str, needle: str) -> str:
    return IN_WORDS[kind].format(needle) if column in TEXT_COLUMNS else needle


def _digits(rng: Generator, count: int) -> str:
    return "".join(str(x) for x in rng.integers(3, 10, count))


def needle_name(rng: Generator) -> str:
    """Return a full name of four syllables that no other person has."""
    rest = [SYLLABLES[i] for i in rng.choice(len(SYLLABLES), 3, replace=False)]
    return " ".join([SURNAMES[rng.integers(0, 14)], *rest])


def needle_cccd(rng: Generator) -> str:
    """Return a personal number of a person born in Quảng Ninh's old code or a neighbour's."""
    return f"0{rng.choice([22, 24, 31, 36])}{rng.integers(0, 2)}{rng.integers(6, 10)}{_digits(rng, 7)}"


def _mobile(rng: Generator) -> str:
    return f"0{rng.choice(['97', '98', '86', '88', '78', '79', '34', '36'])}{_digits(rng, 7)}"


def needle_tax(rng: Generator) -> str:
    """Return a company's tax code with a valid check digit."""
    weights = np.array([31, 29, 23, 19, 17, 13, 7, 5, 3])
    while True:
        body = "5" + _digits(rng, 8)
        rest = int((np.array([int(x) for x in body]) * weights).sum()) % 11
        if rest > 0:
            return f"{body}{10 - rest}"


MAKERS: dict[str, Callable[[Generator], str]] = {
    "cccd": needle_cccd,
    "cmnd": lambda rng: "3" + _digits(rng, 8),
    "mst": needle_tax,
    "passport": lambda rng: f"{rng.choice(['B', 'C'])}{_digits(rng, 7)}",
    "bhyt": lambda rng: f"{rng.choice(['DN', 'HS', 'GD', 'TE'])}4{_digits(rng, 12)}",
    "mobile": _mobile,
    "landline": lambda rng: f"02033{_digits(rng, 6)}",
    "plate": lambda rng: f"14{rng.choice(list('ABCDEFGH'))}-{_digits(rng, 3)}.{_digits(rng, 2)}",
    "email": lambda rng: f"thu{_digits(rng, 8)}@hopthu.example",
    "bank_account": lambda rng: _digits(rng, 13),
    "parcel": lambda rng: f"thửa đất số {_digits(rng, 5)}, tờ bản đồ số {_digits(rng, 4)}",
    "address": lambda rng: f"Số nhà {_digits(rng, 4)} ngõ {_digits(rng, 4)}",
    "name": needle_name,
    "dossier_code": lambda rng: _digits(rng, 7),
}
