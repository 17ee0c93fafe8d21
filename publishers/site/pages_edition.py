"""Pages of one edition: the numbers with all that explains them, and a page for each group. Knows no file writing."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from .charts import chart_of
from .describe import dataset_jsonld
from .offers import downloads, latest_files, licence_url, other_files, receipt_shown
from .render import Page, embedded, slug
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .finding import Findings, Group
    from .model import Edition
    from .pages_dataset import DatasetPages
    from .table import Row, Shares
    from .words import Words

PREVIEW_ROWS = 10
ON_PAGE = 120
"""Groups listed on the dataset's own page; all of them stand on a page of their own."""
ROWS_A_PAGE = 150


class EditionPages:
    """The page of one edition and those of its groups, at the plain address or pinned."""

    def __init__(self, owner: DatasetPages, edition: Edition, path: str, *, is_pinned: bool) -> None:
        self.owner, self.edition, self.path, self.is_pinned = owner, edition, path, is_pinned
        self.site, self.language, self.words = owner.site, owner.language, owner.words

    def pages(self) -> Iterator[Page]:
        """Yield the edition's page, the list of groups, and each group's pages."""
        yield Page(self.language, self.path, "dataset.html.j2", self._edition, indexed=not self.is_pinned)
        table = self.edition.table
        if table.group is None:
            return
        yield Page(self.language, f"{self.path}agency/", "groups.html.j2", self._groups)
        newer = self.owner.view.newer_than(self.edition) if self.is_pinned else None
        for code, rows in table.by_group.items():
            count = max(1, -(-len(rows) // ROWS_A_PAGE))
            for number in range(1, count + 1):
                yield Page(
                    self.language,
                    self._group_path(code, number),
                    "group.html.j2",
                    lambda code=code, number=number, count=count: self._group(code, number, count),  # type: ignore[misc]
                    key=(self.edition.manifest_sha256, newer.name if newer else "", code, str(number)),
                    indexed=not self.is_pinned and number == 1,
                )

    @cached_property
    def rows(self) -> Rows:
        """The renderer of this table's rows."""
        return Rows(self.edition.table, self.site.catalog, self.words, hidden=self.edition.table.level)

    @cached_property
    def findings(self) -> Findings:
        """What the edition finds."""
        return self.site.finds(self.edition)

    @cached_property
    def groups(self) -> list[Group]:
        """The edition's groups by name."""
        return self.findings.groups(self.language)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Words for the group, the part and the whole."""
        table = self.edition.table
        noun = table.group and table.declared[table.label_of(table.group) or table.group].text.in_(self.language)
        declared = self.findings.declared
        parts = [table.declared[name].text.in_(self.language) for name in declared.share] if declared else ["", ""]
        return {"noun": noun or "", "part_label": parts[0], "whole_label": parts[1]}

    def _group_path(self, code: str, number: int) -> str:
        return f"{self.path}agency/{slug(code)}/" + (f"p{number}/" if number > 1 else "")

    def _newer(self) -> dict[str, str] | None:
        newer = self.owner.view.newer_than(self.edition) if self.is_pinned else None
        if newer is None:
            return None
        text = self.words("newer_exists", period=self.words.period(newer.period), revision=newer.revision)
        return {"text": text, "path": self.owner.home, "name": self.owner.title}

    def _listed(self, groups: list[Group]) -> list[dict[str, Any]]:
        return [
            {"slug": slug(group.code), "name": group.name, "cells": cells_of(self.words, group.shares)}
            for group in groups
        ]

    def _edition(self) -> dict[str, Any]:
        edition, dataset, say = self.edition, self.edition.dataset, self.words
        table, findings = edition.table, self.findings
        share = findings.overall if findings.sentence(say) else None
        preview = self.rows.order(self._preview())[:PREVIEW_ROWS]
        sentence = findings.sentence(say) or self._without_finding()
        return {
            "title": self.owner.title,
            "description": sentence,
            "crumbs": [(self.owner.home, self.owner.title)] if self.is_pinned else [],
            "card": self.site.url(f"{edition.path}card.{self.language}.png"),
            "jsonld": embedded(dataset_jsonld(self.site, edition, self.language)),
            "newer": self._newer(),
            "period": say.period(edition.period),
            "window": say.window(edition.period),
            "number": share and say.share(share.part, share.whole),
            "sentence": sentence,
            "hidden": bool(share and share.hidden),
            "files": downloads(self.site, edition, say),
            "about": dataset.about.in_(self.language),
            "more": [text for text in (findings.change(say), findings.spread(say)) if text],
            "chart": self._chart(),
            "preview": self.rows.shown(preview),
            "preview_all": self._whole_page(),
            "rows": say.number(len(table.rows)),
            "groups": self._listed(self.groups[:ON_PAGE]),
            "group_count": len(self.groups),
            "group_href": self.site.href(self.language, f"{self.path}agency/"),
            **self.labels,
            "how_to_read": dataset.how_to_read.in_(self.language),
            "does_not_say": dataset.does_not_say.in_(self.language),
            "dictionary": self._dictionary(),
            "other_language": self._other_language,
            "dates": self._dates(),
            "history": self.owner.history(edition if self.is_pinned else self.owner.view.newest),
            "long_file": f"{self.owner.home}all/data.csv",
            "latest": latest_files(self.site, edition),
            "pinned": edition.path,
            "cite": self._cite(),
            "licence": dataset.licence,
            "licence_url": licence_url(dataset.licence),
            "receipt": receipt_shown(self.site.receipt_of(edition), say, f"{edition.path}receipt.json"),
            "other_files": other_files(self.site, edition, say),
            "contact": dataset.steward,
        }

    def _without_finding(self) -> str:
        if self.findings.declared is not None:
            return self.words("finding_hidden")
        rows = self.words.number(len(self.edition.table.rows))
        return self.words("no_finding", rows=rows, period=self.words.period(self.edition.period))

    def _preview(self) -> list[Row]:
        """The rows a reader looks for first: those over all groups together, where there are any."""
        return self.edition.table.by_group.get(self._all, []) or self.edition.table.rows

    @property
    def _all(self) -> str:
        """Code of the rows over all groups together."""
        return self.edition.dataset.totals.get(self.edition.table.group or "", "")

    def _whole_page(self) -> dict[str, str] | None:
        """The page with all rows over all groups together."""
        rows = self.edition.table.by_group.get(self._all)
        if not rows:
            return None
        name = self.rows.names.of(self.edition.table.group or "", rows[0])
        return {"path": self._group_path(self._all, 1), "text": self.words("preview_all", name=name)}

    def _chart(self) -> dict[str, Any] | None:
        chart = chart_of(self.findings, self.words)
        if chart is None:
            return None
        at = f"{self.site.base}/{self.edition.path}chart"
        charted = self.findings.charted(self.language)
        return {
            "wide": f"{at}.{self.language}.svg",
            "narrow": f"{at}-narrow.{self.language}.svg",
            "spec": f"{at}.{self.language}.vl.json",
            "alt": self.words("chart_alt", title=chart.title, subtitle=chart.subtitle),
            "subtitle": chart.subtitle,
            "groups": self._listed(charted),
            "wide_size": chart.size(narrow=False),
            "narrow_size": chart.size(narrow=True),
        }

    @property
    def _other_language(self) -> str:
        others = [language for language in self.site.languages if language != self.language]
        return others[0] if others else ""

    def _dictionary(self) -> list[dict[str, str]]:
        units, other = self.words.sentences["units"], self._other_language
        return [
            {
                "name": column.name,
                "label": column.text.in_(self.language),
                "other": column.text.in_(other) if other else "",
                "type": column.type,
                "unit": units.get(column.unit, column.unit) if column.unit else "",
                "formula": self.words("source_of_rate", part=column.derived_from[0], whole=column.derived_from[1])
                if column.derived_from
                else "",
            }
            for column in self.edition.table.columns
        ]

    def _dates(self) -> list[tuple[str, str]]:
        edition, say = self.edition, self.words
        found = [
            (say("window_label"), f"{say.period(edition.period)} ({say.window(edition.period)})"),
            (say("revision"), edition.revision),
            (say("data_as_of"), say.day(edition.manifest["data_as_of"])),
            (say("released"), say.day(self.site.issue_of(edition).published)),
        ]
        coming = self.site.next_release(self.owner.view)
        if coming:
            period, day = coming
            found.append((say("next_release"), say("next_release_on", period=say.period(period), day=say.day(day))))
        return found

    def _cite(self) -> str:
        edition, say = self.edition, self.words
        return say(
            "cite_text",
            publisher=self.site.catalog.project.place.name.in_(self.language),
            title=self.owner.title,
            period=say.period(edition.period),
            revision=edition.revision,
            day=say.day(self.site.issue_of(edition).published),
            url=self.site.url(self.site.prefix(self.language) + edition.path),
            licence=edition.dataset.licence,
        )

    def _groups(self) -> dict[str, Any]:
        return {
            "title": self.words("group_of", title=self.owner.title, name=self.labels["noun"]),
            "crumbs": [(self.path, self.owner.title)],
            "period": self.words.period(self.edition.period),
            "all": self._whole_page(),
            "groups": self._listed(self.groups),
            "group_href": self.site.href(self.language, f"{self.path}agency/"),
            **self.labels,
        }

    def _group(self, code: str, number: int, count: int) -> dict[str, Any]:
        table, say = self.edition.table, self.words
        rows: list[Row] = self.rows.order(table.by_group[code])
        first = (number - 1) * ROWS_A_PAGE
        shown = self.rows.shown(rows[first : first + ROWS_A_PAGE])
        name = self.rows.names.of(table.group or "", rows[0])
        declared = self.findings.declared
        shares = table.shares(table.of_group(code), *declared.share) if declared else None
        whole = bool(shares and shares.whole)
        return {
            "title": say("group_of", title=self.owner.title, name=name),
            "heading": name,
            "dataset_title": self.owner.title,
            "crumbs": [(self.path, self.owner.title), (f"{self.path}agency/", self.labels["noun"])],
            "period": say.period(self.edition.period),
            "newer": self._newer(),
            "number": say.share(shares.part, shares.whole) if shares and whole else "",
            "sentence": self.findings.sentence_for(shares, name, say) or "",
            "hidden": bool(shares and shares.hidden),
            "shown": shown,
            "first": first + 1,
            "last": first + shown.rows,
            "rows": len(rows),
            "pages": [
                {"number": one, "path": self._group_path(code, one), "current": one == number}
                for one in range(1, count + 1)
            ]
            if count > 1
            else [],
        }


def cells_of(say: Words, shares: Shares | None) -> list[str]:
    """Write a share, its part and its whole; `c` where they are not published, `z` for a rate of nothing."""
    if shares is None:
        return ["c", "c", "c"]
    rate = say.share(shares.part, shares.whole) if shares.whole else "z"
    return [rate, say.number(shares.part), say.number(shares.whole)]
