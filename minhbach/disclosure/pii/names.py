"""Names of persons in running text, and the places that only look like them; knows no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .folding import bare, composed
from .places import PROVINCES, SURNAMES, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

_UP = "A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
_LO = _UP.lower()
_WORD = rf"[{_UP}][{_LO}]+"
_TITLES = r"ông|bà|anh|chị|cháu|hộ ông|hộ bà|chủ hộ|người nộp"
_SURNAME = "|".join(SURNAMES)
_BARE = "|".join(sorted({bare(name) for name in SURNAMES}))
_CONTEXT = re.compile(rf"(?i:(?<!\w)(?:{_TITLES}) ?:? )({_WORD}(?: {_WORD}){{1,4}})")
_BY_SURNAME = re.compile(
    rf"(?<!\w)(?:{_SURNAME})(?: [{_UP}][{_LO}]*){{1,4}}(?!\w)|(?<!\w)(?:H'|Y )[{_UP}]\w+(?: {_WORD})+(?!\w)"
)
_CAPITALS = re.compile(rf"(?<!\w)[{_UP}]{{2,}}(?: [{_UP}]{{1,}}){{1,4}}(?!\w)")
_ACCENTLESS = re.compile(r"(?<!\w)[A-Z][a-z]+(?: [A-Z][a-z]*){1,4}(?!\w)")
_MIDDLE = re.compile(rf"(?:{_BARE}) (?:van|thi|dinh|duc|xuan|huu|quang|ngoc|thanh|minh)(?: [a-z]+){{1,3}}")
_FULL = re.compile(rf"(?:{_BARE})(?: [a-z]+){{1,4}}")
_PERSON_WORDS = re.compile(
    r"(?<![a-z])(?:ong|ba|anh|chi|chu ho|chu ho so|nguoi nop|nguoi xu ly|ho ten|ho va ten|chu tk|chu tai khoan"
    r"|nguoi ky|can bo)(?![a-z])"
)
_PLACE_BEFORE = re.compile(
    r"(?:phường|xã|tỉnh|thành phố|tp\.?|huyện|quận|thị trấn|thị xã|đặc khu|đường|phố|trường|chợ|cầu|đảo|sông|núi"
    r"|công viên) (?:[\w']+ ){0,1}$",
    re.IGNORECASE,
)
_PLACE_AFTER = re.compile(r"(?<!\w)(?:Ward|Commune|District|Province|City|Town|Township|Special Zone|Street)(?!\w)")


class Gazetteer:
    """What may stand in a release although it looks like a person: places, agencies, and what the caller names."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Take whole strings; of a unit ("Phường Hà Lầm") its bare name is allowed as well."""
        self.whole: set[str] = set()
        for text in (*allowed, *PROVINCES.values()):
            name = composed(text).casefold().strip()
            self.whole.add(name)
            for unit in UNITS:
                if name.startswith(unit + " "):
                    self.whole |= {name.removeprefix(unit).strip(), self._inner(name.removeprefix(unit).strip())}
        self.whole |= {bare(name) for name in self.whole}

    @staticmethod
    def _inner(name: str) -> str:
        for unit in UNITS:
            if name.startswith(unit + " "):
                return name.removeprefix(unit).strip()
        return name

    def knows(self, text: str) -> bool:
        """Tell whether a text is one of the allowed strings."""
        return text.casefold().strip() in self.whole


def named(text: str, column: str, gazetteer: Gazetteer) -> set[tuple[str, str]]:
    """Give the rules by which a composed text names a person."""
    if gazetteer.knows(text):
        return set()
    found = set()
    about = re.sub(r"[_\W]+", " ", bare(f"{column} {text}"))
    in_context = (match for match in _CONTEXT.finditer(text) if not gazetteer.knows(match[1]))
    if any(not _PLACE_BEFORE.search(text[: match.start()]) for match in in_context):
        found.add(("person_name", "name_in_context"))
    if any(_is_person(match, text, gazetteer) for match in _BY_SURNAME.finditer(text)):
        found.add(("person_name", "surname"))
    for pattern, rule in ((_CAPITALS, "name_in_capitals"), (_ACCENTLESS, "name_without_accents")):
        for match in pattern.finditer(text):
            words = bare(match.group())
            shape = _FULL if _PERSON_WORDS.search(about) else _MIDDLE
            if shape.fullmatch(words) and _is_person(match, text, gazetteer):
                found.add(("person_name", rule))
    return found


def _is_person(match: re.Match[str], text: str, gazetteer: Gazetteer) -> bool:
    """Leave out places: known ones, also at the start of a longer match, and what stands by the word for a unit."""
    if _PLACE_AFTER.search(text, match.start(), match.end() + len(" Special Zone")):
        return False
    words = match.group().split(" ")
    heads = (" ".join(words[:size]) for size in range(2, len(words) + 1))
    return not any(gazetteer.knows(head) for head in heads) and not _PLACE_BEFORE.search(text[: match.start()])
