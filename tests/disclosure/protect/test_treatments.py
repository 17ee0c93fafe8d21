"""Treatments of single columns, one by one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from minhbach.core.errors import DeclarationError
from minhbach.disclosure.treatments import treat

WARDS = {"ward": {"w1": "d1", "w2": "d1", "w3": "d2"}}


@pytest.mark.parametrize(
    ("values", "treatment", "expected"),
    [
        (["a", None], {"kind": "keep"}, ["a", None]),
        ([12, 13, 0, -13, None], {"kind": "round", "round": 5}, [10, 15, 0, -15, None]),
        ([2, 3], {"kind": "round", "round": 5}, [0, 5]),
        ([9, 10, 49, 50, None], {"kind": "band", "band": [10, 50]}, ["<10", "10–49", "10–49", "50+", None]),
        (["w1", "w3", None], {"kind": "generalise", "generalise": "ward"}, ["d1", "d2", None]),
    ],
    ids=["keep", "round", "round half up", "band", "generalise"],
)
def test_a_treatment(values: list[Any], treatment: dict[str, Any], expected: list[Any]) -> None:
    assert treat(pa.array(values), "column", treatment, WARDS).to_pylist() == expected


@pytest.mark.parametrize(
    ("treatment", "message"),
    [
        ({"kind": "generalise", "generalise": "ward"}, "no parent for w9"),
        ({"kind": "mask"}, "keep, round, band, drop, count_of or generalise"),
    ],
)
def test_what_a_treatment_does_not_know_is_refused(treatment: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        treat(pa.array(["w9"]), "column", treatment, WARDS)
