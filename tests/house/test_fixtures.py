"""The shared fixtures keep their promises: on CI nothing skips, a house is empty, a browser sees only here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ClosedChromium

SKIPS = """
import pytest

def test_in_the_body():
    pytest.skip("no reason")

@pytest.mark.skipif(True, reason="by mark")
def test_by_mark():
    pass

def test_for_lack_of_data(shared_data):
    pass
"""


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 failed, 2 errors"), ("", "3 skipped")])
def test_on_ci_a_skip_is_a_failure(tmp_path: Path, ci: str, outcome: str) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_skips.py").write_text(SKIPS, encoding="utf-8")
    environment = {**os.environ, "CI": ci, "MINHBACH_SHARED_DATA": str(tmp_path / "nowhere"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, env=environment)
    assert outcome in ran.stdout


def test_on_ci_a_module_that_skips_itself_is_a_failure(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_module.py").write_text('import pytest\npytest.importorskip("no_such_module")\n', encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "CI": "true", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, env=environment)
    assert ran.returncode != 0
    assert "nothing may be skipped" in ran.stdout


def test_a_house_is_new_and_named_by_the_environment(house: Path, lake: Path) -> None:
    assert list(house.iterdir()) == []
    assert os.environ["MINHBACH_LAKE"] == str(lake)


@pytest.mark.browser
def test_the_browser_reaches_this_machine_only(chromium: ClosedChromium) -> None:
    with chromium.page(width=360) as (page, foreign):
        page.set_content('<img src="http://elsewhere.invalid/x.png"><h1>Ế Ỗ Ử ậ ỵ</h1>')
        page.wait_for_load_state("networkidle")
        assert foreign == ["http://elsewhere.invalid/x.png"]
        assert page.locator("h1").inner_text() == "Ế Ỗ Ử ậ ỵ"
