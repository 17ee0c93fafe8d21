"""The unit tests of the models, which dbt runs: every formula of the books."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from minhbach.shape.runner import run_dbt

if TYPE_CHECKING:
    from tests.shape.conftest import Built


@pytest.fixture(scope="module")
def by_hand(built: Built) -> Built:
    """Put the newest run where dbt looks for it: its tables tell the unit tests the types."""
    shutil.copyfile(built.runs["2026-Q3"].file, built.work.database)
    built.work.database.chmod(0o600)
    return built


def test_every_formula(by_hand: Built) -> None:
    results = run_dbt(by_hand.work, ["test", "--select", "test_type:unit"])
    assert len(results) >= 9
    assert {str(result.status) for result in results} == {"pass"}
