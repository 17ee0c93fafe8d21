"""Keeps in the lake what each package was given, named by its hash: against it, what was edited by hand is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KIND = "ckan-description"
SHA256 = re.compile(r"[0-9a-f]{64}")


class Records:
    """The descriptions of one portal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, dataset: str, described: Mapping[str, Any], table: Mapping[str, Any] | None) -> str:
        """Keep a description before it is sent; return its name."""
        document = {"package": dict(described), "table": dict(table) if table else None}
        name = jsonfile.digest(document)
        path = self._path(dataset, name)
        if not path.exists():
            jsonfile.write(path, KIND, document)
        return name

    def find(self, dataset: str, name: str) -> dict[str, Any] | None:
        """Return a description that was kept, or nothing; its bytes are held against its name."""
        path = self._path(dataset, name)
        if not SHA256.fullmatch(name) or not path.is_file():
            return None
        document = jsonfile.read(path, KIND)
        document.pop("schema")
        return document if jsonfile.digest(document) == name else None

    def _path(self, dataset: str, name: str) -> Path:
        return self.folder / "described" / dataset / f"{name}.json"
