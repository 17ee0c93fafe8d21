"""Renders the desk's pages and an agency's preview from plain dicts. Knows templates and words, no house."""

from __future__ import annotations

import csv
import io
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from .ics import calendar
from .words import Words, words

if TYPE_CHECKING:
    from jinja2 import Environment

ROWS_SHOWN = 300
"""Rows and records on a page; the file beside it holds all."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the start of a cell."""


def front(shown: dict[str, Any], language: str) -> bytes:
    """Render the desk's first page."""
    return _page("front.html.j2", language, shown, base="/desk/", path="", title=words(language)("desk"))


def period(shown: dict[str, Any], language: str) -> bytes:
    """Render the page of a publication's period."""
    standing, say = shown["standing"], words(language)
    path = f"{standing['publication']}/{standing['period']}/"
    title = f"{say.of(shown['title'])}, {standing['period']}"
    return _page("period.html.j2", language, shown, base="/desk/", path=path, title=title)


def preview(shown: dict[str, Any], language: str) -> bytes:
    """Render an agency's preview; its links are relative, so that the token stands in no page."""
    say = words(language)
    title = say("preview_title", agency=say.of(shown["agency"]["title"]), period=shown["period"])
    return _page("preview.html.j2", language, shown, base="", path="", title=title)


def missing(language: str) -> bytes:
    """Render the page for an address that there is not; the same for every reason."""
    return _page("missing.html.j2", language, {}, base="", path="", title=words(language)("missing"))


def dates(shown: dict[str, Any], language: str) -> bytes:
    """Write the desk's dates as a calendar."""
    say = words(language)
    return calendar(say.of(shown["project"]), shown["agenda"], shown["now"], say)


def rows_csv(dataset: dict[str, Any]) -> bytes:
    """Write an agency's rows of a dataset as they will be published."""
    names = [*(column["name"] for column in dataset["columns"]), "ghi_chu_an_so"]
    return _csv([names, *([row[name] for name in names] for row in dataset["rows"])])


def quarantine_csv(table: dict[str, Any]) -> bytes:
    """Write what waits of a table, so that a correction can be filled in beside it."""
    names = ["extract_id", "row_no", "reason", "column", "source"]
    return _csv([[f"_{name}" for name in names], *([one[name] for name in names] for one in table["records"])])


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([[_neutral(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _neutral(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(RISKY) and not re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _page(template: str, language: str, shown: dict[str, Any], *, base: str, path: str, title: str) -> bytes:
    say = words(language)
    prefix = f"{base}en/" if language == "en" and base else base
    other = "vi" if language == "en" else "en"
    given = {
        "w": say,
        "language": language,
        "page_title": title,
        "home": prefix,
        "others": {other: f"{base}{'en/' if other == 'en' else ''}{path}"} if base else {},
        "shown_rows": ROWS_SHOWN,
        "cell": partial(_cell, say),
        "reason": partial(_reason, say),
        "listed": _listed,
        "constant": _constant,
    }
    text = _environment().get_template(template).render(shown | given)
    return re.sub(r"\n\s*\n+", "\n", text).encode()


def _reason(say: Words, one: dict[str, Any]) -> str:
    """Say why a record waits: the defect's own words, or those of a rule that every contract has."""
    key = f"reason_{one['reason']}"
    return say.of(one["about"]) if one["about"] else say(key) if say.has(key) else one["reason"]


def _cell(say: Words, row: dict[str, str], column: dict[str, Any]) -> str:
    value = row[column["name"]]
    if not column["is_number"]:
        return value
    return say.number(value) if value else (row.get("ghi_chu_an_so") or "–")


def _constant(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    """Name the columns of text that say the same in every row: they are told once, so that the numbers are in view."""
    rows, columns = dataset["rows"], dataset["columns"]
    same = [one for one in columns if not one["is_number"] and len({row[one["name"]] for row in rows}) == 1]
    return same if len(rows) > 1 else []


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "–" if value is None else str(value)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("minhbach.desk", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
