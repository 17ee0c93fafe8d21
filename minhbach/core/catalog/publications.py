"""`catalog/publications/<name>.yml`, `portals.yml`, `people.yml`: what goes out together, where to, and who may."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ..periods import Regime
from .base import Declared, Stem, Text

PersonRole = Literal["preparer", "steward", "publisher"]


class PublicationCalendar(Declared):
    """When a publication goes out: working days after the cut-off."""

    regime: Regime
    every: Literal["month", "quarter", "year"]
    release_after_workdays: int = 7
    release_at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "09:00"
    """Local time at which a release goes out on its day; scheduled publishing waits for it."""


class Publication(Declared):
    """Datasets that go out together."""

    name: Stem
    title: Text
    about: Text
    datasets: Annotated[list[Stem], Field(min_length=1)]
    calendar: PublicationCalendar
    portal: Stem
    prepared_by: Annotated[list[Stem], Field(min_length=1)]
    approved_by: Annotated[list[Stem], Field(min_length=1)]


class Portal(Declared):
    """A place to publish to: its kind is a publisher found by entry point; no secret here."""

    kind: Stem
    title: Text
    address: str | None = None
    options: dict[str, Any] = {}


class Person(Declared):
    """Who prepares, stewards or publishes; known by a public key."""

    title: str
    roles: Annotated[list[PersonRole], Field(min_length=1)]
    public_key: str | None = None
    """Ed25519, base64; of a demo person it is generated beside the lake when first needed."""
    login: Annotated[str, Field(min_length=1)] | None = None
    """The person's user in Airflow, by the id its login gives: whoever is logged in as it approves in the UI."""
    demo: bool = False
