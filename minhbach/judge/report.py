"""Writes a verdict: JSON for programs, and one page of ours for people, which needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..core import jsonfile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..core.catalog import Catalog
    from ..core.verdict import Check, Verdict

WORDS = {
    "passed": {"vi": "đạt", "en": "passed"},
    "failed": {"vi": "không đạt", "en": "failed"},
    "error": {"vi": "không chấm được", "en": "error"},
    "refused": {"vi": "không đạt", "en": "refused"},
    "gate": {"vi": "cửa", "en": "gate"},
    "counted": {"vi": "{} trên {} kiểm tra đạt", "en": "{} of {} checks passed"},
    "none": {"vi": "không có", "en": "none"},
    "not_passed": {"vi": "Chưa đạt", "en": "Not passed"},
    "every": {"vi": "Mọi kiểm tra", "en": "Every check"},
}
HEADS = (
    {"vi": "kiểm tra", "en": "check"},
    {"vi": "nội dung", "en": "about"},
    {"vi": "mức", "en": "severity"},
    {"vi": "kết quả", "en": "outcome"},
    {"vi": "thấy", "en": "found"},
    {"vi": "chờ", "en": "expected"},
)
STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.35rem .6rem;border-bottom:1px solid #8884}
td.n{text-align:end;font-variant-numeric:tabular-nums}.failed,.error{font-weight:600}
.failed{background:#c0392b22}.error{background:#e67e2233}code{font-size:.9em}
""".strip()


def write(verdict: Verdict, catalog: Catalog, path: Path) -> None:
    """Write `<path>` (JSON) and the page beside it with the ending .html, atomically."""
    jsonfile.write(path, "verdict", verdict.document())
    jsonfile.write_bytes(path.with_suffix(".html"), page(verdict, catalog).encode())


def page(verdict: Verdict, catalog: Catalog) -> str:
    """Give the page: the verdict in one line, what did not pass, then every check; in the languages of the project."""
    languages = catalog.project.languages
    title = catalog.dataset(verdict.dataset).title

    def say(words: Mapping[str, str]) -> str:
        return " · ".join(words[language] for language in languages)

    named = escape(" · ".join(dict.fromkeys(title.in_(language) for language in languages)))
    heading = f"{named} · {escape(verdict.period)} · {say(WORDS['gate'])} {escape(verdict.gate)}"
    counts = sum(check.outcome == "passed" for check in verdict.checks), len(verdict.checks)
    failures = "".join(_row(check, say(WORDS[check.outcome])) for check in verdict.failures)
    every = "".join(_row(check, say(WORDS[check.outcome])) for check in verdict.checks)
    nothing = f"<tr><td colspan=6>{say(WORDS['none'])}</td></tr>"
    head = "".join(f'<th scope="col">{say(words)}</th>' for words in HEADS)
    return (
        f'<!doctype html><html lang="{languages[0]}"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"<h1>{heading}: {say(WORDS['passed' if verdict.passed else 'refused'])}</h1>"
        f"<p>{say(WORDS['counted']).format(*counts, *counts)}</p>"
        f"<h2>{say(WORDS['not_passed'])}</h2>{_table(head, failures or nothing)}"
        f"<h2>{say(WORDS['every'])}</h2>{_table(head, every)}"
        "</main></body></html>\n"
    )


def _table(head: str, rows: str) -> str:
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(check: Check, outcome: str) -> str:
    cells = (f"<code>{escape(check.id)}</code>", escape(check.about), check.severity, outcome)
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    numbers = f'<td class="n">{escape(check.observed)}</td><td class="n">{escape(check.expected)}</td>'
    return f'<tr class="{check.outcome}">{body}{numbers}</tr>'
