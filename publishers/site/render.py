"""Pages and the way they become HTML: templates, addresses, what every page says about itself. Knows no dataset."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from minhbach.core.jsonfile import digest

from .words import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from jinja2 import Environment

    from .model import Site

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
TOOLS = ("jinja2", "babel")


@dataclass(frozen=True)
class Page:
    """One page in one language; `context` is called only when the page has to be rendered."""

    language: str
    path: str
    """Address without language, ends with a slash; or a file such as 404.html."""
    template: str
    context: Callable[[], dict[str, Any]]
    key: tuple[str, ...] | None = None
    """All the page is made from beyond templates and catalog; without it the page is rendered in every build."""
    languages: tuple[str, ...] = ()
    """In which languages the page stands; all of the site when empty."""
    indexed: bool = False
    """Whether the search finds it."""

    @property
    def file(self) -> str:
        """The file's path under the language's folder."""
        return f"{self.path}index.html" if not self.path or self.path.endswith("/") else self.path


class Renderer:
    """Renders pages of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.environment = _environment()
        self.ground = digest([code_sha256(), [version(tool) for tool in TOOLS], _catalog_sha256(site), site.address])

    def place(self, page: Page) -> str:
        """Return the page's path under the site's root."""
        return self.site.prefix(page.language) + page.file

    def key(self, page: Page) -> str:
        """Return the hash of all the page is made from, or nothing."""
        return digest([self.ground, page.language, page.path, *page.key]) if page.key is not None else ""

    def html(self, page: Page) -> bytes:
        """Render a page."""
        site, language = self.site, page.language
        say = words(language)
        known = page.languages or tuple(site.languages)
        shared: dict[str, Any] = {
            "w": say,
            "language": language,
            "default_language": site.languages[0],
            "site_title": site.catalog.project.title.in_(language),
            "place": site.catalog.project.place.name.in_(language),
            "path": page.path,
            "languages": [self._other(other, page.path) for other in known],
            "canonical": site.url(site.prefix(language) + page.path)
            if page.path.endswith("/") or not page.path
            else "",
            "href": lambda path="": site.href(language, path),
            "root": lambda path="": f"{site.base}/{path}",
            "indexed": page.indexed,
            "title": "",
            "description": "",
            "card": "",
            "crumbs": [],
            "jsonld": "",
        }
        text = self.environment.get_template(page.template).render({**shared, **page.context()})
        return re.sub(r"\n\s*\n+", "\n", text).encode()

    def _other(self, language: str, path: str) -> dict[str, str]:
        return {
            "language": language,
            "name": words(language)("language"),
            "href": self.site.href(language, path),
            "url": self.site.url(self.site.prefix(language) + path),
        }


def slug(code: str) -> str:
    """Return the part of an address for a code: the code itself, or words and a short hash where it has other signs."""
    if PLAIN.fullmatch(code):
        return code
    plain = re.sub(r"[^a-z0-9]+", "-", code.casefold()).strip("-")
    return f"{plain or 'x'}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"


def embedded(document: dict[str, Any]) -> Markup:
    """Write JSON so that it can stand inside a page."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  escaped


@cache
def code_sha256() -> str:
    """Hash everything of this package that pages are made from: templates, sentences, code."""
    found: dict[str, str] = {}

    def walk(folder: Traversable, at: str) -> None:
        for item in folder.iterdir():
            name = f"{at}/{item.name}"
            if item.is_dir() and item.name != "__pycache__":
                walk(item, name)
            elif item.is_file():
                found[name] = hashlib.sha256(item.read_bytes()).hexdigest()

    walk(files("publishers.site"), "")
    return digest(found)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("publishers.site", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _catalog_sha256(site: Site) -> str:
    catalog = site.catalog
    declared = [*catalog.datasets.values(), *catalog.publications.values(), catalog.project]
    return digest([[one.model_dump(mode="json", by_alias=True) for one in declared], catalog.codes])
