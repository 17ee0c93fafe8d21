"""Describes a release: dictionary, notes, Data Package v2, CSVW; derived from the declaration alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import words
from .tables import NOTE
from .words import NOTE_CODES, NOTE_LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minhbach.core.catalog import Catalog, Column, Dataset
    from minhbach.core.catalog.base import Labelled
    from minhbach.core.periods import Period

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
CSVW = "http://www.w3.org/ns/csvw"


@dataclass(frozen=True)
class About:
    """What the descriptions of one release are made from."""

    dataset: Dataset
    catalog: Catalog
    period: Period
    revision: str
    issued: str
    data_as_of: str
    public_figures: Mapping[str, Any]
    codes_used: Mapping[str, tuple[str, ...]]
    """Column with a code list → the codes that occur in this release."""

    @property
    def label(self) -> dict[str, str]:
        """The title with its period, in the project's languages."""
        named = self.said(self.dataset.title)
        return {code: f"{title}, {words.PERIOD[code].format(self.period)}" for code, title in named.items()}

    @property
    def languages(self) -> Sequence[str]:
        """The languages that this project speaks; the files say nothing in another."""
        return self.catalog.project.languages

    @property
    def language(self) -> str:
        """The language that comes first in this project."""
        return self.languages[0]

    def said(self, text: Labelled) -> dict[str, str]:
        """Give a declared text by language, in those of the project."""
        return {language: text.in_(language) for language in self.languages}

    def spoken(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Give words of ours by language, in those of the project."""
        return words.spoken(labels, self.languages)

    def note_name(self, key: str) -> str:
        """Name an entry of the notes."""
        return words.note_name(key, self.languages)

    def in_each(self, text: Mapping[str, str] | str) -> list[str]:
        """Give a text once for each language; what no language changes is repeated."""
        return [text if isinstance(text, str) else text[language] for language in self.languages]

    def told(self, key: str, labels: Mapping[str, str]) -> dict[str, str]:
        """Give a text under `key` in the first language, and under `<key>_<language>` in the project's others."""
        first, *others = self.languages
        return {key: labels[first], **{f"{key}_{language}": labels[language] for language in others}}

    def code_labels(self, column: Column) -> list[dict[str, str]]:
        """The codes of a column that occur, with their labels; a code that the list lacks stands for itself."""
        rows_then = (row for row in self.catalog.codes.get(column.codes or "", []) if self._holds(row))
        known = {row["code"]: row for row in rows_then}
        rows = ((code, known.get(code, {})) for code in self.codes_used.get(column.name, ()))
        return [{"code": code, **{name: row.get(name) or code for name in self.languages}} for code, row in rows]

    def _holds(self, row: Mapping[str, str]) -> bool:
        """Whether a line of a code list with history holds in this period."""
        start, end = row.get("hieu_luc_tu") or "", row.get("hieu_luc_den") or "9999-12-31"
        return start <= self.period.end.isoformat() and end >= self.period.start.isoformat()


def dictionary(about: About) -> list[tuple[str, ...]]:
    """Give the dictionary: the head, then a line a column with its labels and treatment."""
    dataset = about.dataset
    lines = [
        (
            column.name,
            *about.said(column).values(),
            column.type,
            column.unit or "",
            "x" if column.name in dataset.grain else "",
            column.codes or "",
            column.parent or "",
            column.treatment.kind if column.treatment else "from",
            " / ".join(column.derived_from or ()),
        )
        for column in dataset.published
    ]
    note = (NOTE, *about.spoken(NOTE_LABELS).values(), "string", "", "", "", "", "suppression", "")
    return [words.dictionary_head(about.languages), *lines, note]


def notes(about: About) -> list[tuple[str, ...]]:
    """Give what a reader must know beside the numbers, a column per language; the first line is the head."""
    dataset = about.dataset
    window = f"{about.period.start.isoformat()} – {about.period.end.isoformat()}"
    told: list[tuple[str, Mapping[str, str] | str]] = [
        ("title", about.label),
        ("about", about.said(dataset.about)),
        ("how_to_read", about.said(dataset.how_to_read)),
        ("does_not_say", about.said(dataset.does_not_say)),
        ("period", window),
        ("revision", about.revision),
        ("data_as_of", about.data_as_of),
        ("issued", about.issued),
        ("licence", dataset.licence),
        ("contact", f"{dataset.steward.name}, {dataset.steward.email}"),
    ]
    named: list[tuple[str, Mapping[str, str] | str]] = [(about.note_name(key), text) for key, text in told]
    named += [(f"{about.note_name('symbol')}: {code}", about.spoken(said)) for code, said in NOTE_CODES.items()]
    protection = about.note_name("protection")
    for key, value in sorted(about.public_figures.items()):
        label = about.spoken(words.FIGURES.get(key, dict.fromkeys(words.NAME_OF_LANGUAGE, key)))
        said = f"{100 * value:g} %" if key == "share" else str(value)
        named.append((f"{protection}: {' / '.join(label.values())}", said))
    head = (words.NOTES["entry"][about.language], *about.spoken(words.NAME_OF_LANGUAGE).values())
    return [head, *((name, *about.in_each(text)) for name, text in named)]


def data_package(about: About, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give datapackage.json (Frictionless Data Package v2), with the codes that occur as inline tables to refer to."""
    dataset = about.dataset
    listed: dict[str, dict[str, dict[str, str]]] = {}
    for column in dataset.published:
        if column.codes:
            listed.setdefault(column.codes, {}).update({row["code"]: row for row in about.code_labels(column)})
    table: dict[str, Any] = {
        "name": "data",
        "path": "data.csv",
        **about.told("title", about.label),
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _table_schema(about),
    }
    others: list[dict[str, Any]] = [
        {"name": f"data-{kind}", "path": f"data.{kind}", "format": kind, **about.told("title", about.label)}
        for kind in ("parquet", "xlsx")
    ]
    resources = [{**said, **_file(files[said["path"]])} for said in (table, *others)]
    return {
        "$schema": PROFILE,
        "name": dataset.slug,
        "id": f"{dataset.name}/{about.period}/{about.revision}",
        **about.told("title", about.label),
        **about.told("description", about.said(dataset.about)),
        "version": f"{about.period}-{about.revision}",
        "created": f"{about.issued}T00:00:00Z",
        "keywords": list(dataset.tags),
        "licenses": [{"name": dataset.licence, "path": licence_url(dataset.licence)}],
        "contributors": [{"title": dataset.steward.name, "email": dataset.steward.email, "roles": ["steward"]}],
        "data_as_of": about.data_as_of,
        "temporal": {"start": about.period.start.isoformat(), "end": about.period.end.isoformat()},
        "suppression": {"column": NOTE, "codes": {code: about.spoken(said) for code, said in NOTE_CODES.items()}},
        "resources": [*resources, *(_code_list(name, listed[name], about.languages) for name in sorted(listed))],
    }


def csvw(about: About) -> dict[str, Any]:
    """Give csv-metadata.json (CSV on the Web)."""
    dataset = about.dataset
    columns = [_csvw_column(c.name, c.type, about.said(c), required=c.name in dataset.grain) for c in dataset.published]
    return {
        "@context": [CSVW, {"@language": about.language}],
        "url": "data.csv",
        "dc:title": [{"@value": text, "@language": language} for language, text in about.label.items()],
        "dc:description": [{"@value": text, "@language": code} for code, text in about.said(dataset.about).items()],
        "dc:license": {"@id": licence_url(dataset.licence)},
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "lineTerminators": ["\r\n"],
            "quoteChar": '"',
            "header": True,
        },
        "tableSchema": {
            "columns": [*columns, _csvw_column(NOTE, "string", about.spoken(NOTE_LABELS), required=False)],
            "primaryKey": list(dataset.grain),
        },
    }


def licence_url(licence: str) -> str:
    """Give the address of a licence: Creative Commons' own page, else the SPDX list."""
    if licence.startswith("CC-BY"):
        name, _, version = licence.removeprefix("CC-").rpartition("-")
        return f"https://creativecommons.org/licenses/{name.lower()}/{version}/"
    return f"https://spdx.org/licenses/{licence}"


def _file(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"hash": f"sha256:{said['sha256']}", "bytes": said["bytes"]}


def _table_schema(about: About) -> dict[str, Any]:
    dataset = about.dataset
    fields = [_field(column, about) for column in dataset.published]
    note = {"name": NOTE, **about.told("title", NOTE_LABELS), "type": "string"}
    keys = [
        {"fields": [column.name], "reference": {"resource": _list_name(column.codes), "fields": ["code"]}}
        for column in dataset.published
        if column.codes
    ]
    return {
        "fieldsMatch": "exact",
        "missingValues": [""],
        "fields": [*fields, {**note, "constraints": {"enum": sorted(NOTE_CODES)}}],
        "primaryKey": list(dataset.grain),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(column: Column, about: About) -> dict[str, Any]:
    kind, _, _ = column.type.partition("(")
    constraints: dict[str, Any] = {"required": True} if column.name in about.dataset.grain else {}
    if column.treatment and column.treatment.kind == "count_of":
        constraints["minimum"] = 0
    if column.unit == "percent":
        constraints |= {"minimum": 0, "maximum": 100}
    return {
        "name": column.name,
        **about.told("title", about.said(column)),
        "type": {"decimal": "number"}.get(kind, kind),
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _list_name(codes: str | None) -> str:
    return f"codes-{(codes or '').replace('_', '-')}"


def _code_list(name: str, rows: Mapping[str, dict[str, str]], languages: Sequence[str]) -> dict[str, Any]:
    fields = [{"name": key, "type": "string"} for key in ("code", *languages)]
    return {
        "name": _list_name(name),
        "type": "table",
        "data": [rows[code] for code in sorted(rows)],
        "schema": {"fields": fields, "primaryKey": ["code"]},
    }


def _csvw_column(name: str, kind: str, labels: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    base, _, _ = kind.partition("(")
    return {
        "name": name,
        "titles": name,
        "rdfs:label": [
            {"@value": text, "@language": language} for language, text in labels.items() if language != "unit"
        ],
        "datatype": base,
        "required": required,
    }
