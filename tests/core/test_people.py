"""Whose key is whose: declared public keys, and generated ones of demo people, never in production."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minhbach.core import keys, people
from minhbach.core.errors import UsageError
from tests.release.small import House, open_small

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def small(house: Path) -> House:
    return open_small(house.parent)


def test_a_demo_person_gets_a_key_once(small: House) -> None:
    public = people.public_key_of("binh_duyet", small.catalog, small.settings)
    assert people.public_key_of("binh_duyet", small.catalog, small.settings) == public
    assert people.public_key_of("chi_duyet", small.catalog, small.settings) != public
    folder = people.folder(small.settings)
    assert (folder / "binh_duyet.pub").read_text("ascii").strip() == public
    assert keys.signing_key(keys.read_private(folder / "binh_duyet.key")) == public


def test_a_declared_key_is_the_one(small: House) -> None:
    public = keys.signing_key(b"k" * 32)
    person = small.catalog.people["khanh_khong_khoa"].model_copy(update={"public_key": public})
    catalog = replace(small.catalog, people={**small.catalog.people, "khanh_khong_khoa": person})
    production = replace(small.settings, mode="production")
    assert people.public_key_of("khanh_khong_khoa", catalog, production) == public
    assert not people.folder(production).exists()


def test_who_has_no_key_is_told_what_makes_one(small: House) -> None:
    with pytest.raises(UsageError, match="minhbach keys new"):
        people.public_key_of("khanh_khong_khoa", small.catalog, small.settings)
    with pytest.raises(UsageError, match='found no "ai_do"'):
        people.public_key_of("ai_do", small.catalog, small.settings)


def test_in_production_nobody_is_a_demo_person(small: House) -> None:
    people.demo_key("binh_duyet", small.settings)
    production = replace(small.settings, mode="production")
    with pytest.raises(UsageError, match="demo person in production"):
        people.public_key_of("binh_duyet", small.catalog, production)


def test_a_pair_that_lost_its_public_half_gets_it_back(small: House) -> None:
    private = people.demo_key("binh_duyet", small.settings)
    private.with_suffix(".pub").unlink()
    people.demo_key("binh_duyet", small.settings)
    public = private.with_suffix(".pub").read_text("ascii").strip()
    assert len(base64.b64decode(public)) == 32
