"""Sentences, days, instants and numbers of the desk in both languages. Knows no page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

LANGUAGES = ("vi", "en")
DAY = {"vi": "%d/%m/%Y", "en": "%Y-%m-%d"}
GROUP = {"vi": (".", ","), "en": (",", ".")}


@dataclass(frozen=True)
class Words:
    """One language."""

    language: str
    sentences: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in; KeyError names a sentence nobody wrote."""
        sentence = self.sentences[key]
        return sentence.format(**values) if values else sentence

    def has(self, key: str) -> bool:
        """Tell whether a sentence was written."""
        return key in self.sentences

    def of(self, text: dict[str, str]) -> str:
        """Return a declared text in this language."""
        return text.get(self.language) or text.get("vi", "")

    def day(self, text: str | None) -> str:
        """Write a day: 23/09/2026."""
        return date.fromisoformat(text[:10]).strftime(DAY[self.language]) if text else "–"

    def moment(self, text: str | None, timezone: str) -> str:
        """Write an instant in local time, or a day that has none: 16/09/2026 17:05."""
        if not text or "T" not in text:
            return self.day(text)
        local = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
        return local.strftime(f"{DAY[self.language]} %H:%M")

    def number(self, value: Any) -> str:
        """Write a plain machine number as readers write it: 1234.5 → 1.234,5 in Vietnamese."""
        group, decimal = GROUP[self.language]
        whole, point, rest = str(value).partition(".")
        if not whole.lstrip("-").isdecimal():
            return str(value)
        text = f"{int(whole):,}".replace(",", group)
        return f"{text}{decimal}{rest}" if point else text

    def percent(self, share: float | None) -> str:
        """Write a share as percent: 0.105 → 10,5%."""
        return "–" if share is None else f"{self.number(f'{100 * share:g}')}%"


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """Load a language."""
    path = files("minhbach.desk") / "locale" / f"{language}.yml"
    return Words(language, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
