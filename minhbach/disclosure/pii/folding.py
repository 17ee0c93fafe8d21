"""Bring text to one form before it is searched; knows Unicode, no rule."""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"[^\S\n]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]")


def composed(text: str) -> str:
    """Compose letters, make wide digits plain, drop what cannot be seen, and unify blanks and dashes."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(letter for letter in plain if unicodedata.category(letter) not in {"Cf", "Cs"})
    return _BLANKS.sub(" ", _DASHES.sub("-", seen))


def bare(text: str) -> str:
    """Fold to lower case without any accent, đ as d."""
    split = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in split if not unicodedata.combining(letter))
