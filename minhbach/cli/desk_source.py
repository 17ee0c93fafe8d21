"""Gives the desk's server its content: opens the house anew for every request, so that what it shows is as of now."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..core import clock, jsonfile
from ..core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ..flow.house import House


class DeskSource:
    """The content of the desk of one project folder."""

    def __init__(self, project: Path | None) -> None:
        self._project = project
        self.stylesheet = (files("publishers.site") / "assets" / "site.css").read_bytes()

    def overview(self) -> dict[str, Any]:
        """Give the content of the first page."""
        from ..flow.overseeing import overview

        return overview(self._house())

    def details(self, publication: str, period: str) -> dict[str, Any] | None:
        """Give the content of a period's page, or nothing where there is no such period."""
        from ..flow.overseeing import details
        from ..flow.standing import periods_of

        house = self._house()
        published = house.catalog.publications.get(publication)
        if published is None:
            return None
        window = next((one for one in periods_of(house, published) if str(one) == period), None)
        return details(house, published, window) if window else None

    def preview(self, token: str, path: str) -> dict[str, Any] | None:
        """Give the content of a preview and log the look; nothing for a link that does not work."""
        from ..flow.previewing import find, look

        house = self._house()
        found = find(house, token)
        if found is None:
            return None
        _log(house.settings.lake / "previews" / "looks.jsonl", found.preview, path)
        return look(house, found)

    def _house(self) -> House:
        from ..flow.house import open_house

        return open_house(self._project)


def site_names(given: tuple[str, ...]) -> frozenset[str]:
    """Read the names under which a reverse proxy asks. Raises UsageError when one is no host name."""
    for name in given:
        if not name or not all(part.replace("-", "").isalnum() for part in name.split(".")):
            raise UsageError(f'serve --name: found "{name}", expected a host name such as desk.example.gov.vn.')
    return frozenset(name.lower() for name in given)


def _log(path: Path, preview: str, file: str) -> None:
    """Add a line to the log of looks: when, which preview, which file; not who, that is the agency's own matter."""
    line = json.dumps({"at": clock.stamp(clock.now()), "preview": preview, "file": file or "page"}) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
            stream.write(line)
    except OSError as error:
        raise jsonfile.storage_failed(path, error) from error
