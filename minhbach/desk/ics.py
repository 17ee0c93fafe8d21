"""Writes dates as a calendar that any program can subscribe to (RFC 5545). Knows dates and words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..core.icalendar import escaped, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .words import Words


def calendar(project: str, dates: Iterable[dict[str, Any]], stamp: str, say: Words) -> bytes:
    """Write the dates of all publications: whole days, and the closing of the books as an instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//minhbach//desk//{say.language.upper()}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(say('calendar_name', project=project))}",
    ]
    for one in dates:
        summary = f"{say('date_' + one['kind'])}: {say.of(one['title'])}, {one['period']}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one['kind']}-{one['publication']}-{one['period']}@minhbach.desk",
            f"DTSTAMP:{_instant(stamp)}",
            *_when(one["at"]),
            f"SUMMARY:{escaped(summary)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def _when(at: str) -> list[str]:
    if "T" in at:
        return [f"DTSTART:{_instant(at)}", "DURATION:PT0S"]
    day = date.fromisoformat(at)
    return [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"]


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
