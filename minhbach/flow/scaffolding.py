"""Scaffolds project folders, agencies and datasets from templates that `check` finds in order. Never overwrites."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from ..core.catalog import load_catalog
from ..core.errors import UsageError
from ..core.jsonfile import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

STEM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAME = "NAME"
"""Stands in a template's file names and texts for the name that is scaffolded."""


def new_project(folder: Path) -> list[Path]:
    """Write a project folder that `check` finds in order, without agencies and datasets.

    Raises:
        UsageError: the folder holds a catalog already.

    """
    if (folder / "catalog").exists():
        raise UsageError(f"{folder}: found a catalog/ in it, expected a folder without one.")
    name = re.sub(r"\W+", "_", folder.resolve().name.lower()).strip("_")
    if not STEM.fullmatch(name):
        raise UsageError(f'{folder}: found the name "{name}", expected a folder named in lower-case ASCII words.')
    return _write(_template("project"), folder, {NAME: name})


def new_agency(project: Path, name: str, method: str) -> list[Path]:
    """Write an agency's declaration and a staging model of its first table.

    Raises:
        UsageError: the name is none, or is taken.

    """
    _free(name, load_catalog(project).agencies)
    return _write(_template(f"agency_{method}"), project, {NAME: name})


def new_dataset(project: Path, name: str, agency: str) -> list[Path]:
    """Write a dataset's declaration and its mart; the first dataset brings the first publication.

    Raises:
        UsageError: the name is none, or is taken, or the agency is not declared.

    """
    catalog = load_catalog(project)
    _free(name, catalog.datasets)
    table = next(iter(catalog.tables(agency)))
    words = {NAME: name, "AGENCY": agency, "TABLE": table, "OWNER": catalog.project.name}
    paths = _write(_template("dataset"), project, words)
    if not catalog.publications:
        paths += _write(_template("publication"), project, words)
    return paths


def _free(name: str, taken: Mapping[str, object]) -> None:
    if not STEM.fullmatch(name):
        raise UsageError(f'new: found the name "{name}", expected lower-case ASCII words joined by underscores.')
    if name in taken:
        raise UsageError(f'new: found "{name}" declared already, expected a new name.')


def _template(name: str) -> Traversable:
    return files("minhbach.flow") / "templates" / name


def _write(template: Traversable, into: Path, words: Mapping[str, str]) -> list[Path]:
    """Write every file of a template; all or none, so that a name that is taken leaves nothing behind."""
    planned = {into / _filled(place, words): _filled(text, words) for place, text in _files(template)}
    for path in planned:
        if path.exists():
            raise UsageError(f"{path}: found a file already, expected none; nothing was written.")
    for path, text in planned.items():
        write_bytes(path, text.encode())
    return sorted(planned)


def _files(template: Traversable, at: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in template.iterdir():
        place = f"{at}{entry.name}"
        if entry.is_dir():
            found += _files(entry, f"{place}/")
        else:
            found.append((place.removesuffix(".template"), entry.read_text(encoding="utf-8")))
    return found


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"__(NAME|AGENCY|TABLE|OWNER)__", lambda match: words[match[1]], text)
