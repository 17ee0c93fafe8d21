"""The named functions of `derive:` and `clean:`: they read a value before it is dropped. Know no table and no agency.

Every function reads a column of text (NFC, trimmed, blank is null) and gives one column. Keyed ones use the
pseudonym key through `core.keys`; the same value gives the same pseudonym in every table and at every supplier.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from . import personal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.keys import Secret

    Column = Callable[[pa.Array], pa.Array]
    """From a column of text to the derived one."""

PSEUDONYM_DIGITS = 32
TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
TAX_LENGTHS = (10, 13)
_NOTHING = pa.scalar(None, pa.string())
_DASHES = re.compile(r"\s*[-‐‑–—]\s*")


@dataclass(frozen=True)
class Derivation:
    """A function ready for one contract: what it gives and how."""

    type: pa.DataType
    column: Column
    absent: object = None
    """What stands where the value is missing."""


@dataclass(frozen=True)
class Sources:
    """What functions may read besides the value: the pseudonym key and the names of the project's code lists."""

    key: Secret
    names: Mapping[str, frozenset[str]]
    """Code list → folded names of everything in it."""


def derivation(declared: str, sources: Sources) -> Derivation:
    """Find a function by its declared name.

    Raises:
        KeyError: there is no such function, or no such code list.

    """
    name, _, code_list = declared.partition(":")
    return FUNCTIONS[name](sources, code_list)


def each(function: Callable[[str], Any], kind: pa.DataType, text: pa.Array) -> pa.Array:
    """Apply a function once to every different value of a column."""
    known = text.dictionary_encode()
    made = pa.array([function(value) for value in known.dictionary.to_pylist()], kind)
    return made.take(known.indices)


def folded(text: str) -> str:
    """Fold a name to what is compared: no accents, đ → d, lower case, punctuation and blanks to single blanks."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_D_LETTERS)))
    return re.sub(r"[^a-z0-9]+", " ", plain.lower()).strip()


_MARKS = re.compile("[\u0300-\u036f]+")
_D_LETTERS = str.maketrans("đĐÐƉ", "dddd")


def dossier_code(text: pa.Array) -> pa.Array:
    """Unify dossier codes: dashes without blanks, capitals."""
    odd = pc.fill_null(pc.match_substring_regex(text, r"[^0-9A-Z.\-]"), False)  # noqa: FBT003
    if not pc.any(odd).as_py():
        return text
    mended = each(lambda value: _DASHES.sub("-", value).upper(), pa.string(), text.filter(odd))
    return pc.replace_with_mask(text, odd, mended)


def agency_of_dossier_code(text: str) -> str | None:
    """Return the agency part of a unified dossier code."""
    parts = text.rsplit("-", 2)
    return parts[0] if len(parts) == 3 else None  # noqa: PLR2004  agency, day, serial


def has_valid_tax_code(text: str) -> bool:
    """Tell whether a tax code carries the right check digit (10 − Σ weights mod 11; branches 001–999)."""
    digits = text.replace("-", "").replace(" ", "")
    if not digits.isdecimal() or len(digits) not in TAX_LENGTHS or digits[10:] == "000":
        return False
    rest = sum(w * int(d) for w, d in zip(TAX_WEIGHTS, digits, strict=False)) % 11
    return rest != 0 and 10 - rest == int(digits[9]) and digits[2:9] != "0000000"


def is_placeholder(text: pa.Array) -> pa.Array:
    """Tell which values only fill a field: digits all alike or counted up, or the word "Dinhkem"."""
    short = pc.if_else(pc.less_equal(pc.binary_length(text), personal.PLACEHOLDER_BYTES), text, _NOTHING)
    bare = pc.replace_substring_regex(short, r"[\s.\-]", "")
    return pc.fill_null(pc.match_substring_regex(bare, personal.PLACEHOLDER), False)  # noqa: FBT003


def has_personal_text(text: pa.Array) -> pa.Array:
    """Tell which texts hold a person's name in context or a land parcel."""
    return pc.match_substring_regex(text, personal.NAME_OR_PARCEL)


def _keyed(sources: Sources, domain: str) -> Callable[[str], bytes]:
    """Return HMAC-SHA256 over the domain and a value, prepared once: the same as `core.keys.pseudonym`."""
    block = sources.key.value.ljust(hashlib.sha256().block_size, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + f"{domain}\0".encode())
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(value: str) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(value.encode())
        second.update(first.digest())
        return second.digest()

    return digest


def _pseudonym(domain: str, sources: Sources, _code_list: str) -> Derivation:
    keyed = _keyed(sources, domain)
    return Derivation(pa.string(), partial(each, lambda value: keyed(value).hex()[:PSEUDONYM_DIGITS], pa.string()))


def _person_pseudonym(sources: Sources, _code_list: str) -> Derivation:
    keyed = _keyed(sources, "person")

    def column(text: pa.Array) -> pa.Array:
        bare = pc.utf8_upper(pc.replace_substring_regex(text, r"[\s.\-]", ""))
        real = pc.if_else(is_placeholder(bare), _NOTHING, bare)
        return each(lambda value: keyed(value).hex()[:PSEUDONYM_DIGITS], pa.string(), real)

    return Derivation(pa.string(), column)


def _record_key(sources: Sources, _code_list: str) -> Derivation:
    keyed = _keyed(sources, "record_key")
    return Derivation(pa.int16(), partial(each, lambda value: keyed(value)[0], pa.int16()))


def _known_name(sources: Sources, code_list: str) -> Derivation:
    known = sources.names[code_list]

    def name(text: str) -> str | None:
        key = folded(text)
        return key if key in known else None

    return Derivation(pa.string(), partial(each, name, pa.string()))


def _text(function: Callable[[str], str | None]) -> Callable[[Sources, str], Derivation]:
    return lambda _sources, _code_list: Derivation(pa.string(), partial(each, function, pa.string()))


def _truth(function: Column) -> Callable[[Sources, str], Derivation]:
    return lambda _sources, _code_list: Derivation(pa.bool_(), function, absent=False)


FUNCTIONS: dict[str, Callable[[Sources, str], Derivation]] = {
    "dossier_pseudonym": partial(_pseudonym, "dossier"),
    "supplement_pseudonym": partial(_pseudonym, "supplement"),
    "apology_pseudonym": partial(_pseudonym, "apology"),
    "person_pseudonym": _person_pseudonym,
    "record_key": _record_key,
    "agency_of_dossier_code": _text(agency_of_dossier_code),
    "folded_name": _text(folded),
    "known_name": _known_name,
    "is_placeholder": _truth(is_placeholder),
    "has_personal_text": _truth(has_personal_text),
    "has_valid_tax_code": _truth(partial(each, has_valid_tax_code, pa.bool_())),
    "is_converted": _truth(partial(each, lambda value: folded(value) == "convert", pa.bool_())),
}
"""What `derive:` may name."""

CLEANERS: dict[str, Column] = {"dossier_code": dossier_code}
"""What `clean:` may name."""
LISTED = {"known_name"}
"""Functions that need a code list."""
