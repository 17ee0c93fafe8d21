"""What a release's own files say, in each language that a project may speak. Knows no dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTE_LABELS = {"vi": "Ghi chú ẩn số", "en": "Suppression note"}
NOTE_CODES = {
    "c": {
        "vi": "bảo mật: số liệu được ẩn để không ai bị nhận ra",
        "en": "confidential: hidden so that nobody is recognised",
    },
    "z": {"vi": "không áp dụng: tỷ lệ không có mẫu số", "en": "not applicable: a rate without denominator"},
}
PERIOD = {"vi": "kỳ {}", "en": "{}"}
AS_OF = {"vi": "Số liệu đến {}", "en": "Data as of {}"}
GOVERNMENT = {"vi": "Chính phủ và khu vực công", "en": "Government and public sector"}
STABLE = {"vi": "ổn định", "en": "stable"}
NAME_OF_LANGUAGE = {"vi": "tiếng Việt", "en": "English"}
NOTES = {
    "entry": {"vi": "mục", "en": "entry"},
    "title": {"vi": "Tên", "en": "Title"},
    "about": {"vi": "Nội dung", "en": "About"},
    "how_to_read": {"vi": "Cách đọc", "en": "How to read"},
    "does_not_say": {"vi": "Không nói lên", "en": "Does not say"},
    "period": {"vi": "Kỳ", "en": "Period"},
    "revision": {"vi": "Bản", "en": "Revision"},
    "data_as_of": {"vi": "Số liệu đến", "en": "Data as of"},
    "issued": {"vi": "Ngày công bố", "en": "Released"},
    "licence": {"vi": "Giấy phép", "en": "Licence"},
    "contact": {"vi": "Liên hệ", "en": "Contact"},
    "symbol": {"vi": "Ký hiệu", "en": "Symbol"},
    "protection": {"vi": "Bảo vệ", "en": "Protection"},
}
FIGURES = {
    "cells": {"vi": "số ô được ẩn", "en": "hidden cells"},
    "share": {"vi": "dòng bị che chứa nhiều nhất, trong số bản ghi", "en": "hidden rows hold at most, of the records"},
}
"""Names of the public figures of a protection."""
_DICTIONARY = {
    "vi": ("cot", "nhan", ("kieu", "don_vi", "khoa", "danh_muc", "cot_cha", "xu_ly", "cong_thuc")),
    "en": ("column", "label", ("type", "unit", "key", "codes", "parent", "treatment", "formula")),
}


def dictionary_head(languages: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of dictionary.csv in the project's first language, with a label for each language."""
    column, label, facts = _DICTIONARY[languages[0]]
    return (column, *(f"{label}_{language}" for language in languages), *facts)


def note_name(key: str, languages: Sequence[str]) -> str:
    """Name an entry of the notes in every language of the project."""
    return " / ".join(NOTES[key][language] for language in languages)


def spoken(labels: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Keep of a text what the project speaks, the first language first."""
    return {language: labels[language] for language in languages}
