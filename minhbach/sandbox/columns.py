"""Arrow columns of text: times, numbers, look-ups and single values that replace others. Knows no table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .dossiers import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .dossiers import Bools, Ints

EMPTY = "\x00"
"""Stands for the empty string where a source writes one instead of nothing."""


def digits_of(seconds: Ints) -> Ints:
    """Return local times as the fourteen digits yyyyMMddHHmmss."""
    days, rest = np.divmod(np.where(seconds == NEVER, 0, seconds), 86_400)
    date = date_digits(days)
    return np.asarray(date * 1_000_000 + rest // 3_600 * 10_000 + rest // 60 % 60 * 100 + rest % 60, np.int64)


def date_digits(days: Ints) -> Ints:
    """Return days as the eight digits yyyyMMdd, by the civil calendar's arithmetic."""
    shifted = days + 719_468
    era, of_era = np.divmod(shifted, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted_month + 2) // 5 + 1
    month = np.where(shifted_month < 10, shifted_month + 3, shifted_month - 9)
    year = year_of_era + era * 400 + (month <= 2)
    return np.asarray(year * 10_000 + month * 100 + day, np.int64)


def stamp(seconds: Ints) -> Any:
    """Return times as yyyyMMddHHmmss, null where there is none."""
    return pa.array(digits_of(seconds), mask=seconds == NEVER).cast(pa.string())


def number(values: Ints, mask: Bools | None = None) -> Any:
    """Return whole numbers as text, null where masked."""
    return pa.array(values, mask=mask).cast(pa.string())


def padded(values: Ints, width: int, mask: Bools | None = None) -> Any:
    """Return whole numbers with leading zeros."""
    return pc.utf8_lpad(number(values, mask), width, "0")


def looked_up(words: Sequence[str | None], index: Ints) -> Any:
    """Return the word at each index; null below zero."""
    return pa.array(list(words), pa.string()).take(pa.array(index, mask=index < 0))


def joined(*parts: Any) -> Any:
    """Return the parts strung together; null where one is null."""
    return pc.binary_join_element_wise(*parts, "")


def chosen(mask: Bools, yes: Any, no: Any) -> Any:
    """Return one text where the mask holds and another elsewhere."""
    return pc.if_else(pa.array(mask), _text(yes), _text(no))


def nothing(count: int) -> Any:
    """Return a column without a value."""
    return pa.nulls(count, pa.string())


def replaced(column: Any, at: Ints, values: Mapping[int, str | None]) -> Any:
    """Return the column with the values of single rows replaced; `at` names the row behind each place."""
    if not values:
        return column
    keys = np.fromiter(values, np.int64, len(values))
    hit = np.isin(at, keys)
    if not hit.any():
        return column
    news = pa.array([values[int(row)] for row in at[hit]], pa.string())
    return pc.replace_with_mask(column, pa.array(hit), news)


def _text(value: Any) -> Any:
    return pa.scalar(value, pa.string()) if value is None or isinstance(value, str) else value
