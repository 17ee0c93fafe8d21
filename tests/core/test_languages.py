"""A project's languages decide what every declaration must say: one language says it once, two say it twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from minhbach.core.catalog import load_catalog
from minhbach.core.catalog.schemas import schemas
from minhbach.core.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
name: a_city
title: A city
place: {name: The city, code: "25", agency_code: C, country: US}
languages: [en]
timezone: America/New_York
calendar: {country: US, subdivision: MA}
regime: calendar
first_period: 2015-Q1
"""
SITE = "site: {kind: site, title: Open data}\n"


def write(root: Path, project: str = PROJECT, portals: str = SITE) -> Path:
    (root / "catalog").mkdir(exist_ok=True)
    for name, text in (("project", project), ("portals", portals), ("people", "{}")):
        (root / "catalog" / f"{name}.yml").write_text(text, encoding="utf-8")
    return root


def test_one_language_says_it_once(tmp_path: Path) -> None:
    catalog = load_catalog(write(tmp_path))
    assert catalog.project.title.in_("en") == "A city"
    assert catalog.portals["site"].title.in_("en") == "Open data"
    mapped = load_catalog(write(tmp_path, portals="site: {kind: site, title: {en: Open data}}\n"))
    assert mapped.portals == catalog.portals


@pytest.mark.parametrize(
    ("portals", "told"),
    [
        (SITE, 'portals.yml: site.title: found "Open data" in no language, expected a mapping with vi and en'),
        (
            "site: {kind: site, title: {en: Open data}}\n",
            "portals.yml: site.title.vi: found nothing, expected this key",
        ),
        ("site: {kind: site, title: {en: Open data, fr: x}}\n", "no such key"),
        ("site: {kind: site, title: 7}\n", "portals.yml: site.title"),
    ],
)
def test_two_languages_say_it_twice(tmp_path: Path, portals: str, told: str) -> None:
    project = (
        PROJECT.replace("[en]", "[vi, en]")
        .replace(": A city", ": {vi: a, en: A}")
        .replace("The city", "{vi: t, en: T}")
    )
    with pytest.raises(DeclarationError) as caught:
        load_catalog(write(tmp_path, project, portals))
    assert told in str(caught.value)


def test_another_language_than_the_projects_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"title\.en: found nothing"):
        load_catalog(write(tmp_path, portals="site: {kind: site, title: {vi: Dữ liệu}}\n"))


def test_a_language_that_the_engine_does_not_speak_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"languages\[0\]"):
        load_catalog(write(tmp_path, PROJECT.replace("[en]", "[fr]")))


def test_schemas_accept_every_declaration_of_every_example(root: Path) -> None:
    known = schemas()
    kinds = {"agencies": "agency", "datasets": "dataset", "publications": "publication"}
    files = sorted((root / "examples").glob("*/catalog/**/*.yml"))
    assert len(files) >= 6
    for file in files:
        schema = known[kinds.get(file.parent.name, file.stem)]
        document = yaml.safe_load(file.read_text(encoding="utf-8").replace("on: 20", "'on': 20"))
        if "sign_off" in document:
            document["sign_off"]["on"] = str(document["sign_off"]["on"])
        jsonschema.validate(document, schema)


def test_a_series_that_has_ended_goes_on_to_no_period(tmp_path: Path) -> None:
    catalog = load_catalog(write(tmp_path, PROJECT + "last_period: 2015-Q2\n"))
    last = catalog.default_period(date(2026, 11, 24))
    assert str(last) == "2015-Q2"
    assert catalog.goes_on_to(last)
    assert not catalog.goes_on_to(last.following)
    assert str(catalog.default_period(date(2015, 4, 2))) == "2015-Q1"


def test_a_state_has_holidays_of_its_own(tmp_path: Path) -> None:
    patriots_day = date(2015, 4, 20)
    assert not load_catalog(write(tmp_path)).calendar.is_workday(patriots_day)
    of_the_country = write(tmp_path, PROJECT.replace(", subdivision: MA", ""))
    assert load_catalog(of_the_country).calendar.is_workday(patriots_day)
