"""The text of a package's page: finding first, Vietnamese before English. Knows releases, not portals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minhbach.core.periods import Period
from publishers.site.finding import Findings
from publishers.site.model import Edition as SiteEdition
from publishers.site.words import words

from .words import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minhbach.core.catalog import Catalog, Dataset

    from .places import Edition


def notes(
    dataset: Dataset,
    found: Sequence[Edition],
    withdrawn: Mapping[str, Mapping[str, str]],
    coming: Mapping[str, str],
    catalog: Catalog,
) -> str:
    """Write the page's text in every language of the project, in Markdown."""
    told = [_told(dataset, found, withdrawn, coming, catalog, code) for code in catalog.project.languages]
    return "\n\n---\n\n".join(told)


def _told(
    dataset: Dataset,
    found: Sequence[Edition],
    withdrawn: Mapping[str, Mapping[str, str]],
    coming: Mapping[str, str],
    catalog: Catalog,
    language: str,
) -> str:
    say, shapes = words(language), SHAPES[language]
    first = language == catalog.project.languages[0]
    parts = [] if first else [f"### {dataset.title.in_(language)}"]
    if found:
        newest = found[-1]
        before = next((one for one in reversed(found) if str(one.period) == str(newest.period.previous)), None)
        findings = Findings(_shown(newest), _shown(before) if before else None, catalog)
        parts += [f"**{sentence}**" for sentence in [findings.sentence(say)] if sentence]
        parts += [sentence for sentence in (findings.change(say), findings.spread(say)) if sentence]
    parts.append(dataset.about.in_(language))
    if found:
        facts = shapes["facts"].format(
            period=say.period(newest.period),
            window=say.window(newest.period),
            data_as_of=say.day(newest.manifest["data_as_of"]),
            issued=say.day(newest.manifest["issued"]),
        )
        if coming:
            period = Period.parse(coming["next_period"], dataset.period.regime)
            facts += shapes["next"].format(next_period=say.period(period), next_release=say.day(coming["next_release"]))
        parts.append(facts)
        parts += [
            f"**{shapes[key]}.** {getattr(dataset, key).in_(language)}" for key in ("how_to_read", "does_not_say")
        ]
        parts.append(shapes["symbols"])
    parts += _stones(dataset, found, withdrawn, language)
    parts.append(shapes["contact"].format(name=dataset.steward.name, email=dataset.steward.email))
    return "\n\n".join(parts)


def _stones(
    dataset: Dataset, found: Sequence[Edition], withdrawn: Mapping[str, Mapping[str, str]], language: str
) -> list[str]:
    say, shapes = words(language), SHAPES[language]
    revisions = {str(edition.period): edition.revision for edition in found}
    lines = []
    for name, stone in sorted(withdrawn.items()):
        period, _, revision = name.partition("/")
        instead = revisions.get(period)
        lines.append(
            shapes["stone"].format(
                period=say.period(Period.parse(period, dataset.period.regime)),
                revision=revision,
                on=say.day(stone["on"]),
                reason=stone["reason"],
                replacement=shapes["replaced"].format(revision=instead) if instead else shapes["unreplaced"],
            )
        )
    return [f"#### {shapes['withdrawn']}", *lines] if lines else []


def coming(newest: Edition, catalog: Catalog, release_after: int) -> dict[str, str]:
    """Say which period comes next, and when; nothing of a series that has ended."""
    following = newest.period.following
    if not catalog.goes_on_to(following):
        return {}
    day = catalog.calendar.add_workdays(following.end, release_after)
    return {"next_period": str(following), "next_release": day.isoformat()}


def _shown(edition: Edition) -> Any:
    return SiteEdition(
        dataset=edition.dataset,
        period=edition.period,
        revision=edition.revision,
        publication=edition.brought.publication,
        plan=edition.brought.plan,
        folder=edition.folder,
        manifest=edition.manifest,
        manifest_sha256=edition.brought.manifest_sha256,
    )
