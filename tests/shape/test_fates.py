"""Fates stand where they are decided, every one is counted, and the page in the docs is theirs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.errors import DeclarationError
from minhbach.shape.fates import defects_page, fates

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog


def test_page_is_current(catalog: Catalog) -> None:
    page = catalog.root / "docs" / "defects.md"
    assert page.read_text(encoding="utf-8") == defects_page(fates(catalog)), (
        "write it anew: from minhbach.shape.fates import write_page; write_page(load_catalog(Path('.')))"
    )


def test_every_defect_of_the_domain_has_one_fate(catalog: Catalog) -> None:
    declared = fates(catalog)
    assert {fate.id[:4] for fate in declared} >= {f"DS{number:02d}" for number in range(1, 15)}
    ids = [fate.id for fate in declared]
    assert len(ids) == len(set(ids))
    assert {fate.fate for fate in declared} == {"quarantine", "flag", "exclude", "correct"}


def test_every_fate_but_quarantine_is_counted(catalog: Catalog) -> None:
    model = next((catalog.root / "dbt_project").rglob("int_loi_ho_so.sql")).read_text(encoding="utf-8")
    counted = set(re.findall(r"'(DS\d\d[a-z]?)'", model))
    assert counted == {fate.id for fate in fates(catalog) if fate.fate != "quarantine"}


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("fate: exclude", "fate: forget", 'found "forget", expected one of flag, exclude, correct'),
        ("id: DS10", "name: DS10", r"fates\[1\]: found an incomplete fate"),
    ],
)
def test_broken_fate(project_copy: Path, good: str, bad: str, says: str) -> None:
    path = project_copy / "dbt_project" / "models" / "staging" / "mot_cua" / "_mot_cua.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(good, bad), encoding="utf-8")
    with pytest.raises(DeclarationError, match=says):
        fates(load_catalog(project_copy))
