"""Writes dates as a calendar that any program can subscribe to (RFC 5545). Knows dates and words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .words import Words

LINE = 73
"""Octets of a line before it is folded: RFC 5545 §3.1 allows 75."""


def calendar(project: str, dates: Iterable[dict[str, Any]], stamp: str, say: Words) -> bytes:
    """Write the dates of all publications: whole days, and the closing of the books as an instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//minhbach//desk//{say.language.upper()}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(say('calendar_name', project=project))}",
    ]
    for one in dates:
        summary = f"{say('date_' + one['kind'])}: {say.of(one['title'])}, {one['period']}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one['kind']}-{one['publication']}-{one['period']}@minhbach.desk",
            f"DTSTAMP:{_instant(stamp)}",
            *_when(one["at"]),
            f"SUMMARY:{_escaped(summary)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _when(at: str) -> list[str]:
    if "T" in at:
        return [f"DTSTART:{_instant(at)}", "DURATION:PT0S"]
    day = date.fromisoformat(at)
    return [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"]


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> str:
    """Fold a line without cutting a letter."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            parts.append("")
            size = 0
        parts[-1] += letter
        size += width
    return "\r\n ".join(parts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
