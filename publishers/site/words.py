"""Sentences, numbers, dates and periods in a reader's language. Knows no page and no dataset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from babel import Locale, dates, numbers

from minhbach.core.errors import UsageError

if TYPE_CHECKING:
    from minhbach.core.periods import Period

THIN = 4
"""Digits from which a number is grouped."""
UNITS = ("kB", "MB", "GB")
KILO = 1000
LOCALES = {"en": "en_GB"}
"""Where Babel needs more than the language to write dates the plain way."""
DAY_FORMAT = {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"}
MONTHS_IN_QUARTER = 3


@dataclass(frozen=True)
class Words:
    """One language of the site."""

    language: str
    sentences: dict[str, Any]
    decimal: str
    group: str

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in; KeyError names a sentence nobody wrote."""
        sentence = self.sentences[key]
        return str(sentence).format(**values) if values else str(sentence)

    def number(self, text: str | float) -> str:
        """Write a plain machine number as readers write it: 1234567.8 → 1.234.567,8 in Vietnamese."""
        whole, point, rest = str(text).partition(".")
        sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
        if len(digits) >= THIN:
            digits = f"{int(digits):,}".replace(",", self.group)
        return f"{sign}{digits}{self.decimal}{rest}" if point else f"{sign}{digits}"

    def share(self, part: float, whole: float) -> str:
        """Write a share in percent with one decimal; of a tiny one, that it is below 0.1."""
        percent = round(100 * part / whole, 1)
        if part and not percent:
            return f"<{self.number('0.1')}%"
        return f"{self.number(f'{percent:.1f}')}%"

    def day(self, day: date | str) -> str:
        """Write a date: 15/07/2026, 15 July 2026."""
        moment = date.fromisoformat(day[:10]) if isinstance(day, str) else day
        pattern = DAY_FORMAT.get(self.language, "yyyy-MM-dd")
        return str(dates.format_date(moment, pattern, locale=LOCALES.get(self.language, self.language)))

    def period(self, period: Period) -> str:
        """Name a period: quý III/2026, third quarter of 2026."""
        if period.months == MONTHS_IN_QUARTER:
            quarter = (period.first_month + 2) // MONTHS_IN_QUARTER
            return self(f"quarter_{quarter}", year=period.year)
        if period.months == 1:
            return self("month", month=period.first_month, year=period.year)
        return self("year", year=period.year)

    def window(self, period: Period) -> str:
        """Write the days a period covers."""
        return self("window", start=self.day(period.start), end=self.day(period.end))

    def size(self, count: int) -> str:
        """Write a file size: 12 kB, 1,4 MB."""
        size, unit = max(count / KILO, 0.1), 0
        while size >= KILO and unit < len(UNITS) - 1:
            size, unit = size / KILO, unit + 1
        small = size < 10  # noqa: PLR2004  one decimal below ten
        return f"{self.number(f'{size:.1f}' if small else str(round(size)))} {UNITS[unit]}"


@lru_cache(maxsize=8)
def words(language: str) -> Words:
    """Load a language. Raises UsageError when the site has no sentences in it."""
    path = files("publishers.site") / "locale" / f"{language}.yml"
    if not path.is_file():
        known = ", ".join(sorted(item.name[:-4] for item in (files("publishers.site") / "locale").iterdir()))
        raise UsageError(f'catalog/project.yml: languages: found "{language}", expected one of {known}.')
    sentences = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    locale = Locale.parse(LOCALES.get(language, language))
    decimal, group = numbers.get_decimal_symbol(locale), numbers.get_group_symbol(locale)
    return Words(language, sentences, str(decimal), str(group))
