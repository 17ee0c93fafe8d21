"""Sentences, numbers and dates as each language writes them."""

from __future__ import annotations

import string

import pytest

from minhbach.core.errors import UsageError
from minhbach.core.periods import Period
from publishers.site.finding import collated
from publishers.site.render import slug
from publishers.site.words import words


def fields(sentence: object) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(sentence)) if name}


def test_languages_say_the_same_things() -> None:
    vi, en = words("vi").sentences, words("en").sentences
    assert len(vi) > 100
    assert set(vi) == set(en)
    for key in vi:
        if key != "units":
            assert fields(vi[key]) == fields(en[key]), key
    assert set(vi["units"]) == set(en["units"])


@pytest.mark.parametrize(
    ("plain", "vi", "en"),
    [
        ("1234567.8", "1.234.567,8", "1,234,567.8"),
        ("999", "999", "999"),
        ("-1200", "−1.200", "−1,200"),
        ("0.50", "0,50", "0.50"),
    ],
)
def test_numbers(plain: str, vi: str, en: str) -> None:
    assert (words("vi").number(plain), words("en").number(plain)) == (vi, en)


def test_shares_are_never_rounded_to_nothing() -> None:
    assert words("vi").share(1, 10_000) == "<0,1%"
    assert words("vi").share(0, 10_000) == "0,0%"
    assert words("en").share(1, 3) == "33.3%"


def test_periods_and_days() -> None:
    assert words("vi").period(Period.parse("2026-Q3")) == "quý III/2026"
    assert words("vi").window(Period.parse("2026-Q3")) == "từ 15/06/2026 đến 14/09/2026"
    assert words("en").window(Period.parse("2026-Q3", "calendar")) == "1 July 2026 to 30 September 2026"
    assert words("en").period(Period.parse("2026-09")) == "2026-09"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match=r'found "fr", expected one of en, vi'):
        words("fr")


def test_vietnamese_names_sort_as_readers_expect() -> None:
    names = ["Đông Triều", "Dương Huy", "Ba Chẽ", "Ân Thi", "An Sinh", "Điền Xá"]
    assert sorted(names, key=collated) == ["An Sinh", "Ân Thi", "Ba Chẽ", "Dương Huy", "Điền Xá", "Đông Triều"]


def test_addresses_of_codes_are_plain_and_never_meet() -> None:
    assert slug("H49.12.3") == "H49.12.3"
    odd = {slug(code) for code in ("Public Works", "public works", "..", "a/b", "Sở")}
    assert len(odd) == 5
    assert all(set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for one in odd)
