"""Turns columns of text into typed Arrow columns, strictly: nothing is guessed. Knows no record and no contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

DECIMAL = pa.decimal128(18, 4)
TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "decimal": DECIMAL,
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
TRUE, FALSE = ["1", "true"], ["0", "false"]
FIELDS = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2, "hh": 2, "mm": 2, "ss": 2, "a": 2}
HOURS_OF_HALF_DAY = 12
ZERO, NINE = ord("0"), ord("9")


def text_of(values: Sequence[object] | pa.Array) -> pa.Array:
    """Return values as trimmed text; blank is null, a number is its shortest writing."""
    if isinstance(values, pa.Array):
        column = values.cast(pa.string())
    else:
        try:
            column = pa.array(values, pa.string())
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            column = pa.array([_written(value) for value in values], pa.string())
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _written(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def mask_of(column: pa.Array) -> Mask:
    """Return a boolean column as a mask; null is false."""
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)  # noqa: FBT003


def composed(text: pa.Array) -> pa.Array:
    """Return text in Unicode normal form C."""
    if pc.all(pc.string_is_ascii(text)).as_py() is not False:
        return text
    return pc.utf8_normalize(text, "NFC")


@dataclass(frozen=True)
class Parsed:
    """A typed column; `bad` marks what could not be read, `implausible` times outside the plausible years."""

    column: pa.Array
    bad: Mask
    implausible: Mask | None = None


def parse(text: pa.Array, kind: str, *, form: TimeForm | None, years: Sequence[int], decimal: str) -> Parsed:
    """Read a column of text as a type of the catalog other than string."""
    match kind:
        case "integer":
            return _numbers(text, r"^[+-]?[0-9]{1,18}$", pa.int64())
        case "decimal":
            pattern = rf"^[+-]?[0-9]{{1,14}}(?:{re.escape(decimal)}[0-9]{{1,4}})?$"
            return _numbers(text, pattern, DECIMAL, decimal)
        case "boolean":
            lower = pc.utf8_lower(text)
            true = pc.is_in(lower, value_set=pa.array(TRUE))
            known = pc.or_(true, pc.is_in(lower, value_set=pa.array(FALSE)))
            absent = mask_of(pc.is_null(text))
            return Parsed(pc.if_else(known, true, pa.scalar(None, pa.bool_())), ~mask_of(known) & ~absent)
        case _ if form is not None:
            return _times(text, form, years, TYPES[kind])
    raise AssertionError(f"{kind}: no such type, or a time without its form")


def _numbers(text: pa.Array, pattern: str, kind: pa.DataType, decimal: str = ".") -> Parsed:
    fits = pc.match_substring_regex(text, pattern)
    bad = ~mask_of(pc.fill_null(fits, True))  # noqa: FBT003
    kept = pc.if_else(fits, text, pa.scalar(None, pa.string()))
    if decimal != ".":
        kept = pc.replace_substring(kept, decimal, ".")
    return Parsed(pc.cast(kept, kind), bad)


@dataclass(frozen=True)
class TimeForm:
    """A way to write times in which every field has its fixed place: `dd/MM/yyyy HH:mm:ss`."""

    text: str
    length: int
    places: dict[str, int]
    literals: tuple[tuple[int, int], ...]
    """Position and byte of everything that is no field."""

    @classmethod
    def of(cls, text: str) -> TimeForm:
        """Read a declared form.

        Raises:
            ValueError: it has no full date, holds a field twice, or a letter that is no field.

        """
        places: dict[str, int] = {}
        literals: list[tuple[int, int]] = []
        position = 0
        for token in re.findall(r"yyyy|MM|dd|HH|hh|mm|ss|a|.", text):
            if token in places or (token.isalpha() and token not in FIELDS) or not token.isascii():
                raise ValueError(f'found "{text}", expected yyyy, MM, dd, HH or hh with a, mm, ss, each once')
            if token in FIELDS:
                places[token] = position
            else:
                literals.append((position, ord(token)))
            position += FIELDS.get(token, 1)
        if not {"yyyy", "MM", "dd"} <= set(places) or ("hh" in places) != ("a" in places):
            raise ValueError(f'found "{text}", expected a full date, and hh only with a')
        return cls(text, position, places, tuple(literals))


def _times(text: pa.Array, form: TimeForm, years: Sequence[int], kind: pa.DataType) -> Parsed:
    count = len(text)
    there = ~mask_of(pc.is_null(text))
    right = mask_of(pc.equal(pc.binary_length(text), form.length))
    rows = np.flatnonzero(right)
    letters = _letters(text, right, form.length)
    good = np.ones(len(rows), np.bool_)
    for position, letter in form.literals:
        good &= letters[:, position] == letter
    parts = {name: _digits(letters, place, FIELDS[name], good) for name, place in form.places.items() if name != "a"}
    seconds = _seconds(parts, letters, form, good)
    low, high = years
    implausible = np.zeros(count, np.bool_)
    implausible[rows] = good & ((parts["yyyy"] < low) | (parts["yyyy"] > high))
    bad = there & ~right
    bad[rows] = ~good
    whole = np.zeros(count, np.int64)
    whole[rows] = np.where(good, seconds, 0)
    if pa.types.is_date(kind):
        days = (whole // 86_400).astype(np.int32)
        column = pa.array(days, pa.int32(), mask=~there | bad | implausible).cast(kind)
    else:
        column = pa.array(whole * 1_000_000, pa.int64(), mask=~there | bad | implausible).cast(kind)
    return Parsed(column, bad, implausible)


def _letters(text: pa.Array, chosen: Mask, length: int) -> NDArray[np.uint8]:
    """Return the bytes of the chosen texts, all of one length, as rows of a matrix."""
    kept = pa.concat_arrays([text.filter(pa.array(chosen))])
    if not len(kept):
        return np.zeros((0, length), np.uint8)
    offsets = np.frombuffer(kept.buffers()[1], np.int32)[kept.offset : kept.offset + len(kept) + 1]
    data = np.frombuffer(kept.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    return data.reshape(-1, length)


def _digits(letters: NDArray[np.uint8], place: int, width: int, good: Mask) -> NDArray[np.int64]:
    number = np.zeros(len(letters), np.int64)
    for position in range(place, place + width):
        letter = letters[:, position]
        good &= (letter >= ZERO) & (letter <= NINE)
        number = number * 10 + (letter.astype(np.int64) - ZERO)
    return number


def _seconds(
    parts: dict[str, NDArray[np.int64]], letters: NDArray[np.uint8], form: TimeForm, good: Mask
) -> NDArray[np.int64]:
    """Return seconds since 1 January 1970; `good` loses what is no time of the calendar."""
    zero = np.zeros(len(letters), np.int64)
    hour, minute, second = (parts.get(name, zero) for name in ("HH", "mm", "ss"))
    if "a" in form.places:
        half = letters[:, form.places["a"]] | 0x20
        good &= ((half == ord("a")) | (half == ord("p"))) & ((letters[:, form.places["a"] + 1] | 0x20) == ord("m"))
        good &= (parts["hh"] >= 1) & (parts["hh"] <= HOURS_OF_HALF_DAY)
        hour = parts["hh"] % HOURS_OF_HALF_DAY + np.where(half == ord("p"), HOURS_OF_HALF_DAY, 0)
    good &= (parts["MM"] >= 1) & (parts["MM"] <= 12) & (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004
    good &= parts["yyyy"] >= 1
    months = np.where(good, (parts["yyyy"] - 1970) * 12 + parts["MM"] - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[D]").astype(np.int64)
    good &= (parts["dd"] >= 1) & (parts["dd"] <= following - first)
    return (first + parts["dd"] - 1) * 86_400 + hour * 3_600 + minute * 60 + second


def empty(kind: pa.DataType) -> Any:
    """Return an empty column of a type."""
    return pa.array([], kind)
