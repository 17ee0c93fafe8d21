"""Documentation is tested: links lead somewhere, commands can be typed, no page leads out of the house."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from minhbach.core.settings import PREFIX
from minhbach.flow.standing import ABOUT
from tests.docs.pages import (
    FENCE,
    LINK,
    PAGES,
    PICTURE,
    ROOT,
    broken_links,
    linked_from,
    named_commands,
    shown_commands,
    strange_hosts,
    unknown_in,
)

INDEX = Path("docs/README.md")
ENGLISH, VIETNAMESE = Path("README.md"), Path("README.vi.md")
every_page = pytest.mark.parametrize("page", sorted(PAGES), ids=str)


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@every_page
def test_every_picture_is_in_the_house(page: Path) -> None:
    for found in PICTURE.findall(PAGES[page]):
        source = found[0] or found[1]
        assert "://" not in source
        assert ((ROOT / page).parent / source).is_file()


@every_page
def test_no_page_leads_out_of_the_house(page: Path) -> None:
    assert strange_hosts(PAGES[page]) == set()


@every_page
def test_letters_are_composed(page: Path) -> None:
    assert unicodedata.is_normalized("NFC", PAGES[page])


def test_every_page_of_the_folder_stands_in_its_index() -> None:
    pages = {page for page in PAGES if page.parts[0] == "docs" and page != INDEX}
    decisions = Path("docs/decisions/README.md")
    assert decisions in pages
    assert pages - linked_from(INDEX) - linked_from(decisions) == set()


def test_every_command_shown_can_be_typed() -> None:
    shown = {command: page for page, text in PAGES.items() for command in shown_commands(text)}
    assert len(shown) > 20
    wrong = {(str(page), command): unknown_in(command, complete=True) for command, page in shown.items()}
    assert {where: said for where, said in wrong.items() if said} == {}


def test_every_command_spoken_of_exists() -> None:
    named = {command: page for page, text in PAGES.items() for command in named_commands(text)}
    assert len(named) > 15
    wrong = {(str(page), command): unknown_in(command, complete=False) for command, page in named.items()}
    assert {where: said for where, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("minhbach nothing", "no command nothing"),
        ("minhbach freeze --when now", "No such option"),
        ("minhbach approve", "lacks PLAN"),
        ("minhbach check now", "too much: now"),
        ("minhbach --project DIR disclose attack r1 --policy", "Option '--policy' requires an argument."),
        ("minhbach quarantine list", ""),
    ],
)
def test_a_wrong_command_is_seen(command: str, said: str) -> None:
    assert unknown_in(command, complete=True).startswith(said)
    assert bool(unknown_in(command, complete=True)) is bool(said)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://data.city.gov/x and ask@office.org", {"data.city.gov", "office.org"}),
        ("get it from files.office.org", {"files.office.org"}),
        ("http://127.0.0.1:8080/ http://host:port/ an@example.com https://www.apache.org/licenses/", set()),
    ],
)
def test_a_strange_host_is_seen(text: str, hosts: set[str]) -> None:
    assert strange_hosts(text) == hosts


def test_every_setting_stands_in_the_table() -> None:
    page = PAGES[Path("docs/operate.md")]
    section = page.partition("\n## Settings\n")[2].partition("\n## ")[0]
    listed = re.findall(rf"^\| `{PREFIX}([\w<>]+)` \|", section, re.MULTILINE)
    assert listed == list(ABOUT)


def test_the_vietnamese_readme_mirrors_the_english_one() -> None:
    english, vietnamese = PAGES[ENGLISH], PAGES[VIETNAMESE]
    assert len(re.findall(r"^## ", vietnamese, re.MULTILINE)) == len(re.findall(r"^## ", english, re.MULTILINE))
    assert set(LINK.findall(vietnamese)) - {str(ENGLISH)} == set(LINK.findall(english)) - {str(VIETNAMESE)}
    commands = [FENCE.findall(text) for text in (english, vietnamese)]
    assert len(commands[0]) == len(commands[1])
    assert commands[0][0] == commands[1][0]


def test_every_decision_states_itself_in_its_title() -> None:
    decisions = [path for path in PAGES if path.parts[:2] == ("docs", "decisions")]
    assert decisions
    for path in decisions:
        title = PAGES[path].splitlines()[0]
        assert re.fullmatch(r"# .{20,}", title), f"{path}: the title does not state the decision"
        assert len(PAGES[path].split()) < 400, f"{path}: a decision is one short page"
