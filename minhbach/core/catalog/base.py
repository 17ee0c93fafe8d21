"""The ground all declarations stand on: strict, frozen, nothing unknown, every text in the project's languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

if TYPE_CHECKING:
    from collections.abc import Sequence

LANGUAGES = ("vi", "en")
"""The languages that the engine's own words stand in; a project speaks one of them or both."""

Stem = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
"""A name used everywhere: file stem, model, asset, folder; lower-case ASCII words joined by underscores."""


class Declared(BaseModel):
    """A declaration or a part of one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Labelled(Declared):
    """What a reader reads, in every language of the project: one that speaks a single language says it once.

    The context of the validation holds the project's `languages`; without it, all are expected.
    """

    vi: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _said_once(cls, value: Any, info: ValidationInfo) -> Any:
        languages = _languages(info)
        if len(languages) == 1 and isinstance(value, dict) and languages[0] in value:
            return dict.fromkeys(LANGUAGES, value[languages[0]]) | value
        return value

    def in_(self, language: str) -> str:
        """Return the text in a language; Vietnamese where the language is not known."""
        return self.en if language == "en" else self.vi


class Text(Labelled):
    """A text by language; in a project of a single language it may stand alone."""

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        languages = _languages(info)
        if len(languages) != 1:
            raise ValueError(f'found "{value}" in no language, expected a mapping with {" and ".join(languages)}')
        return dict.fromkeys(LANGUAGES, value)


def _languages(info: ValidationInfo) -> Sequence[str]:
    return (info.context or {}).get("languages") or LANGUAGES


class Contact(Declared):
    """Who answers for something."""

    name: str
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
