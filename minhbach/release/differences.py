"""What differs between two written tables of one dataset, by key. Reads data.csv files; knows no portal and no plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import UnreadableFile
from minhbach.core.rows import read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXAMPLES = 5
Key = tuple[str, ...]


@dataclass(frozen=True)
class Keyed:
    """A written table by its key: column → text."""

    columns: tuple[str, ...]
    rows: dict[Key, dict[str, str]]


def read_keyed(path: Path, grain: Sequence[str]) -> Keyed:
    """Read a data.csv by its key.

    Raises:
        UnreadableFile: it cannot be read, lacks a key column, or holds a key twice.

    """
    columns, lines = read_csv(path)
    missing = [name for name in grain if name not in columns]
    if missing:
        raise UnreadableFile(f"{path}: header: found no {', '.join(missing)}, expected the key {', '.join(grain)}.")
    rows: dict[Key, dict[str, str]] = {}
    for line in lines:
        row = dict(zip(columns, line, strict=True))
        key = tuple(row[name] for name in grain)
        if key in rows:
            raise UnreadableFile(f"{path}: found the key {' / '.join(key)} twice, expected one row per key.")
        rows[key] = row
    return Keyed(tuple(columns), rows)


def row_diff(old_csv: Path | None, new_csv: Path, grain: Sequence[str]) -> dict[str, Any]:
    """Count the rows added, removed and changed, with a few keys of each as examples; only published keys are shown.

    Raises:
        UnreadableFile: a file cannot be read by that key.

    """
    new = read_keyed(new_csv, grain)
    old = read_keyed(old_csv, grain) if old_csv else Keyed(new.columns, {})
    kinds: dict[str, list[Key]] = {
        "added": [key for key in new.rows if key not in old.rows],
        "removed": [key for key in old.rows if key not in new.rows],
        "changed": [key for key in new.rows if key in old.rows and new.rows[key] != old.rows[key]],
    }
    examples = [
        {"kind": kind, "key": dict(zip(grain, key, strict=True))}
        for kind, keys in kinds.items()
        for key in sorted(keys)[:EXAMPLES]
    ]
    return {
        **{kind: len(keys) for kind, keys in kinds.items()},
        "unchanged": len(new.rows) - len(kinds["added"]) - len(kinds["changed"]),
        "examples": examples,
    }


def change_lines(old_csv: Path, new_csv: Path, grain: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the lines of changes.csv: kind, key, column, new text.

    The old text is left out: the revision before holds it for as long as it is public, and a withdrawal must take it
    away whole.

    Raises:
        UnreadableFile: a file cannot be read by that key.

    """
    old, new = read_keyed(old_csv, grain), read_keyed(new_csv, grain)
    lines: list[tuple[str, ...]] = []
    for key in sorted(old.rows.keys() | new.rows.keys()):
        if key not in old.rows:
            lines.append(("added", *key, "", ""))
        elif key not in new.rows:
            lines.append(("removed", *key, "", ""))
        else:
            before, after = old.rows[key], new.rows[key]
            lines += [("changed", *key, name, after[name]) for name in new.columns if before.get(name) != after[name]]
    return lines
