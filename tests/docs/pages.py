"""The Markdown pages of the repository, and what they hold: links, pictures, hosts, commands."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click

from minhbach.cli.app import root
from tests.house.repository import ROOT, texts

if TYPE_CHECKING:
    from pathlib import Path

PAGES = texts("*.md")
FENCE = re.compile(r"^ *```.*?^ *```\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=[\"']([^\"']+)")
SHOWN = re.compile(r"^ *\$ (minhbach .*(?:\\\n.*)*)$", re.MULTILINE)
INLINE = re.compile(r"`(minhbach [a-z][^`]*)`")
URL_HOST = re.compile(r"\b[a-z][a-z0-9+]*://(?:[^\s/@`]+@)?([\w.-]+)")
BARE_HOST = re.compile(r"(?<![\w./@-])(?:[\w-]+\.)+(?:com|org|net|io|dev|vn|gov|edu)(?![\w.-])")
MAIL_HOST = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
RESERVED = re.compile(r"(?:[\w-]+\.)*example(?:\.[a-z]+)?|127\.0\.0\.1")
STANDARDS = {"www.apache.org", "www.w3.org", "json-schema.org", "creativecommons.org"}
"""Licences and standards may be pointed at: nobody is sent there by a program."""


def anchors(page: Path) -> set[str]:
    """Name the headings of a page as readers of Markdown link to them."""
    plain = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(plain)}


def broken_links(page: Path) -> list[str]:
    """List the links of a page that lead nowhere in the repository."""
    broken = []
    for target in LINK.findall(FENCE.sub("", PAGES[page])):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / name if name else ROOT / page
        if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors(linked)):
            broken.append(target)
    return broken


def linked_from(page: Path) -> set[Path]:
    """Resolve the links of a page that lead to a place in the repository."""
    targets = (target.partition("#")[0] for target in LINK.findall(PAGES[page]) if "://" not in target)
    return {((ROOT / page).parent / target).resolve().relative_to(ROOT) for target in targets if target}


def strange_hosts(text: str) -> set[str]:
    """Name the hosts that a text sends a reader to and that are neither reserved for examples nor a standard's."""
    dotted = {host for host in URL_HOST.findall(text) if "." in host}
    found = dotted | set(BARE_HOST.findall(text)) | set(MAIL_HOST.findall(text))
    return {host for host in found if not RESERVED.fullmatch(host) and host not in STANDARDS}


def shown_commands(text: str) -> set[str]:
    """Collect the commands that a page tells to type, each up to its first pipe, redirection or comment."""
    blocks = (shown for block in FENCE.findall(text) for shown in SHOWN.findall(block))
    return {re.split(r" (?:[|>#;]|&&|2>)", shown.replace("\\\n", " "), maxsplit=1)[0].strip() for shown in blocks}


def named_commands(text: str) -> set[str]:
    """Collect the commands that a page names in running text; they may leave arguments out."""
    return set(INLINE.findall(FENCE.sub("", text)))


def unknown_in(command: str, *, complete: bool) -> str:
    """Say what in a command the command line does not know, or nothing; a complete one has all that it needs."""
    group: click.Command = root
    words = shlex.split(command)[1:]
    context = click.Context(group, info_name="minhbach")
    while isinstance(group, click.Group):
        try:
            _, words, _ = group.make_parser(context).parse_args(words)
        except click.UsageError as error:
            return error.format_message()
        if not words:
            return "a command is missing" if complete else ""
        alternatives = words.pop(0).split("|")
        known = [found for name in alternatives if (found := group.get_command(context, name)) is not None]
        if len(known) != len(alternatives):
            return f"no command {'|'.join(alternatives)}"
        group = known[0]
        context = click.Context(group, parent=context, info_name=group.name)
    return _unknown_options(group, context, words, complete=complete)


def _unknown_options(command: click.Command, context: click.Context, words: list[str], *, complete: bool) -> str:
    context.allow_extra_args = True
    try:
        given, left, _ = command.make_parser(context).parse_args(words)
    except click.UsageError as error:
        return error.format_message()
    if left:
        return f"too much: {' '.join(left)}"
    needed = [param for param in command.get_params(context) if param.required]
    lacking = [param.make_metavar(context) for param in needed if not _is_given(given.get(str(param.name)))]
    return f"lacks {', '.join(lacking)}" if lacking and complete else ""


def _is_given(value: object) -> bool:
    """Tell a value from the parser's marks of none."""
    return bool(value) and isinstance(value, str | tuple | list)
