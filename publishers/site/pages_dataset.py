"""Pages of a dataset: its editions, newest and pinned, its tombstones, its history. Knows no file writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .pages_edition import EditionPages, cells_of
from .render import Page
from .words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import DatasetView, Edition, Site, Tombstone


class DatasetPages:
    """All pages of one dataset in one language."""

    def __init__(self, site: Site, view: DatasetView, language: str) -> None:
        self.site, self.view, self.language = site, view, language
        self.words = words(language)
        self.title = view.dataset.title.in_(language)
        self.home = f"dataset/{view.dataset.name}/"

    def pages(self) -> Iterator[Page]:
        """Yield every page."""
        newest = self.view.newest
        if newest is None:
            yield Page(self.language, self.home, "nothing.html.j2", self._nothing)
        else:
            yield from EditionPages(self, newest, self.home, is_pinned=False).pages()
        for edition in self.view.editions:
            yield from EditionPages(self, edition, edition.path, is_pinned=True).pages()
        for tombstone in self.view.tombstones:
            yield Page(
                self.language,
                f"{tombstone.path}410.html",
                "gone.html.j2",
                lambda tombstone=tombstone: self._gone(tombstone),  # type: ignore[misc]
            )

    def _nothing(self) -> dict[str, Any]:
        stones = [{"path": one.path, "name": one.name, "reason": one.reason} for one in self.view.tombstones]
        return {"title": self.title, "about": self.view.dataset.about.in_(self.language), "tombstones": stones}

    def _gone(self, tombstone: Tombstone) -> dict[str, Any]:
        edition = self.view.replacement_of(tombstone)
        return {
            "title": self.words("gone_title"),
            "about": self.words(
                "gone_about",
                title=self.title,
                period=self.words.period(tombstone.period),
                revision=tombstone.revision,
            ),
            "crumbs": [(self.home, self.title)],
            "reason": tombstone.reason,
            "on": self.words.day(tombstone.on),
            "replacement": edition and {"path": edition.path, "text": self.name_of(edition)},
        }

    def name_of(self, edition: Edition) -> str:
        """Name an edition: period and revision."""
        return f"{self.words.period(edition.period)}, {edition.revision}"

    def history(self, shown: Edition | None) -> list[dict[str, Any]]:
        """List periods and revisions, newest first, with the share of each and its note."""
        rows = []
        for edition in reversed(self.view.editions):
            note = self.words("note_first") if edition.revision == "r1" else self.words("note_revised")
            told = edition.manifest.get("revision_reason")
            rows.append(
                {
                    "period": self.words.period(edition.period),
                    "revision": edition.revision,
                    "path": edition.path,
                    "cells": cells_of(self.words, self.site.finds(edition).overall),
                    "day": self.words.day(self.site.issue_of(edition).published),
                    "note": ", ".join(filter(None, [told or note, self.words("this_one") if edition is shown else ""])),
                    "current": edition is shown,
                }
            )
        return rows + [self._buried(stone) for stone in reversed(self.view.tombstones)]

    def _buried(self, stone: Tombstone) -> dict[str, Any]:
        return {
            "period": self.words.period(stone.period),
            "revision": stone.revision,
            "path": stone.path,
            "cells": ["", "", ""],
            "day": self.words.day(stone.on),
            "note": self.words("note_withdrawn", reason=stone.reason),
            "current": False,
        }
