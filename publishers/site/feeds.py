"""Atom feeds, the release calendar as ICS, the site map. Knows dates and addresses, no HTML."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from minhbach.core.icalendar import escaped, folded

from .words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from minhbach.core.catalog import Publication
    from minhbach.core.periods import Period

    from .model import Edition, Site

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
AHEAD = 4
"""Coming releases shown of each publication."""


def atom(site: Site, language: str, editions: Iterable[Edition], path: str, title: str) -> bytes:
    """Write a feed of editions, newest first."""
    say = words(language)
    listed = sorted(editions, key=lambda one: (one.order, one.dataset.name), reverse=True)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    address = site.url(site.prefix(language) + path)
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", _moment(max((site.issue_of(one).published for one in listed), default="1970-01-01")))
    ET.SubElement(feed, "link", {"rel": "self", "href": address, "type": "application/atom+xml"})
    ET.SubElement(feed, "link", {"rel": "alternate", "href": site.url(site.prefix(language)), "type": "text/html"})
    _add(ET.SubElement(feed, "author"), "name", site.catalog.project.place.name.in_(language))
    for edition in listed:
        entry = ET.SubElement(feed, "entry")
        link = site.url(site.prefix(language) + edition.path)
        _add(entry, "id", link)
        _add(entry, "title", f"{edition.dataset.title.in_(language)}, {say.period(edition.period)}, {edition.revision}")
        _add(entry, "updated", _moment(site.issue_of(edition).published))
        ET.SubElement(entry, "link", {"rel": "alternate", "href": link, "type": "text/html"})
        _add(entry, "summary", site.finds(edition).sentence(say) or edition.dataset.about.in_(language))
    return _written(feed)


def sitemap(site: Site, pages: Iterable[tuple[str, str, tuple[str, ...]]]) -> bytes:
    """Write the site map: (language, address without language, languages it stands in)."""
    root = ET.Element("urlset", {"xmlns": SITEMAP})
    for language, path, _ in sorted(pages):
        _add(ET.SubElement(root, "url"), "loc", site.url(site.prefix(language) + path))
    return _written(root)


def coming(site: Site) -> list[tuple[date, Publication, Period]]:
    """List planned releases after the newest published period of every publication that goes on, soonest first."""
    found: list[tuple[date, Publication, Period]] = []
    for publication in site.catalog.publications.values():
        published = [issue.period for issue in site.issues if issue.publication.name == publication.name]
        if published:
            newest = max(published, key=lambda period: period.end)
            for step in range(1, AHEAD + 1):
                period = newest.shifted(step)
                if site.catalog.goes_on_to(period):
                    found.append((site.release_day(publication, period), publication, period))
    return sorted(found, key=lambda one: (one[0], one[1].name))


def ics(site: Site, language: str) -> bytes:
    """Write past and coming releases as a calendar that any program can subscribe to."""
    say = words(language)
    project = site.catalog.project
    stamp = max((issue.published for issue in site.issues), default="1970-01-01").replace("-", "")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{project.name}//minhbach//{language.upper()}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(project.title.in_(language))}",
    ]
    days = [(date.fromisoformat(one.published), one.publication, one.period, one.path) for one in reversed(site.issues)]
    days += [(day, publication, period, "calendar/") for day, publication, period in coming(site)]
    for day, publication, period, path in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{publication.name}-{period}@{project.name}",
            f"DTSTAMP:{stamp}T000000Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escaped(publication.title.in_(language))}\\, {escaped(say.period(period))}",
            f"URL:{site.url(site.prefix(language) + path)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def _moment(day: str) -> str:
    return f"{day[:10]}T00:00:00Z"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
