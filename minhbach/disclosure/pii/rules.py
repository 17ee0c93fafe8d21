"""Identifiers with a shape: numbers, codes, addresses; each with its validation. Knows no file, no name of a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .folding import bare
from .places import PLATES, PROVINCES

if TYPE_CHECKING:
    from collections.abc import Callable

_AGENCY = r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,4})"
_DOSSIER = re.compile(rf"(?<![\w.]){_AGENCY} ?- ?(?:\d{{6}}|\d{{8}}) ?- ?\d{{4,7}}(?!\d)")
# What only looks like an identifier: hashes, dates and times, codes of procedures and agencies, numbers of documents.
_HARMLESS = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"
    r"|(?<!\d)\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?!\d)"
    r"|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{4}(?: \d{1,2}:\d{2}(?::\d{2})?)?(?!\d)"
    rf"|(?<![\w.])\d\.\d{{6}}(?:\.{_AGENCY})?(?![\w.-])"
    rf"|(?<![\w.]){_AGENCY}(?![\w-])"
    r"|(?<!\w)\d{1,5}[A-Za-zĐđ]?/(?:\d{4}/)?[A-ZĐ][\wĐđ.&\-]*"
)
_MONEY = re.compile(r"(?<![a-z])(?:vnd|dong|tien|so tien|le phi|lephi|phi|amount|fee)(?![a-z])")
_IDENTITY = re.compile(
    r"cccd|cmnd|cmt|dinh ?danh|can cuoc|chung minh|giay ?to|so ?giay|ho chieu|passport|identity|bhxh|bao hiem"
)
# Nothing but a number as long as that of a card or an account, and no time: nobody can say what it is.
_LONE = re.compile(r"\d{9}|(?!20\d{12}$)\d{12,19}")
_SHORTEST_PHONE = 7
_PLACEHOLDERS = re.compile(r"0*1?|(\d)\1*")


@dataclass(frozen=True)
class Rule:
    """One kind of identifier: where it may stand, and what makes a match count."""

    kind: str
    name: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True
    context: re.Pattern[str] | None = None
    """Words without which the shape means nothing; looked for in the text and in the name of its column."""
    numeric: bool = True
    """Whether it is a bare number, which a column of money or counts may hold."""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _citizen(text: str) -> bool:
    """Three digits of province or country, one of sex and century, two of the year, six of chance; no check digit."""
    digits = _digits(text)
    return digits[:3] in PROVINCES or "100" <= digits[:3] <= "399"


def _tax(text: str) -> bool:
    from stdnum.vn import mst

    return bool(mst.is_valid(text))


def _health(text: str) -> bool:
    return text[2] in "12345"


def _phone(text: str) -> bool:
    national = re.sub(r"^84", "0", _digits(text))
    # A digit that follows after a gap may belong to the next word.
    if any(shape.fullmatch(national) for shape in (_MOBILE, _MOBILE_OLD)) or _MOBILE.fullmatch(national[:10]):
        return True
    if not _LANDLINE.fullmatch(national):
        return False
    import phonenumbers

    return bool(phonenumbers.is_valid_number(phonenumbers.parse(national, "VN")))


def holds_phone_of(text: str, country: str) -> bool:
    """Tell whether a text holds a telephone number that is valid in a country, by that country's own plan."""
    if sum(letter.isdigit() for letter in text) < _SHORTEST_PHONE:
        return False
    import phonenumbers

    return any(True for _ in phonenumbers.PhoneNumberMatcher(_HARMLESS.sub(" ", text), country))


def _plate(text: str) -> bool:
    return int(text[:2]) in PLATES


def _person_number(text: str) -> bool:
    return not _PLACEHOLDERS.fullmatch(_digits(text))


_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-46-9])\d{7}")
_MOBILE_OLD = re.compile(r"0(?:12\d|16[2-9]|18[68]|199)\d{7}")
_LANDLINE = re.compile(r"02[48][2-9]\d{7}|02\d{2}[2-9]\d{6}")
_GAP = r"[ .\-]?"
EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

RULES = (
    Rule("personal_id", "cccd", re.compile(r"(?<!\d)(?:0\d{2}|[1-3]\d{2})\d{9}(?!\d)"), _citizen),
    Rule("personal_id", "cccd_spaced", re.compile(r"(?<!\d)0\d{2}([ .\-])\d{3}\1\d{3}\1\d{3}(?!\d)"), _citizen),
    Rule("personal_id", "cmnd", re.compile(r"(?<!\d)\d{9}(?!\d)"), _person_number, _IDENTITY),
    Rule("social_insurance", "bhxh", re.compile(r"(?<!\d)\d{10}(?!\d)"), _person_number,
         re.compile("bhxh|bao hiem xa hoi")),
    Rule("tax_code", "mst", re.compile(r"(?<!\d)\d{10}(?:-?\d{3})?(?!\d)"), _tax),
    Rule("driving_licence", "gplx", re.compile(r"(?<!\d)\d{12}(?!\d)"), context=re.compile("gplx|lai xe|bang lai")),
    Rule("passport", "passport", re.compile(r"(?<![A-Z0-9.])(?:[BC]\d{7}|[PE]\d{8})(?![A-Z0-9.])"), numeric=False),
    Rule("passport", "passport_in_context", re.compile(r"(?<![A-Z0-9])[A-Z]\d{7,8}(?![A-Z0-9])"),
         context=re.compile("ho chieu|passport"), numeric=False),
    Rule("health_insurance", "bhyt", re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{13}(?!\d)"), _health, numeric=False),
    Rule("phone", "phone", re.compile(rf"(?<![\d+])(?:\+?84{_GAP}|\(?0)(?:\d\)?{_GAP}){{8,9}}\d(?!\d)"), _phone),
    Rule("plate", "plate", re.compile(
        r"(?<![\w.])\d{2}[ -]?(?:[A-ZĐ]\d?[ .\-]{0,3}(?:\d{3}\.?\d{2}|\d{4})"
        r"|[A-ZĐ]{2}\d?[ .\-]{0,3}\d{3}\.?\d{2})(?!\w)"
    ), _plate, numeric=False),
    Rule("email", "email", EMAIL, numeric=False),
    Rule("bank_account", "account_in_context", re.compile(
        r"(?i)(?:stk|số tài khoản|so tai khoan|tài khoản số|tk số)\D{0,12}\d{6,19}"), numeric=False),
    Rule("parcel", "parcel", re.compile(
        r"(?i)(?:thửa|thua)(?: (?:đất|dat))?(?: (?:số|so))?\s*\d+.{0,20}"
        r"(?:tờ|to)(?: (?:bản đồ|ban do))?(?: (?:số|so))?\s*\d+"
    ), numeric=False),
    Rule("address", "address", re.compile(
        r"(?i)(?<!\w)(?:số nhà|ngõ|ngách|hẻm|kiệt|tổ dân phố|tổ|khu phố|khu|thôn|xóm|ấp|đội|buôn|bản|làng)"
        r" (?:số )?\d+[a-z]?(?:/\d+)*(?!\w)|(?<!\w)số \d+[a-z]?(?:/\d+)* (?:đường|phố|ngõ|ngách|hẻm)(?!\w)"
    ), numeric=False),
    Rule("address", "hamlet", re.compile(
        r"(?<!\w)(?:[Tt]hôn|[Xx]óm|[Ấấ]p|[Bb]uôn|[Tt]ổ dân phố|[Kk]hu phố) [A-ZÀ-ỸĐ][a-zà-ỹđ]+"), numeric=False),
)  # fmt: skip

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:[.,]\d+)?|-?[1-9]\d{0,2}(?:[.,]\d{3})+(?:[.,]\d+)?")


def is_number(text: str) -> bool:
    """Tell whether a text is a plain number: no leading zero, nothing beside it."""
    return _NUMBER.fullmatch(text.strip()) is not None


def shaped(text: str, column: str, *, numeric: bool) -> set[tuple[str, str]]:
    """Give the kinds and rules found in one composed text; `column` is the name it stands under."""
    found = set()
    if _DOSSIER.search(text):
        found.add(("dossier_code", "dossier_code"))
    rest = _HARMLESS.sub(" ", _DOSSIER.sub(" ", text))
    name = re.sub(r"[_\W]+", " ", bare(column))
    bare_number = is_number(text) and (numeric or _MONEY.search(name) is not None)
    around = f"{name} {bare(text)}"
    for rule in RULES:
        if (rule.numeric and bare_number) or (rule.context and not rule.context.search(around)):
            continue
        if any(rule.holds(match.group()) for match in rule.pattern.finditer(rest)):
            found.add((rule.kind, rule.name))
    if not found and not bare_number and _LONE.fullmatch(rest.strip()) and _person_number(rest):
        found.add(("long_number", "lone_long_number"))
    return found
