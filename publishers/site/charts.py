"""Pictures of a finding: Vega-Lite drawn by vl-convert, no browser, no network, kept by content. Knows no page."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from minhbach.core.jsonfile import digest, write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from .finding import Findings
    from .words import Words

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Segoe UI, Roboto, Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"
ACCENT, FAINT, INK, PAPER = "#0b6aa2", "#5c6670", "#1b1f23", "#ffffff"
DARK_STYLE = (
    "<style>@media (prefers-color-scheme:dark){text{fill:#e4e8ec}"
    f'path[fill="{ACCENT}"]{{fill:#5aaee0}}line{{stroke:#525b64}}}}</style>'
)
"""Put into the picture: it follows the reader's setting like the page around it."""
CARD_WIDTH, CARD_HEIGHT, CARD_LINE = 1200, 630, 46


CONFIG = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "title": {"color": INK},
    "axis": {"labelColor": INK, "labelFontSize": 13, "grid": False, "ticks": False, "domain": False},
    "text": {"color": INK, "fontSize": 13},
}


@dataclass(frozen=True)
class Form:
    """How a chart is laid out for one width of page; `room` is the share of the width that the longest bar may take."""

    width: int
    step: int
    title: int
    wrap: int
    room: float
    layer: list[dict[str, Any]]


def _told(**place: float) -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "middle", **place}
    return {"mark": mark, "encoding": {"text": {"field": "told"}}}


WIDE = Form(720, 27, 17, 80, 0.68, [{"mark": {"type": "bar", "color": ACCENT, "height": 17}}, _told(dx=6)])
NARROW = Form(
    336,
    42,
    16,
    38,
    0.58,
    [
        {"mark": {"type": "bar", "color": ACCENT, "height": 14, "yOffset": 9}},
        _told(dx=5, dy=9),
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dy": -8, "limit": 330},
            "encoding": {"text": {"field": "name"}, "x": {"datum": 0}},
        },
    ],
)
"""On a phone the names stand above their bars."""


@dataclass(frozen=True)
class Bar:
    """One bar: a name, a share in percent, and the words at its end."""

    name: str
    percent: float
    told: str


@dataclass(frozen=True)
class Chart:
    """A bar chart with its message and measure."""

    title: str
    subtitle: str
    bars: list[Bar]

    def size(self, *, narrow: bool) -> tuple[int, int]:
        """Return width and height of the picture."""
        form = NARROW if narrow else WIDE
        titles, subtitles = self._lines(form)
        head = len(titles) * (form.title + 5) + len(subtitles) * (form.title + 1) + 28
        return form.width, head + form.step * len(self.bars)

    def spec(self, *, narrow: bool) -> dict[str, Any]:
        """Return the Vega-Lite specification, for a wide page or a phone."""
        form = NARROW if narrow else WIDE
        width, height = self.size(narrow=narrow)
        titles, subtitles = self._lines(form)
        return {
            "$schema": SCHEMA,
            "title": {
                "text": titles,
                "subtitle": subtitles,
                "anchor": "start",
                "frame": "bounds",
                "fontSize": form.title,
                "subtitleFontSize": form.title - 3,
                "subtitleColor": FAINT,
                "subtitlePadding": 4,
                "offset": 12,
            },
            "data": {"values": [{"name": bar.name, "percent": bar.percent, "told": bar.told} for bar in self.bars]},
            "width": width,
            "height": height,
            "autosize": {"type": "fit", "contains": "padding"},
            "padding": 2,
            "encoding": self._encoding(form),
            "layer": form.layer,
            "config": CONFIG,
        }

    def _lines(self, form: Form) -> tuple[list[str], list[str]]:
        return textwrap.wrap(self.title, form.wrap), textwrap.wrap(self.subtitle, round(form.wrap * 1.2))

    def _encoding(self, form: Form) -> dict[str, Any]:
        """Axis from zero, with room at the right for the words at the bars' ends."""
        longest = max((bar.percent for bar in self.bars), default=0.0) or 1.0
        axis = {"title": None, "labelLimit": 290, "labelPadding": 8} if form is WIDE else None
        return {
            "y": {"field": "name", "type": "nominal", "sort": None, "axis": axis},
            "x": {
                "field": "percent",
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": [0, longest / form.room], "nice": False, "zero": True},
            },
        }


def chart_of(findings: Findings, words: Words) -> Chart | None:
    """Make the chart of an edition; nothing when there are no two groups to compare."""
    groups = findings.charted(words.language)
    if len(groups) <= 1:
        return None
    table = findings.edition.table
    label = table.declared[table.group or ""]
    noun = (table.declared[table.label_of(label.name) or label.name]).text.in_(words.language)
    shares = [(group.name, group.shares) for group in groups if group.shares]
    bars = [
        Bar(
            name,
            round(100 * one.rate, 2),
            f"{words.share(one.part, one.whole)} ({words.number(one.part)}/{words.number(one.whole)})",
        )
        for name, one in shares
    ]
    name, first = shares[0]
    return Chart(
        title=words("chart_title", name=name, share=words.share(first.part, first.whole)),
        subtitle=words(
            "chart_subtitle",
            part=table.declared[findings.part].text.in_(words.language),
            whole=table.declared[findings.whole].text.in_(words.language),
            count=len(bars),
            noun=noun.lower(),
            period=words.period(findings.edition.period),
        ),
        bars=bars,
    )


class Studio:
    """Draws, or finds what was drawn before; the same spec gives the same bytes."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.tool = version("vl-convert-python")

    def svg(self, spec: dict[str, Any]) -> bytes:
        """Draw a spec as SVG."""
        kept = self._kept(spec, "svg")
        if not kept.is_file():
            import vl_convert

            drawn: str = vl_convert.vegalite_to_svg(spec)
            head, mark, rest = drawn.partition(">")
            write_bytes(kept, f"{head}{mark}{DARK_STYLE}{rest}\n".encode())
        return kept.read_bytes()

    def png(self, spec: dict[str, Any]) -> bytes:
        """Draw a spec as PNG."""
        kept = self._kept(spec, "png")
        if not kept.is_file():
            import vl_convert

            write_bytes(kept, vl_convert.vegalite_to_png(spec, scale=1))
        return kept.read_bytes()

    def _kept(self, spec: dict[str, Any], kind: str) -> Path:
        return self.cache / f"{digest([self.tool, DARK_STYLE, spec])}.{kind}"


def card_spec(place: str, title: str, number: str, sentence: str, foot: str) -> dict[str, Any]:
    """Return the share card as a spec: whose it is, the number, the finding, where from."""
    lines = textwrap.wrap(sentence, CARD_LINE)[:4]
    texts = [
        _line(place, 84, 30, FAINT),
        _line(textwrap.shorten(title, 60, placeholder="…"), 136, 36, INK, bold=True),
        _line(number, 290, 120, ACCENT, bold=True),
        *[_line(line, 385 + 50 * index, 38, INK) for index, line in enumerate(lines)],
        _line(foot, 600, 26, FAINT),
    ]
    return {
        "$schema": SCHEMA,
        "width": CARD_WIDTH,
        "height": CARD_HEIGHT,
        "padding": 0,
        "autosize": "none",
        "data": {"values": [{}]},
        "config": {"background": PAPER, "font": FONT, "view": {"stroke": None}},
        "layer": [
            {"mark": {"type": "rect", "color": ACCENT, "x": 0, "x2": 18, "y": 0, "y2": CARD_HEIGHT}},
            *texts,
        ],
    }


def _line(text: str, y: int, size: int, color: str, *, bold: bool = False) -> dict[str, Any]:
    weight = "bold" if bold else "normal"
    mark = {"type": "text", "x": 70, "y": y, "align": "left", "baseline": "alphabetic", "text": text}
    return {"mark": {**mark, "fontSize": size, "color": color, "fontWeight": weight}}
