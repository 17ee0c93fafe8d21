from __future__ import annotations

from minhbach.core.icalendar import escaped, folded


def test_a_folded_line_is_short_and_unfolds_to_itself() -> None:
    line = "SUMMARY:" + "Công bố minh bạch hằng quý, Ế Ỗ Ử ậ ỵ " * 9
    pieces = folded(line).split("\r\n")
    assert len(pieces) > 1
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join([pieces[0], *(piece.removeprefix(" ") for piece in pieces[1:])]) == line
    assert folded("SUMMARY:ngắn") == "SUMMARY:ngắn"


def test_what_has_a_meaning_is_escaped() -> None:
    assert escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"
