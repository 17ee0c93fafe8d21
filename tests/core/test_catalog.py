"""Declarations: strict, every problem at once, each with file, key, what was found and what is expected."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from minhbach.core.catalog import load_catalog
from minhbach.core.catalog.checks import check_catalog
from minhbach.core.catalog.fingerprint import fingerprint_of
from minhbach.core.catalog.schemas import schemas, write_schemas
from minhbach.core.errors import DeclarationError, Problem

if TYPE_CHECKING:
    from pathlib import Path

DATASET = "catalog/datasets/giai_quyet_ho_so.yml"
RATES = "catalog/datasets/dung_han_theo_thu_tuc.yml"
AGENCY = "catalog/agencies/mot_cua_quang_ninh.yml"
PUBLICATION = "catalog/publications/minh_bach_hang_quy.yml"


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """A copy of the project's declarations, to be broken."""
    shutil.copytree(project / "catalog", tmp_path / "catalog")
    return tmp_path


def problems(folder: Path) -> list[Problem]:
    try:
        return check_catalog(load_catalog(folder))
    except DeclarationError as error:
        return list(error.problems)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_project_has_no_problem(folder: Path) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "told"),
    [
        (DATASET, "licence: CC-BY-4.0", "licence: CC-BY-4.0\ncolour: blue", "colour", "no such key"),
        (DATASET, "owner: ubnd_quang_ninh\n", "", "owner", "found nothing, expected this key"),
        (DATASET, "grain: [ky", "grain: 7 #", "grain", "expected"),
        (DATASET, "every: quarter", "every: fortnight", "period.every", 'found "fortnight", expected one of'),
        (DATASET, "treatment: keep}", "treatment: mask}", "columns[0].treatment", 'found "mask"'),
        (DATASET, "licence: CC-BY-4.0", "licence: MIT", "licence", 'found "MIT", expected one of'),
        (DATASET, "codes: co_quan", "codes: co_quan_x", "columns[2].codes", "expected one of"),
        (DATASET, "inputs: [mot_cua_quang_ninh", "inputs: [mot_cua_xx", "inputs[0]", 'found "mot_cua_xx"'),
        (DATASET, "- tiep_nhan = da_giai", "- tiep_nhan := da_giai", "identities[1]", "expected"),
        (DATASET, "- tiep_nhan = da_giai_quyet", "- tiep_nhan = da_giai_quyeT", "identities[1]", "expected"),
        (DATASET, "ky_truoc_chuyen: dang_giai_quyet", "ky_truoc_chuyen: dang", "carried", 'found "dang"'),
        (DATASET, "threshold: 10", "threshold: 9", "disclosure.tables", "the same for one population"),
        (DATASET, "persons: so_chu_ho_so", "persons: so_nguoi", "treatment.persons", "treatment is drop"),
        (RATES, "from: [so_dung_han_chat, so_da", "from: [so_dung_han_xx, so_da", "from[0]", "a published count"),
        (RATES, "dataset: giai_quyet_ho_so", "dataset: giai_quyet", "sums_to.dataset", "same population"),
        (PUBLICATION, "portal: site", "portal: noi_khac", "portal", "expected one of ckan, site"),
        (PUBLICATION, "[steward_demo]", "[preparer_demo]", "approved_by[0]", "publisher or steward"),
        (AGENCY, "method: rest_paged", "method: Rest Paged", "method", "text that matches"),
    ],
)
def test_a_problem_names_file_key_found_and_expected(
    folder: Path, file: str, old: str, new: str, key: str, told: str
) -> None:
    edit(folder, file, old, new)
    found = [one for one in problems(folder) if one.file == file or "the same for one population" in one.expected]
    assert any(key in one.key and told in str(one) for one in found), [str(one) for one in found]


def test_every_problem_of_every_file_at_once(folder: Path) -> None:
    edit(folder, DATASET, "licence: CC-BY-4.0", "licence: CC-BY-4.0\ncolour: blue")
    edit(folder, RATES, "every: quarter", "every: fortnight")
    edit(folder, AGENCY, "title:", "titel:")
    (folder / "catalog" / "portals.yml").write_text("site: [", encoding="utf-8")
    files = {problem.file for problem in problems(folder)}
    assert files >= {DATASET, RATES, AGENCY, "catalog/portals.yml"}


def test_a_key_written_twice_is_refused(folder: Path) -> None:
    edit(folder, DATASET, "licence: CC-BY-4.0", "licence: CC-BY-4.0\nlicence: CC0-1.0")
    assert any('the key "licence" twice' in str(one) for one in problems(folder))


def test_a_changed_policy_closes_the_gate_until_it_is_signed_off(folder: Path) -> None:
    edit(folder, DATASET, "min_width: 10", "min_width: 3")
    edit(folder, RATES, "min_width: 10", "min_width: 3")
    found = problems(folder)
    assert {(one.file, one.key) for one in found} == {(file, "sign_off.fingerprint") for file in (DATASET, RATES)}


def test_a_changed_description_does_not(folder: Path) -> None:
    before = fingerprint_of(load_catalog(folder).dataset("giai_quyet_ho_so"))
    edit(folder, DATASET, "en: Dossier handling (form 06)", "en: How dossiers are handled")
    assert fingerprint_of(load_catalog(folder).dataset("giai_quyet_ho_so")) == before
    assert problems(folder) == []


def test_schemas_accept_every_declaration_there_is(project: Path) -> None:
    made, seen = schemas(), 0
    for kind, schema in (("agencies", "agency"), ("datasets", "dataset"), ("publications", "publication")):
        for path in sorted((project / "catalog" / kind).glob("*.yml")):
            document = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  strings only
            assert set(document) <= set(made[schema]["properties"]), path
            seen += 1
    assert seen >= 6
    for schema in made.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_published_schemas_are_current(project: Path, tmp_path: Path) -> None:
    for path in write_schemas(tmp_path):
        published = project / "docs" / "schemas" / path.name
        assert json.loads(published.read_text()) == json.loads(path.read_text()), f"run: minhbach schema {path.name}"
