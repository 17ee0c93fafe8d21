"""What a release says in words: a share of a whole, its change, its spread over groups. Published cells only."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minhbach.core.catalog import Catalog

    from .model import Edition
    from .table import Row, Shares, Table
    from .words import Words

ENOUGH = 100
"""A group is ranked from this denominator on: below it a share moves by a percent with every single case."""
CHARTED = 12


@dataclass(frozen=True)
class Group:
    """One group (an agency, a department) and its share."""

    code: str
    name: str
    shares: Shares | None
    hidden: bool


class Findings:
    """What one edition says; everything is computed when a page first asks for it."""

    def __init__(self, edition: Edition, before: Edition | None, catalog: Catalog) -> None:
        self.edition, self.before, self.catalog = edition, before, catalog
        self.declared = edition.dataset.finding

    @property
    def part(self) -> str:
        """Name of the column that is counted."""
        return self.declared.share[0] if self.declared else ""

    @property
    def whole(self) -> str:
        """Name of the column that is the denominator."""
        return self.declared.share[1] if self.declared else ""

    @cached_property
    def overall(self) -> Shares | None:
        """The share of the whole place."""
        table = self.edition.table
        return table.shares(table.overall(), self.part, self.whole) if self.declared else None

    @cached_property
    def overall_before(self) -> Shares | None:
        """The same, one period earlier."""
        if self.before is None or self.declared is None:
            return None
        table = self.before.table
        return table.shares(table.overall(), self.part, self.whole)

    @cached_property
    def measure(self) -> int | None:
        """The total of the measure the dataset is about."""
        table = self.edition.table
        return table.total(table.overall(), self.declared.measure) if self.declared else None

    def groups(self, language: str) -> list[Group]:
        """List the groups by name, without the total."""
        table = self.edition.table
        if table.group is None:
            return []
        names = Names(table, self.catalog, language)
        found = []
        for code, rows in table.by_group.items():
            if code == table.dataset.totals.get(table.group):
                continue
            shares = table.shares(table.of_group(code), self.part, self.whole) if self.declared else None
            found.append(Group(code, names.of(table.group, rows[0]), shares, shares is None or shares.hidden > 0))
        return sorted(found, key=lambda group: (collated(group.name), group.code))

    def charted(self, language: str) -> list[Group]:
        """The groups with the largest denominators, by share."""
        whole = [group for group in self.groups(language) if group.shares and group.shares.whole]
        largest = sorted(whole, key=lambda group: (-_whole(group), group.code))[:CHARTED]
        return sorted(largest, key=lambda group: (-_rate(group), group.code))

    def sentence(self, words: Words) -> str | None:
        """The finding, with number and denominator."""
        return self.sentence_for(self.overall, self.catalog.project.place.name.in_(words.language), words)

    def sentence_for(self, shares: Shares | None, place: str, words: Words) -> str | None:
        """Say the same of a part of the place: an agency, a department."""
        if self.declared is None or shares is None or not shares.whole:
            return None
        values = {
            "part": words.number(shares.part),
            "whole": words.number(shares.whole),
            "share": words.share(shares.part, shares.whole),
            "period": words.period(self.edition.period),
            "place": place,
        }
        sentence = self.declared.sentence
        if sentence is not None:
            told = sentence.in_(words.language).format(**values)
        else:
            labels = {
                "part_label": self.label(self.part, words.language),
                "whole_label": self.label(self.whole, words.language),
            }
            told = words("finding_plain", **values, **labels)
        return told[:1].upper() + told[1:]

    def label(self, name: str, language: str) -> str:
        """Return what a column means."""
        return self.edition.table.declared[name].text.in_(language)

    def change(self, words: Words) -> str | None:
        """How the share moved since the period before."""
        now, then = self.overall, self.overall_before
        if now is None or then is None or self.before is None or not now.whole or not then.whole:
            return None
        points = round(100 * now.rate, 1) - round(100 * then.rate, 1)
        key = "change_none" if not round(points, 1) else ("change_up" if points > 0 else "change_down")
        return words(
            key,
            label=self.label(self.part, words.language),
            points=words.number(f"{abs(points):.1f}"),
            before=words.share(then.part, then.whole),
            now=words.share(now.part, now.whole),
            period=words.period(self.edition.period),
            period_before=words.period(self.before.period),
        )

    def spread(self, words: Words) -> str | None:
        """The groups with the lowest and the highest share, each with its denominator."""
        ranked = [group for group in self.groups(words.language) if group.shares and _whole(group) >= ENOUGH]
        if len(ranked) <= 1:
            return None
        ranked.sort(key=lambda group: (_rate(group), group.code))
        low, high = ranked[0], ranked[-1]
        unit = self.edition.table.declared[self.whole].unit
        return words(
            "spread",
            label=self.label(self.part, words.language),
            unit=words.sentences["units"].get(unit, unit) if unit else "",
            high=high.name,
            high_share=words.share(high.shares.part, high.shares.whole) if high.shares else "",
            high_whole=words.number(_whole(high)),
            low=low.name,
            low_share=words.share(low.shares.part, low.shares.whole) if low.shares else "",
            low_whole=words.number(_whole(low)),
            count=len(ranked),
            enough=ENOUGH,
            period=words.period(self.edition.period),
        )

    def all(self, words: Words) -> list[str]:
        """Every sentence there is to say."""
        return [text for text in (self.sentence(words), self.change(words), self.spread(words)) if text]


class Names:
    """Words for the codes of a table, in one language."""

    def __init__(self, table: Table, catalog: Catalog, language: str) -> None:
        self.table, self.language = table, language
        self.labels = {column.name: table.label_of(column.name) for column in table.columns}
        self.lists: dict[str, dict[str, str]] = {}
        for column in table.columns:
            entries = catalog.codes.get(column.codes or "", [])
            self.lists[column.name] = {entry["code"]: entry.get(language) or "" for entry in entries}

    def of(self, name: str, row: Row) -> str:
        """Return the words for a row's code: the release's own, in another language the code list's."""
        code = row[self.table.position[name]]
        label = self.labels[name]
        told = row[self.table.position[label]] if label else ""
        listed = self.lists[name].get(code, "")
        return (told or listed or code) if self.language == "vi" else (listed or told or code)


def collated(text: str) -> tuple[str, str]:
    """Return a key that sorts Vietnamese names as readers expect: by base letters, then by accents; đ after d."""
    folded = text.casefold().replace("đ", "d\uffff")
    plain = "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))
    return plain, folded


def _whole(group: Group) -> int:
    return group.shares.whole if group.shares else 0


def _rate(group: Group) -> float:
    return group.shares.rate if group.shares else 0.0
