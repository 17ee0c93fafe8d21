"""The two walk-throughs of docs/ are followed literally: every file block, every command; they end with a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.following import BLOCK, Shell

if TYPE_CHECKING:
    from pathlib import Path

WALK = ("add-an-agency.md", "add-a-dataset.md")


@pytest.mark.usefixtures("house")
def test_walkthroughs_end_with_a_published_dataset(root: Path, tmp_path: Path) -> None:
    blocks = [block for page in WALK for block in BLOCK.findall((root / "docs" / page).read_text(encoding="utf-8"))]
    files = [place for _, place, _ in blocks if place]
    assert len(files) == 3
    shell = Shell(tmp_path / "walk")
    for kind, place, text in blocks:
        if place:
            shell.write(place, text)
        elif kind == "console":
            shell.follow(text)
    assert shell.commands >= 20
    published = shell.here / "var" / "site" / "current" / "dataset" / "phan_anh"
    assert (published / "2026-Q3" / "r1" / "data.csv").read_text(encoding="utf-8-sig").startswith("ky_bao_cao,nhom,")
    assert (published / "index.html").is_file()
