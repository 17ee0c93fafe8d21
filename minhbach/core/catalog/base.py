"""The ground all declarations stand on: strict, frozen, nothing unknown, every text in two languages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Stem = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
"""A name used everywhere: file stem, model, asset, folder; lower-case ASCII words joined by underscores."""


class Declared(BaseModel):
    """A declaration or a part of one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Text(Declared):
    """What a reader reads: Vietnamese first, English beside."""

    vi: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_(self, language: str) -> str:
        """Return the text in a language; Vietnamese where the language is not known."""
        return self.en if language == "en" else self.vi


class Contact(Declared):
    """Who answers for something."""

    name: str
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
