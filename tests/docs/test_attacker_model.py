"""The worked example of the attacker model: its files are written, its commands run and print what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docs.following import BLOCK, Shell

if TYPE_CHECKING:
    from pathlib import Path


def test_the_worked_example_comes_out_as_the_page_says(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "attacker-model.md").read_text(encoding="utf-8")
    example = page.partition("## A worked example")[2].partition("\n## ")[0]
    blocks = BLOCK.findall(example)
    assert [place for _, place, _ in blocks if place] == ["q2/data.csv", "q2/disclosure.json", "q3/data.csv"]
    shell = Shell(tmp_path / "example")
    for kind, place, text in blocks:
        if place:
            shell.write(place, text)
        elif kind == "console":
            shell.follow(text)
    assert shell.commands == 3


def test_the_page_claims_what_the_house_may_claim(root: Path) -> None:
    page = (root / "docs" / "attacker-model.md").read_text(encoding="utf-8")
    quoted = " ".join(line.removeprefix("> ") for line in page.splitlines() if line.startswith("> "))
    assert quoted == (
        "no attacker of the published model recovers a suppressed cell, or places one in an interval narrower than the "
        "declared width; the model is in `docs/`"
    )
