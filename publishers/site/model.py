"""What the site shows, as objects: editions of datasets, tombstones, publications, addresses. Knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from minhbach.core.periods import Period

from .finding import Findings
from .table import Table

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from minhbach.core.catalog import Catalog, Dataset, Publication

    from .state import SiteState


@dataclass(frozen=True)
class Edition:
    """One published release: dataset × period × revision."""

    dataset: Dataset
    period: Period
    revision: str
    publication: str
    plan: str
    folder: Path
    manifest: dict[str, Any]
    manifest_sha256: str

    @property
    def name(self) -> str:
        """`<period>/<r>`."""
        return f"{self.period}/{self.revision}"

    @property
    def path(self) -> str:
        """Address of its pinned page, without language."""
        return f"dataset/{self.dataset.name}/{self.name}/"

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts editions from old to new."""
        return edition_order((self.period, self.revision))

    @property
    def files(self) -> dict[str, str]:
        """Every file of the release → its sha256; the manifest speaks for all but itself."""
        return {name: entry["sha256"] for name, entry in sorted(self.manifest["files"].items())}

    @cached_property
    def table(self) -> Table:
        """The published rows, read when somebody asks."""
        return Table.read(self.dataset, self.folder / "data.csv")


@dataclass(frozen=True)
class Tombstone:
    """A release that was taken back."""

    dataset: Dataset
    period: Period
    revision: str
    reason: str
    on: str
    publication: str

    @property
    def name(self) -> str:
        """`<period>/<r>`."""
        return f"{self.period}/{self.revision}"

    @property
    def path(self) -> str:
        """Address of its page."""
        return f"dataset/{self.dataset.name}/{self.name}/"


@dataclass(frozen=True)
class DatasetView:
    """Everything the site holds of one dataset."""

    dataset: Dataset
    editions: tuple[Edition, ...]
    """Old to new."""
    tombstones: tuple[Tombstone, ...]

    @property
    def newest(self) -> Edition | None:
        """The edition that the plain address shows."""
        return self.editions[-1] if self.editions else None

    @cached_property
    def by_period(self) -> dict[str, Edition]:
        """The newest revision of every period, old to new."""
        return {str(edition.period): edition for edition in self.editions}

    def before(self, edition: Edition) -> Edition | None:
        """Return the edition of the period before, when it is published."""
        return self.by_period.get(str(edition.period.previous))

    def newer_than(self, edition: Edition) -> Edition | None:
        """Return the newest edition when it is another one than this."""
        return self.newest if self.newest is not edition else None

    def replacement_of(self, tombstone: Tombstone) -> Edition | None:
        """Return what stands in for a release that was taken back: the same period's newest revision."""
        return self.by_period.get(str(tombstone.period))


@dataclass(frozen=True)
class Issue:
    """One publication of one period: what came out together."""

    publication: Publication
    period: Period
    editions: tuple[Edition, ...]
    receipt: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """`<publication>/<period>`."""
        return f"{self.publication.name}/{self.period}"

    @property
    def path(self) -> str:
        """Address of its page."""
        return f"publication/{self.key}/"

    @property
    def planned(self) -> str:
        """The planned day of release, ISO."""
        return max(str(edition.manifest["issued"]) for edition in self.editions)[:10]

    @property
    def published(self) -> str:
        """The day it really came out, as the receipt says; the planned one before there is a receipt."""
        stamped = self.receipt and (self.receipt.get("published_at") or self.receipt.get("applied_at"))
        return str(stamped)[:10] if stamped else self.planned


@dataclass(frozen=True)
class Site:
    """The whole site: what the pages are made from."""

    catalog: Catalog
    state: SiteState
    address: str
    views: dict[str, DatasetView]
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """plan hash → receipt"""

    @property
    def languages(self) -> list[str]:
        """Languages of the site, the default first."""
        return list(self.catalog.project.languages)

    @property
    def base(self) -> str:
        """Path under which the site lies on its host: nothing, or `/opendata`."""
        return urlsplit(self.address).path.rstrip("/")

    def prefix(self, language: str) -> str:
        """Folder of a language: none for the default one."""
        return "" if language == self.languages[0] else f"{language}/"

    def href(self, language: str, path: str = "") -> str:
        """Address of a page inside the site."""
        return f"{self.base}/{self.prefix(language)}{path}"

    def url(self, path: str) -> str:
        """Full address of anything on the site."""
        return f"{self.address.rstrip('/')}/{path}"

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Publications that came out, newest first."""
        groups: dict[tuple[str, str], list[Edition]] = {}
        for view in self.views.values():
            for edition in view.editions:
                groups.setdefault((edition.publication, str(edition.period)), []).append(edition)
        found = [
            Issue(
                self.catalog.publications[name], editions[0].period, tuple(editions), self._newest_receipt(name, period)
            )
            for (name, period), editions in groups.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.period.end, one.publication.name), reverse=True))

    def receipt_of(self, edition: Edition) -> dict[str, Any] | None:
        """Return the receipt of the plan that brought an edition."""
        return self.receipts.get(edition.plan)

    def _newest_receipt(self, publication: str, period: str) -> dict[str, Any] | None:
        held = [
            (entry["sequence"], plan)
            for plan, entry in self.state.receipts.items()
            if (entry["publication"], entry["period"]) == (publication, period)
        ]
        return self.receipts[max(held)[1]] if held else None

    def issue_of(self, edition: Edition) -> Issue:
        """Return the publication an edition came out with."""
        return next(one for one in self.issues if edition in one.editions)

    def release_day(self, publication: Publication, period: Period) -> date:
        """Return the planned day of release of a period, by the publication's calendar."""
        return self.catalog.calendar.add_workdays(period.end, publication.calendar.release_after_workdays)

    def next_release(self, view: DatasetView) -> tuple[Period, date] | None:
        """Return the period a dataset shows next, and the day; nothing of a series that has ended."""
        if view.newest is None or not self.catalog.goes_on_to(view.newest.period.following):
            return None
        following = view.newest.period.following
        return following, self.release_day(self.catalog.publications[view.newest.publication], following)

    @cached_property
    def findings(self) -> dict[tuple[str, str], Findings]:
        """What every edition finds, by dataset and `<period>/<r>`."""
        return {
            (view.dataset.name, edition.name): Findings(edition, view.before(edition), self.catalog)
            for view in self.views.values()
            for edition in view.editions
        }

    def finds(self, edition: Edition) -> Findings:
        """Return what an edition finds."""
        return self.findings[edition.dataset.name, edition.name]


def parse_edition(dataset: Dataset, name: str) -> tuple[Period, str]:
    """Read `<period>/<r>` in the regime of a dataset."""
    period, revision = name.split("/")
    return Period.parse(period, dataset.period.regime), revision


def edition_order(edition: tuple[Period, str]) -> tuple[int, int, int]:
    """Return what sorts editions from old to new."""
    period, revision = edition
    return period.year, period.first_month, int(revision[1:])
