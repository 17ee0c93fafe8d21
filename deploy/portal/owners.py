"""Say who owns a project's datasets, a NAME=TITLE each, for `up --organization`. Runs in the engine's environment."""

from __future__ import annotations

import sys
from pathlib import Path


def owners(project: Path) -> dict[str, str]:
    """Return the organisations that a project's datasets need: the owner as CKAN spells names, and its title."""
    from minhbach.core.catalog.load import load_catalog

    catalog = load_catalog(project)
    found = {}
    for dataset in catalog.datasets.values():
        agency = catalog.agencies.get(dataset.owner)
        title = agency.title if agency else catalog.project.place.name
        found[dataset.owner.replace("_", "-")] = title.in_("vi")
    return found


if __name__ == "__main__":
    for name, title in owners(Path(sys.argv[1])).items():
        sys.stdout.write(f"{name}={title}\n")
