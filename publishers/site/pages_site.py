"""Pages that belong to no single dataset: home, publications, calendar, method, verify, search, 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .feeds import coming
from .offers import downloads, public_keys, receipt_shown
from .render import Page, slug
from .words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minhbach.core.catalog import Dataset

    from .model import Edition, Issue, Site

FINDINGS = 3
LISTED = 300
"""Groups of one dataset that the search page lists; of a larger one it leads to the list."""


class SitePages:
    """The pages of the site as a whole, in one language."""

    def __init__(self, site: Site, language: str) -> None:
        self.site, self.language = site, language
        self.words = words(language)

    def pages(self) -> Iterator[Page]:
        """Yield every page."""
        yield self._page("", "home.html.j2", self._home, indexed=True)
        yield self._page("calendar/", "calendar.html.j2", self._calendar, indexed=True)
        yield self._page("method/", "method.html.j2", self._method, indexed=True)
        yield self._page("verify/", "verify.html.j2", self._verify, indexed=True)
        yield self._page("search/", "search.html.j2", self._search)
        yield self._page("404.html", "missing.html.j2", lambda: {"title": self.words("not_found")})
        for issue in self.site.issues:
            yield self._page(
                issue.path,
                "publication.html.j2",
                lambda issue=issue: self._publication(issue),
                indexed=True,
            )

    def _page(self, path: str, template: str, context: Any, *, indexed: bool = False) -> Page:
        return Page(self.language, path, template, context, indexed=indexed)

    def _home(self) -> dict[str, Any]:
        say, newest = self.words, next(iter(self.site.issues), None)
        coming_next = next(iter(coming(self.site)), None)
        project = self.site.catalog.project
        return {
            "title": project.title.in_(self.language),
            "description": say("intro", place=project.place.name.in_(self.language)),
            "issue": newest and self._issue(newest),
            "findings": self._findings(newest) if newest else [],
            "themes": self._themes(),
            "coming": coming_next
            and say("next_release_on", period=say.period(coming_next[2]), day=say.day(coming_next[0])) + ".",
        }

    def _issue(self, issue: Issue) -> dict[str, str]:
        return {
            "path": issue.path,
            "title": issue.publication.title.in_(self.language),
            "period": self.words.period(issue.period),
            "released": self.words("released_on", day=self.words.day(issue.published)),
        }

    def _findings(self, issue: Issue) -> list[dict[str, str]]:
        """Choose three sentences: what each dataset found first, then what changed, then the spread."""
        told: list[list[dict[str, str]]] = []
        for edition in issue.editions:
            dataset = edition.dataset
            told.append(
                [
                    {"text": text, "path": f"dataset/{dataset.name}/", "title": dataset.title.in_(self.language)}
                    for text in self.site.finds(edition).all(self.words)
                ]
            )
        longest = max(map(len, told), default=0)
        ranked = [sentences[rank] for rank in range(longest) for sentences in told if rank < len(sentences)]
        return ranked[:FINDINGS]

    def _themes(self) -> list[tuple[str, list[dict[str, Any]]]]:
        themes: dict[str, list[dict[str, Any]]] = {}
        for view in self.site.views.values():
            dataset = view.dataset
            themes.setdefault(dataset.theme.in_(self.language), []).append(
                {
                    "path": f"dataset/{dataset.name}/",
                    "title": dataset.title.in_(self.language),
                    "about": dataset.about.in_(self.language),
                    "files": downloads(self.site, view.newest, self.words) if view.newest else [],
                }
            )
        return list(themes.items())

    def _calendar(self) -> dict[str, Any]:
        return {
            "title": self.words("calendar"),
            "coming": [
                {
                    "iso": day.isoformat(),
                    "day": self.words.day(day),
                    "title": publication.title.in_(self.language),
                    "period": self.words.period(period),
                    "window": self.words.window(period),
                    "path": "",
                }
                for day, publication, period in coming(self.site)
            ],
            "past": [
                {
                    "iso": issue.published,
                    "day": self.words.day(issue.published),
                    "title": issue.publication.title.in_(self.language),
                    "period": self.words.period(issue.period),
                    "window": self.words.window(issue.period),
                    "path": issue.path,
                    "note": self._kept(issue),
                }
                for issue in self.site.issues
            ],
        }

    def _kept(self, issue: Issue) -> str:
        if issue.published > issue.planned:
            return self.words("slipped", planned=self.words.day(issue.planned))
        return self.words("as_planned" if issue.published == issue.planned else "before_planned")

    def _method(self) -> dict[str, Any]:
        return {"title": self.words("method"), "datasets": [self._rules(view.dataset) for view in self._views()]}

    def _views(self) -> list[Any]:
        return list(self.site.views.values())

    def _rules(self, dataset: Dataset) -> dict[str, Any]:
        return {
            "name": dataset.name,
            "path": f"dataset/{dataset.name}/",
            "title": dataset.title.in_(self.language),
            "how_to_read": dataset.how_to_read.in_(self.language),
            "does_not_say": dataset.does_not_say.in_(self.language),
            "rates": [
                {
                    "name": column.name,
                    "text": f"{column.text.in_(self.language)} "
                    + self.words("source_of_rate", part=column.derived_from[0], whole=column.derived_from[1]),
                }
                for column in dataset.published
                if column.derived_from
            ],
            "identities": [identity.replace("<=", "≤") for identity in dataset.identities],
            "protection": self._protection(dataset),
        }

    def _protection(self, dataset: Dataset) -> list[tuple[str, str]]:
        """List the rules, each with its language where that is not the page's: reasons are written in one alone."""
        say, policy = self.words, dataset.disclosure
        found = []
        if policy.tables:
            found.append(say("protection_threshold", threshold=policy.tables.threshold))
            if policy.tables.zeros == "published":
                found.append(say("protection_zeros"))
            found.append(say("protection_width", integers=policy.tables.min_integers, width=policy.tables.min_width))
        found += [say("protection_also", what=getattr(one, self.language)) for one in policy.protected]
        reasons = [waiver.why for waiver in policy.waive] + ([policy.why] if policy.why else [])
        view = self.site.views[dataset.name]
        attack = view.newest.manifest.get("attack") if view.newest else None
        if attack:
            found.append(say("sealed_by", recovered=attack.get("recovered", 0), narrow=attack.get("narrow", 0)))
        default = self.site.languages[0]
        foreign = "" if self.language == default else default
        return [*((text, "") for text in found), *((reason, foreign) for reason in reasons)]

    def _verify(self) -> dict[str, Any]:
        editions = [view.newest for view in self.site.views.values() if view.newest]
        example = self.site.url(editions[0].path) if editions else self.site.url("")
        return {"title": self.words("verify"), "keys": public_keys(self.site), "example": example}

    def _search(self) -> dict[str, Any]:
        return {
            "title": self.words("search"),
            "datasets": [
                {
                    "path": f"dataset/{view.dataset.name}/",
                    "title": view.dataset.title.in_(self.language),
                    "href": self.site.href(self.language, f"dataset/{view.dataset.name}/agency/"),
                    "grouped": bool(view.newest and view.newest.table.group),
                    "groups": self._groups(view.newest) if view.newest else [],
                }
                for view in self.site.views.values()
            ],
        }

    def _groups(self, edition: Edition) -> list[dict[str, str]]:
        groups = self.site.finds(edition).groups(self.language)
        return [{"slug": slug(group.code), "name": group.name} for group in groups] if len(groups) <= LISTED else []

    def _publication(self, issue: Issue) -> dict[str, Any]:
        say = self.words
        waived = [self._waived(one) for edition in issue.editions for one in edition.manifest.get("waived", [])]
        told = any("waived" in edition.manifest for edition in issue.editions)
        title = f"{issue.publication.title.in_(self.language)}, {say.period(issue.period)}"
        return {
            "title": title,
            "about": issue.publication.about.in_(self.language),
            "crumbs": [("calendar/", say("calendar"))],
            "released": f"{say('released_on', day=say.day(issue.published))} ({say.window(issue.period)})",
            "editions": [self._together(edition) for edition in issue.editions],
            "waived": list(dict.fromkeys(waived)),
            "waived_text": say("waived_none" if told else "waived_unknown"),
            "sources": self._sources(issue),
            "receipt": receipt_shown(issue.receipt, say, f"{issue.path}receipt.json"),
        }

    def _waived(self, entry: dict[str, str]) -> str:
        agency = self.site.catalog.agencies.get(entry.get("agency", ""))
        name = agency.title.in_(self.language) if agency else entry.get("agency", "")
        return f"{name}: {entry.get('reason', '')}"

    def _together(self, edition: Edition) -> dict[str, Any]:
        say, manifest = self.words, edition.manifest
        facts = [(say("rows"), say.number(manifest["rows"])), (say("data_as_of"), say.day(manifest["data_as_of"]))]
        hidden = manifest.get("suppressed")
        if hidden:
            facts.append(
                (
                    say("suppressed"),
                    say("suppressed_about", cells=say.number(hidden["cells"]), share=say.share(hidden["share"], 1)),
                )
            )
        for gate in manifest.get("gates", []):
            label = say.sentences.get(f"gate_{gate['name']}", f"{say('gates')}: {gate['name']}")
            passed = say("gate_passed", checks=gate["checks"]) if gate["passed"] else say("gate_failed")
            facts.append((label, passed))
        return {
            "path": edition.path,
            "title": edition.dataset.title.in_(self.language),
            "name": edition.name,
            "sentence": self.site.finds(edition).sentence(say) or say("finding_hidden"),
            "facts": facts,
        }

    def _sources(self, issue: Issue) -> list[tuple[str, str, str]]:
        found: dict[tuple[str, str], str] = {}
        for edition in issue.editions:
            for source in edition.manifest.get("sources", []):
                key = (source["agency"], source["table"])
                found[key] = max(found.get(key, ""), source.get("source_time_max") or "")
        return [
            (self._supplier(agency), self._source_table(agency, table), self._moment(moment))
            for (agency, table), moment in sorted(found.items())
        ]

    def _moment(self, moment: str) -> str:
        """Write the day of a source's time, which is ISO or `yyyyMMddHHmmss`."""
        if not moment:
            return "x"
        return self.words.day(moment if "-" in moment else f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}")

    def _supplier(self, name: str) -> str:
        agency = self.site.catalog.agencies.get(name)
        return agency.title.in_(self.language) if agency else name

    def _source_table(self, name: str, table: str) -> str:
        agency = self.site.catalog.agencies.get(name)
        declared = agency.tables.get(table) if agency else None
        return declared.title.in_(self.language) if declared else table
