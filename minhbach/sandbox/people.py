"""Made-up persons: names, identity numbers, telephones, addresses. They look real and are random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

    from .dossiers import Ints

SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Trương",
    "Đoàn",
    "Lâm",
    "Mai",
    "Trịnh",
    "Đào",
    "Cao",
    "Lương",
    "Tạ",
    "Phùng",
]
SURNAME_SHARES = np.array([38, 11, 9.5, 7, 5, 4.5, 3.9, 2.1, 2, 1.4, 1.3, 1.3, 1, 0.5, *[1] * 11])
MIDDLE = [
    "Văn",
    "Thị",
    "Đức",
    "Ngọc",
    "Minh",
    "Thanh",
    "Quang",
    "Thu",
    "Hữu",
    "Xuân",
    "Hồng",
    "Kim",
    "Công",
    "Bích",
    "Gia",
    "Anh",
    "Tuấn",
    "Phương",
    "Diệu",
    "Quốc",
]
GIVEN = [
    "An",
    "Anh",
    "Bình",
    "Chi",
    "Cường",
    "Dung",
    "Dũng",
    "Duy",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hiếu",
    "Hoa",
    "Hòa",
    "Huệ",
    "Hùng",
    "Hương",
    "Huy",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Loan",
    "Mai",
    "Minh",
    "Nam",
    "Nga",
    "Ngân",
    "Nhung",
    "Phong",
    "Phúc",
    "Phương",
    "Quân",
    "Quyên",
    "Sơn",
    "Tâm",
    "Thảo",
    "Thắng",
    "Thủy",
    "Tiến",
    "Trang",
    "Trung",
    "Tú",
    "Tuấn",
    "Uyên",
    "Vân",
    "Việt",
    "Yến",
    "Xuân",
]
MOBILE_PREFIXES = np.array(
    [
        32,
        33,
        34,
        35,
        36,
        37,
        38,
        39,
        56,
        58,
        70,
        76,
        77,
        78,
        79,
        81,
        82,
        83,
        84,
        85,
        86,
        88,
        89,
        90,
        91,
        93,
        94,
        96,
        97,
        98,
    ]
)
OTHER_PROVINCES = np.array([1, 30, 31, 33, 34, 36, 37, 38, 24, 27, 20, 4, 79, 40])
MST_WEIGHTS = np.array([31, 29, 23, 19, 17, 13, 7, 5, 3])

PRIVATE, COMPANY = 1, 2
NEW_PERSON = 0.88
COMPANY_SHARE = 0.035


@dataclass
class People:
    """Arrays over persons, and for every dossier who filed it."""

    of_dossier: Ints
    kind: Ints
    names: Any
    """A pyarrow array of full names."""
    identity: Ints
    old_identity: Ints
    """A nine-digit number of former times, or 0."""
    tax: Ints
    phone: Ints
    born: Ints
    """Date of birth as yyyymmdd."""
    house: Ints


def gather(rng: Generator, unit: Ints, province_code: str) -> People:
    """Give every dossier its applicant: mostly somebody new, or one who came before to the same unit, or a company."""
    n = len(unit)
    order = np.lexsort((np.arange(n), unit))
    fresh = rng.random(n) < NEW_PERSON
    position = np.arange(n)
    back = 1 + (rng.random(n) ** 3 * 60).astype(np.int64)
    source = np.where(fresh, position, np.maximum(position - back, 0))
    source = np.where(unit[order][source] == unit[order], source, position)
    for _ in range(8):  # a person who returns may stand behind another return
        source = source[source]
    person = np.empty(n, np.int64)
    person[order] = source
    companies = max(3, n // 2_500)
    by_company = rng.random(n) < COMPANY_SHARE
    which = np.minimum((rng.pareto(1.1, n) * companies / 12).astype(np.int64), companies - 1)
    near = (which + unit * 7) % companies
    person = np.where(by_company, n + near, person)
    used, of_dossier = np.unique(person, return_inverse=True)
    count = len(used)
    kind = np.where(used >= n, COMPANY, PRIVATE)
    return People(
        of_dossier=of_dossier.astype(np.int64),
        kind=kind,
        names=_names(rng, count),
        identity=_identities(rng, count, int(province_code)),
        old_identity=np.where(rng.random(count) < 0.03, rng.integers(100_000_000, 399_999_999, count), 0),
        tax=_tax_of_companies(rng, kind),
        phone=phones(rng, count),
        born=rng.integers(1950, 2006, count) * 10_000 + rng.integers(1, 13, count) * 100 + rng.integers(1, 29, count),
        house=rng.integers(1, 400, count),
    )


def phones(rng: Generator, count: int) -> Ints:
    """Draw mobile numbers without their leading zero."""
    return np.asarray(
        rng.choice(MOBILE_PREFIXES, count) * 10_000_000 + rng.integers(1_000_000, 9_999_999, count), np.int64
    )


def identities(rng: Generator, count: int, province: int) -> Ints:
    """Draw twelve-digit personal numbers: province, sex and century, year of birth, six random digits."""
    local = rng.random(count) < 0.86
    where = np.where(local, province, rng.choice(OTHER_PROVINCES, count))
    year = rng.integers(1950, 2007, count)
    sex = rng.integers(0, 2, count) + 2 * (year >= 2000)
    return np.asarray(
        where * 10**9 + sex * 10**8 + (year % 100) * 10**6 + rng.integers(1_000, 999_999, count), np.int64
    )


def tax_codes(rng: Generator, count: int) -> Ints:
    """Draw ten-digit tax codes with a valid check digit."""
    body = rng.integers(100_000, 999_999, count) * 1_000 + rng.integers(100, 999, count)
    body = 57 * 10**7 + body % 10**7
    for _ in range(12):
        digits = (body[:, None] // 10 ** np.arange(8, -1, -1)) % 10
        rest = (digits * MST_WEIGHTS).sum(axis=1) % 11
        body = np.where(rest == 0, body + 1, body)
    return np.asarray(body * 10 + (10 - rest), np.int64)


def _tax_of_companies(rng: Generator, kind: Ints) -> Ints:
    tax = np.zeros(len(kind), np.int64)
    companies = kind == COMPANY
    tax[companies] = tax_codes(rng, int(companies.sum()))
    return tax


def _identities(rng: Generator, count: int, province: int) -> Ints:
    found = identities(rng, count, province)
    while True:  # a number belongs to one person
        _, first = np.unique(found, return_index=True)
        again = np.ones(count, np.bool_)
        again[first] = False
        if not again.any():
            return found
        found[again] = identities(rng, int(again.sum()), province)


def _names(rng: Generator, count: int) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    shares = SURNAME_SHARES / SURNAME_SHARES.sum()
    parts = [
        pa.array(SURNAMES).take(pa.array(rng.choice(len(SURNAMES), count, p=shares))),
        pa.array(MIDDLE).take(pa.array(rng.integers(0, len(MIDDLE), count))),
        pa.array(GIVEN).take(pa.array(rng.integers(0, len(GIVEN), count))),
    ]
    return pc.binary_join_element_wise(*parts, " ")
