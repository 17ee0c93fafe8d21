"""Documentation is tested: every link leads somewhere, every command that it shows exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT, texts

PAGES = texts("*.md")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=[\"']([^\"']+)")
FENCE = re.compile(r"^```.*?^```\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"^\$ (minhbach .*(?:\\\n.*)*)$", re.MULTILINE)
MINHBACH = Path(sys.executable).with_name("minhbach")


def anchors(page: Path) -> set[str]:
    """Name the headings of a page as readers of Markdown link to them."""
    plain = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(plain)}


def commands() -> list[str]:
    """Collect the commands shown in fenced blocks, each up to its first pipe, redirection or comment."""
    found = set()
    for text in PAGES.values():
        for block in FENCE.findall(text):
            for shown in COMMAND.findall(block):
                found.add(re.split(r" [|>#&;]", shown.replace("\\\n", " "), maxsplit=1)[0].strip())
    return sorted(found)


@pytest.mark.parametrize("page", sorted(PAGES), ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", PAGES[page])):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / name if name else ROOT / page
        if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors(linked)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", sorted(PAGES), ids=str)
def test_every_picture_is_in_the_house(page: Path) -> None:
    for found in PICTURE.findall(PAGES[page]):
        source = found[0] or found[1]
        assert "://" not in source
        assert ((ROOT / page).parent / source).is_file()


def test_every_command_shown_exists() -> None:
    if not (ROOT / "minhbach" / "cli").is_dir():
        pytest.skip("the command is not written yet")
    shown = commands()
    assert shown, "no page shows a `$ minhbach …` command in a fenced block"
    wrong = {}
    for command in shown:
        # With --help at its end the command is parsed, options included, and does nothing.
        asked = [str(MINHBACH), *shlex.split(command)[1:], "--help"]
        answer = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True)
        if answer.returncode != 0:
            wrong[command] = answer.stderr.strip()
    assert not wrong


def test_every_decision_states_itself_in_its_title() -> None:
    decisions = [path for path in PAGES if path.parts[:2] == ("docs", "decisions")]
    assert decisions
    for path in decisions:
        title = PAGES[path].splitlines()[0]
        assert re.fullmatch(r"# .{20,}", title), f"{path}: the title does not state the decision"
        assert len(PAGES[path].split()) < 400, f"{path}: a decision is one short page"
