"""What things of ours are called on a CKAN: packages, ids of resources, tags, groups. The same each time."""

from __future__ import annotations

import re
import unicodedata
import uuid

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://minhbach.invalid/ckan/1")
"""The space of all our ids; a new number would make every resource a new one."""
TWIN = "--cho-cong-bo"
"""Ending of the private package in which what comes next waits; no dataset's name holds two hyphens in a row."""
LONGEST_TAG = 100


def package_name(dataset: str) -> str:
    """Name a dataset's package."""
    return dataset.replace("_", "-")


def twin_name(dataset: str) -> str:
    """Name the private package beside it."""
    return package_name(dataset) + TWIN


def file_id(dataset: str, period: str, revision: str, name: str) -> str:
    """Give the id of a release's file."""
    return str(uuid.uuid5(SPACE, f"{dataset}/{period}/{revision}/{name}"))


def receipt_id(dataset: str, plan: str) -> str:
    """Give the id of a plan's receipt beside a dataset."""
    return str(uuid.uuid5(SPACE, f"{dataset}/receipt/{plan}"))


def table_id(dataset: str, edition: str | None = None) -> str:
    """Give the id of the table: one for ever where we own the database, one per release elsewhere."""
    return str(uuid.uuid5(SPACE, f"{dataset}/{edition}/datastore" if edition else f"{dataset}/datastore"))


def slug(text: str) -> str:
    """Fold a text to what CKAN takes as a name: lower-case ASCII, digits, hyphens."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    ascii_only = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def tags(given: list[str]) -> list[str]:
    """Bring tags to what CKAN takes: letters, digits, space, `-_.`; at least two characters."""
    cleaned = (re.sub(r"[^\w .-]+", " ", unicodedata.normalize("NFC", tag)) for tag in given)
    kept = {" ".join(tag.split())[:LONGEST_TAG] for tag in cleaned}
    return sorted(tag for tag in kept if len(tag) > 1)
