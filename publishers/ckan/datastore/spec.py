"""What a table of a portal's DataStore looks like: CKAN's types, key, indexes, dictionary. Knows no row, no portal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from minhbach.core.errors import GateRefused

if TYPE_CHECKING:
    from minhbach.core.catalog import Column, Dataset

PgType = Literal["int4", "int8", "text", "numeric", "date", "timestamp", "bool"]
"""The names that PostgreSQL itself gives back, so that declared and live types compare equal."""
LONGEST_NAME = 63
"""Bytes of a column name that PostgreSQL keeps."""
NOTE = "ghi_chu_an_so"
NOTE_LABELS = {"vi": "Ghi chú ẩn số", "en": "Suppression note"}
NOTE_CODES = {
    "vi": "c = bảo mật: số liệu được ẩn để không ai bị nhận ra; z = không áp dụng: tỷ lệ không có mẫu số.",
    "en": "c = confidential: hidden so that nobody is recognised; z = not applicable: a rate without denominator.",
}
UNIT = {"vi": "Đơn vị: {}.", "en": "Unit: {}."}
PART_OF = {"vi": "Mã theo danh mục {}.", "en": "Code of the list {}."}


@dataclass(frozen=True)
class Field:
    """One column: its type, and what the portal's dictionary says of it in both languages."""

    id: str
    type: PgType
    vi: str = ""
    en: str = ""
    notes_vi: str = ""
    notes_en: str = ""
    full_text: bool = False
    """Whether `q={"column": "words"}` gets an index of its own; a search over the whole row always has one."""

    @property
    def info(self) -> dict[str, str]:
        """The dictionary's entry as CKAN keeps it: its own keys hold Vietnamese, English stands beside.

        `type_override` keeps the type where somebody lets the portal's own loader load the table again.
        """
        said = {"label": self.vi, "label_en": self.en, "notes": self.notes_vi, "notes_en": self.notes_en}
        return {key: text for key, text in said.items() if text} | {"type_override": self.type}

    def document(self) -> dict[str, Any]:
        """The field as `datastore_create` takes it."""
        return {"id": self.id, "type": self.type, "info": self.info}


@dataclass(frozen=True)
class TableSpec:
    """One table: its columns in order, its key, and what else is indexed."""

    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        names = self.names
        for name in names:
            if not _is_name(name):
                raise GateRefused(
                    f"column {name!r}: found a name the DataStore does not take, expected at most {LONGEST_NAME} "
                    "bytes, no leading underscore, no quotation mark, no blank at its ends."
                )
        if len(set(names)) != len(names):
            raise GateRefused("found a column of the DataStore table twice, expected each once.")
        unknown = sorted({name for index in (self.primary_key, *self.indexes) for name in index} - set(names))
        if unknown or not self.primary_key:
            raise GateRefused(
                f"found {', '.join(unknown) or 'nothing'} as key or index of the DataStore table, expected its columns."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in order."""
        return tuple(field.id for field in self.fields)

    def fingerprint(self) -> str:
        """Return a hash of everything but the rows."""
        return hashlib.sha256(repr((self.fields, self.primary_key, self.indexes)).encode()).hexdigest()


def table_of(dataset: Dataset) -> TableSpec:
    """Give the table of a dataset: its published columns and the note, its grain as key.

    Readers filter by the parts of the key: each gets an index, except the first, which the key's own index serves.
    """
    fields = [_field(column) for column in dataset.published]
    fields.append(
        Field(NOTE, "text", NOTE_LABELS["vi"], NOTE_LABELS["en"], NOTE_CODES["vi"], NOTE_CODES["en"]),
    )
    return TableSpec(tuple(fields), tuple(dataset.grain), tuple((name,) for name in dataset.grain[1:]))


def ckan_type(declared: str) -> PgType:
    """Give CKAN's type of a declared one."""
    simple: dict[str, PgType] = {"string": "text", "integer": "int8", "boolean": "bool", "date": "date"}
    return "numeric" if declared.startswith("decimal") else simple[declared]


def _field(column: Column) -> Field:
    notes = {
        language: " ".join(
            [
                *([UNIT[language].format(column.unit)] if column.unit else []),
                *([PART_OF[language].format(column.codes)] if column.codes else []),
            ]
        )
        for language in ("vi", "en")
    }
    return Field(column.name, ckan_type(column.type), column.vi, column.en, notes["vi"], notes["en"])


def _is_name(name: str) -> bool:
    return (
        0 < len(name.encode()) <= LONGEST_NAME
        and name == name.strip()
        and not name.startswith("_")
        and '"' not in name
        and name.isprintable()
    )
