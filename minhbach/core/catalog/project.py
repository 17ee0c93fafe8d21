"""`catalog/project.yml`: who the project folder speaks for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..periods import Regime
from .base import Declared, Stem, Text


class Place(Declared):
    """The province, city or country whose administration the datasets describe."""

    name: Text
    code: Annotated[str, Field(description="Code of the national statistics office, with leading zeros")]
    agency_code: Annotated[str, Field(description="Identifier of the top agency, as issued")]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Calendar(Declared):
    """Which public holidays hold and which days are exceptions."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")] | None = None
    """State or province with holidays of its own, as in ISO 3166-2 without the country: MA."""
    overrides: str | None = None
    """CSV under `catalog/`, columns date, is_working, reason, document."""


class SandboxPlan(Declared):
    """What the pretend agencies play when nobody says otherwise."""

    periods: list[str]
    dossiers: int = 150_000
    seed: int


class ProjectDeclaration(Declared):
    """The settings of one project folder that are promises, not machinery."""

    name: Stem
    title: Text
    place: Place
    languages: Annotated[list[Literal["vi", "en"]], Field(min_length=1)]
    """The first one is the default of the public site; with only one, every text is said once."""
    timezone: str
    calendar: Calendar
    regime: Regime = "reporting"
    first_period: str
    """The first period whose books are kept; what was open before it is its opening balance."""
    last_period: str | None = None
    """The last period there will be: a series that has ended promises no next release."""
    sandbox: SandboxPlan | None = None
