"""Builds a whole site into a folder: data, pages, pictures, feeds, search index, state. Knows no link and no lock."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import SealBroken
from minhbach.core.jsonfile import file_sha256, pretty

from . import feeds, search
from .charts import Studio, card_spec, chart_of
from .describe import catalog_jsonld, datapackage
from .longfile import long_file
from .offers import FORMATS, RECEIPT, SEALS
from .pages_dataset import DatasetPages
from .pages_site import SitePages
from .render import Page, Renderer
from .state import SiteState, hashes_of
from .words import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .model import Edition, Site

ASSETS = ("site.css", "site.js", "icon.svg")


@dataclass(frozen=True)
class Previous:
    """The live build as it is found now: what is unchanged in it is linked instead of made again."""

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    """As hashed now, not as remembered: an edited file is never taken over."""
    keys: dict[str, str] = field(default_factory=dict)


class Builder:
    """Makes one build."""

    def __init__(self, site: Site, folder: Path, previous: Previous | None, cache: Path) -> None:
        self.site, self.folder, self.previous = site, folder, previous
        self.studio = Studio(cache)
        self.renderer = Renderer(site)
        self.keys: dict[str, str] = {}
        self.listed: list[tuple[str, str, tuple[str, ...]]] = []
        self.indexed: list[str] = []

    def build(self) -> SiteState:
        """Write everything; the state comes last and says that the build is whole."""
        for view in self.site.views.values():
            for edition in view.editions:
                self._data(edition)
                self._pictures(edition)
            if view.newest:
                self._latest(view.newest)
                self._bytes(f"dataset/{view.dataset.name}/all/data.csv", long_file(view))
        self._receipts()
        for name in ASSETS:
            self._bytes(f"assets/{name}", (files("publishers.site") / "assets" / name).read_bytes())
        for page in self._pages():
            self._page(page)
        self._documents()
        search.index(self.folder, self.indexed)
        state = replace(self.site.state, files=hashes_of(self.folder), keys=self.keys)
        state.write(self.folder)
        return state

    def _pages(self) -> Iterator[Page]:
        for language in self.site.languages:
            yield from SitePages(self.site, language).pages()
            for view in self.site.views.values():
                yield from DatasetPages(self.site, view, language).pages()

    def _page(self, page: Page) -> None:
        place, key = self.renderer.place(page), self.renderer.key(page)
        if page.path.endswith("/") or not page.path:
            self.listed.append((page.language, page.path, page.languages))
        if page.indexed:
            self.indexed.append(place)
        if key:
            self.keys[place] = key
            if self.previous and self.previous.keys.get(place) == key and self._linked(place, place):
                return
        self._bytes(place, self.renderer.html(page))

    def _data(self, edition: Edition) -> None:
        """Put a release's files in place, each with the hash its manifest names."""
        expected = dict(edition.files)
        expected["manifest.json"] = edition.manifest_sha256
        for name in SEALS:
            if name not in expected and (edition.folder / name).is_file():
                expected[name] = file_sha256(edition.folder / name)
        for name, sha256 in expected.items():
            self._copy(edition.path + name, edition.folder / name, sha256)
        receipt = self.site.receipt_of(edition)
        if receipt is not None:
            self._bytes(f"{edition.path}{RECEIPT}", pretty(receipt))

    def _receipts(self) -> None:
        """Keep every receipt; the newest of a publication also under the short name."""
        for plan, receipt in self.site.receipts.items():
            entry = self.site.state.receipts[plan]
            self._bytes(receipt_path(entry, plan), pretty(receipt))
        for issue in self.site.issues:
            if issue.receipt is not None:
                self._bytes(f"{issue.path}{RECEIPT}", pretty(issue.receipt))

    def _latest(self, edition: Edition) -> None:
        for name in [*FORMATS, "dictionary.csv", "datapackage.json", "manifest.json"]:
            source = self.folder / edition.path / name
            if source.is_file():
                target = self.folder / f"dataset/{edition.dataset.name}/latest" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, target)

    def _pictures(self, edition: Edition) -> None:
        findings = self.site.finds(edition)
        for language in self.site.languages:
            say = words(language)
            chart = chart_of(findings, say)
            if chart is not None:
                wide = chart.spec(narrow=False)
                self._bytes(f"{edition.path}chart.{language}.svg", self.studio.svg(wide))
                self._bytes(f"{edition.path}chart.{language}.vl.json", pretty(wide))
                self._bytes(f"{edition.path}chart-narrow.{language}.svg", self.studio.svg(chart.spec(narrow=True)))
            shares, sentence = findings.overall, findings.sentence(say)
            card = card_spec(
                place=self.site.catalog.project.title.in_(language),
                title=edition.dataset.title.in_(language),
                number=say.share(shares.part, shares.whole) if shares and sentence else "",
                sentence=sentence or edition.dataset.about.in_(language),
                foot=f"{say.period(edition.period)} · {self.site.url(f'dataset/{edition.dataset.name}/')}",
            )
            self._bytes(f"{edition.path}card.{language}.png", self.studio.png(card))

    def _documents(self) -> None:
        site = self.site
        for language in site.languages:
            prefix = site.prefix(language)
            title = site.catalog.project.title.in_(language)
            editions = [edition for view in site.views.values() for edition in view.editions]
            self._bytes(f"{prefix}feed.atom", feeds.atom(site, language, editions, "feed.atom", title))
            self._bytes(f"{prefix}calendar.ics", feeds.ics(site, language))
            for view in site.views.values():
                path = f"dataset/{view.dataset.name}/feed.atom"
                own = view.dataset.title.in_(language)
                self._bytes(prefix + path, feeds.atom(site, language, view.editions, path, own))
        self._bytes("sitemap.xml", feeds.sitemap(site, self.listed))
        self._bytes("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('sitemap.xml')}\n".encode())
        self._bytes("catalog.jsonld", pretty(catalog_jsonld(site)))
        self._bytes("datapackage.json", pretty(datapackage(site)))
        self._bytes("410.txt", "".join(f"{path}\n" for path in gone(site)).encode())

    def _bytes(self, place: str, content: bytes) -> None:
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.previous and place in self.previous.files:
            same = self.previous.files[place] == hashlib.sha256(content).hexdigest()
            if same and self._linked(place, place):
                return
        target.write_bytes(content)

    def _copy(self, place: str, source: Path, sha256: str) -> None:
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.previous and self.previous.files.get(place) == sha256 and self._linked(place, place):
            return
        found = file_sha256(source) if source.is_file() else "no file"
        if found != sha256:
            raise SealBroken(f"{source}: found {found[:16]}, expected sha256 {sha256[:16]}… as its manifest says.")
        shutil.copyfile(source, target)

    def _linked(self, place: str, before: str) -> bool:
        """Link a file of the live build into this one."""
        if self.previous is None or before not in self.previous.files:
            return False
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(self.previous.folder / before, target)
        return True


def gone(site: Site) -> list[str]:
    """List the addresses that answer 410, with everything below them."""
    stones = [stone.path for view in site.views.values() for stone in view.tombstones]
    return sorted(f"/{site.prefix(language)}{path}" for language in site.languages for path in stones)


def receipt_path(entry: dict[str, Any], plan: str) -> str:
    """Return where the receipt of a plan lies on the site."""
    return f"publication/{entry['publication']}/{entry['period']}/receipts/{plan}.json"
