"""Patterns of personal data in Vietnamese free text, for what a contract derives from text before it is dropped.

The scan of published bytes is another one, elsewhere and stricter; this one only tells what a record holds.
Written for RE2: no look-around, and its word edge knows only ASCII, so edges of words are spelled out.
"""

from __future__ import annotations

UPPER = "A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
LOWER = UPPER.lower()
_EDGE = r"(?:^|[^\pL\pN])"
_NOT_DIGIT = r"(?:^|[^0-9])"
_END = r"(?:$|[^0-9])"
_WORD = rf"[{UPPER}](?:[{LOWER}]+|[{UPPER}]+)"

NAME_IN_CONTEXT = rf"{_EDGE}(?i:hộ ông|hộ bà|ông|bà|anh|chị|cháu|chủ hộ|người nộp)\s*:?\s+{_WORD}(?:\s+{_WORD}){{1,4}}"
PARCEL = r"(?i:thửa(?: đất)?(?: số)?\s*[0-9]+.{0,20}tờ(?: bản đồ)?(?: số)?\s*[0-9]+)"
NAME_OR_PARCEL = rf"{NAME_IN_CONTEXT}|{PARCEL}"
"""Source: domain guide §10.2, NAME_CTX and PARCEL."""

NUMBERS = "|".join(
    _NOT_DIGIT + body + _END
    for body in (
        r"(?:0[0-9]{2}|[1-3][0-9]{2})[0-9]{9}",  # personal ID
        r"[0-9]{9}",  # old identity card
        r"(?:\+?84|0)[235789][0-9]{8,9}",  # telephone
    )
)
EMAIL = r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
DOSSIER_CODE = r"(?i:[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,4}\s*[-–]\s*(?:[0-9]{6}|[0-9]{8})\s*[-–]\s*[0-9]{4,7})"
IDENTIFIER = f"{NAME_OR_PARCEL}|{NUMBERS}|{EMAIL}|{DOSSIER_CODE}"
"""What an open text may not hold."""

PLACEHOLDER = (
    r"^(?:0{5,}[0-9]|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,}|0?123456789(?:0(?:12?)?)?"
    r"|(?i:(?:xem)?[dđ][iíìỉĩị]nhk[eèéẻẽẹ]m))$"
)
"""What only fills a field, blanks and dots aside: digits all alike, zeros before a last one, counted up; "Dinhkem"."""
PLACEHOLDER_BYTES = 40


def holds_identifier(text: str) -> bool:
    """Tell whether a text holds a name in context, a number of a person, an e-mail address or a dossier code."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.match_substring_regex(pa.array([text]), IDENTIFIER)[0].as_py())
