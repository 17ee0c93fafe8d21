"""Search the written bytes of a release for personal identifiers; says what and where, never the value.

The scan is a second line: the method is that columns about persons never pass the extractor.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cells import Cell, texts
from .folding import composed
from .names import Gazetteer, named
from .rules import EMAIL, holds_phone_of, is_number, shaped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


RULES_OF = "VN"
"""The country whose identifiers `rules` knows."""


@dataclass(frozen=True, order=True)
class Finding:
    """One text that looks like personal data: its kind, its place and the rule that found it."""

    kind: str
    file: str
    place: str
    rule: str


@dataclass(frozen=True)
class Findings:
    """What a scan found in a folder."""

    findings: tuple[Finding, ...]
    files: int
    cells: int

    @property
    def passed(self) -> bool:
        """Tell whether nothing was found in something."""
        return not self.findings and self.files > 0

    def to_json(self) -> dict[str, Any]:
        """Give the findings as a JSON document."""
        return {"schema": "minhbach/pii_scan/1", "passed": self.passed, **asdict(self)}


def scan(
    folder: Path | str, *, allowed: Iterable[str] = (), numeric: Collection[str] = (), country: str = RULES_OF
) -> Findings:
    """Scan every text of every file under a folder.

    `allowed` are whole strings that may stand although they look like a person or an address: names of the code lists,
    the office's own e-mail. `numeric` names columns declared to hold numbers, beside those of `datapackage.json`.
    `country` adds the telephone numbers of a place elsewhere than that of the rules.

    Raises:
        UnreadableFile: a file could not be read through, so nothing may go out.

    """
    root = Path(folder)
    scanner = Scanner(allowed, country)
    found: set[Finding] = set()
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    numbers = {*numeric, *_declared_numbers(root)}
    cells = 0
    for path in paths:
        name = path.relative_to(root).as_posix()
        found |= {Finding(kind, "(the name of a file)", "", rule) for kind, rule in scanner.look(Cell("", name))}
        for cell in texts(path, numbers):
            cells += 1
            found |= {Finding(kind, name, cell.place, rule) for kind, rule in scanner.look(cell)}
    return Findings(tuple(sorted(found)), len(paths), cells)


class Scanner:
    """The rules over single texts; the same text under the same column is looked at once."""

    def __init__(self, allowed: Iterable[str] = (), country: str = RULES_OF) -> None:
        """Take the strings that may stand, and the country whose telephone numbers may not."""
        self._country = country
        self._gazetteer = Gazetteer(allowed)
        self._seen: dict[tuple[str, str, bool], frozenset[tuple[str, str]]] = {}

    def look(self, cell: Cell) -> frozenset[tuple[str, str]]:
        """Give the kinds and rules found in one text."""
        asked = (cell.text, cell.column, cell.numeric)
        if asked not in self._seen:
            self._seen[asked] = self._look(composed(cell.text), composed(cell.column), numeric=cell.numeric)
        return self._seen[asked]

    def _look(self, text: str, column: str, *, numeric: bool) -> frozenset[tuple[str, str]]:
        if not text or text.isspace() or (numeric and is_number(text)):
            return frozenset()
        text = EMAIL.sub(lambda match: " " if self._gazetteer.knows(match.group()) else match.group(), text)
        found = shaped(text, column, numeric=numeric)
        if self._country != RULES_OF and not is_number(text) and holds_phone_of(text, self._country):
            found.add(("phone", "phone_of_country"))
        if self._gazetteer.knows(text):
            return frozenset(one for one in found if one[0] not in {"address", "long_number"})
        return frozenset(found | named(text, column, self._gazetteer))


def _declared_numbers(root: Path) -> set[str]:
    """Read which columns the release itself declares to hold numbers."""
    found: set[str] = set()
    for path in root.rglob("datapackage.json"):
        package = json.loads(path.read_bytes())
        for resource in package.get("resources", ()):
            for field in resource.get("schema", {}).get("fields", ()):
                if field.get("type") in {"integer", "number"}:
                    found.add(str(field["name"]))
    return found
