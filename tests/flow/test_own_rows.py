"""For whom a supplier answers is declared, checked, and found again in every dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.catalog.agencies import AnswersFor
from minhbach.core.catalog.checks import check_catalog
from minhbach.flow.own_rows import agency_column, own_codes

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog
    from minhbach.core.catalog.agencies import CodeValues

REST, VAN_DON, CO_TO = "mot_cua_quang_ninh", "dac_khu_van_don", "dac_khu_co_to"


def declared(project: Path, **answers: AnswersFor | None) -> Catalog:
    catalog = load_catalog(project)
    for name, answer in answers.items():
        catalog.agencies[name] = catalog.agencies[name].model_copy(update={"answers_for": answer})
    return catalog


def said(codes: CodeValues | str, code_list: str = "co_quan") -> AnswersFor:
    return AnswersFor.model_validate({"list": code_list, "codes": codes})


def test_every_agency_that_has_a_code_is_answered_for_once(project: Path) -> None:
    catalog = load_catalog(project)
    assert check_catalog(catalog) == []
    answered = [code for name in catalog.agencies for code in own_codes(catalog, name)]
    assert len(answered) == len(set(answered))
    assert set(answered) == {row["code"] for row in catalog.codes["co_quan"] if row["tong_hop"] != "1"}


def test_every_dataset_says_whose_a_row_is(project: Path) -> None:
    catalog = load_catalog(project)
    assert catalog.datasets
    for dataset in catalog.datasets.values():
        assert agency_column(dataset, said("all")) == "ma_dinh_danh"
        assert agency_column(dataset, said("all", "kenh_thuc_hien")) is None


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({VAN_DON: said(["H49.154"])}, '"H49.154"'),
        ({VAN_DON: said("all")}, '"all"'),
        ({VAN_DON: said(["H99"])}, '"H99"'),
        ({VAN_DON: said(["H49.139"], "khong_co")}, '"khong_co"'),
    ],
    ids=["two for one", "two for all", "unknown code", "unknown list"],
)
def test_a_wrong_answer_is_a_problem(project: Path, answers: dict[str, AnswersFor], found: str) -> None:
    problems = check_catalog(declared(project, **answers))
    assert [problem.key.startswith("answers_for") for problem in problems] == [True]
    assert problems[0].found.startswith(found)


def test_without_an_answer_there_is_nothing_to_see(project: Path) -> None:
    assert own_codes(declared(project, **{VAN_DON: None}), VAN_DON) == set()
    assert "H49.139" in own_codes(declared(project, **{VAN_DON: None}), REST), "somebody has to answer for it"
