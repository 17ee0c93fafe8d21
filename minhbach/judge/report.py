"""Writes a verdict: JSON for programs, and one page of ours for people, which needs no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..core import jsonfile

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.catalog import Catalog
    from ..core.verdict import Check, Verdict

WORDS = {"passed": "đạt · passed", "failed": "không đạt · failed", "error": "không chấm được · error"}
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
    """Give the page: the verdict in one line, what did not pass, then every check."""
    title = catalog.dataset(verdict.dataset).title
    word = "đạt · passed" if verdict.passed else "không đạt · refused"
    heading = f"{escape(title.vi)} · {escape(verdict.period)} · cửa {escape(verdict.gate)}"
    passed = sum(check.outcome == "passed" for check in verdict.checks)
    failures = "".join(map(_row, verdict.failures)) or "<tr><td colspan=6>không có · none</td></tr>"
    every = "".join(map(_row, verdict.checks))
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"<h1>{heading}: {word}</h1><p lang=en>{escape(title.en)}: {passed} of {len(verdict.checks)} checks passed.</p>"
        f"<h2>Chưa đạt · Not passed</h2>{_table(failures)}<h2>Mọi kiểm tra · Every check</h2>{_table(every)}"
        "</main></body></html>\n"
    )


def _table(rows: str) -> str:
    heads = (
        "kiểm tra · check",
        "nội dung · about",
        "mức · severity",
        "kết quả · outcome",
        "thấy · found",
        "chờ · expected",
    )
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(check: Check) -> str:
    cells = (f"<code>{escape(check.id)}</code>", escape(check.about), check.severity, WORDS[check.outcome])
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    numbers = f'<td class="n">{escape(check.observed)}</td><td class="n">{escape(check.expected)}</td>'
    return f'<tr class="{check.outcome}">{body}{numbers}</tr>'
