"""How a line of a calendar is written so that any program reads it: RFC 5545. Knows no event."""

from __future__ import annotations

LINE = 73
"""Octets that a line takes of its own: 75, less the blank that a folded one begins with and one to spare."""


def folded(line: str) -> str:
    """Fold a line so that none has over 75 octets, without cutting a letter: RFC 5545 §3.1."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            parts.append("")
            size = 0
        parts[-1] += letter
        size += width
    return "\r\n ".join(parts)


def escaped(text: str) -> str:
    """Escape a text value: RFC 5545 §3.3.11."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
