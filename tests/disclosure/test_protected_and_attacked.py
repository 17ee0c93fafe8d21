"""The two halves against each other: what the protector lets out, the attacker reads from written files."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.disclosure.attack import Truth, attack, public_model
from minhbach.disclosure.protect import protect

from .protect.simulate import two_quarters
from .protect.tables import declarations

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pyarrow as pa

    from minhbach.disclosure.protect import Protection

PERIODS = {"2026-Q2": None, "2026-Q3": "2026-Q2"}
Name = tuple[str, tuple[str, ...], str]


def write(folder: Path, dataset: str, period: str, table: pa.Table, back: dict[Name, int]) -> Path:
    """Write one release; `back` names hidden cells that are written after all."""
    said = {**declarations()[dataset], "name": dataset}
    folder.mkdir(parents=True)
    document = public_model(said, period, PERIODS[period])
    (folder / "disclosure.json").write_text(json.dumps(document), encoding="utf-8")
    with (folder / "data.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.column_names)
        for row in table.to_pylist():
            key = tuple(row[column] for column in document["grain"])
            cells: list[Any] = [back.get((dataset, key, column), value) for column, value in row.items()]
            writer.writerow(["" if cell is None else cell for cell in cells])
    return folder


def write_all(root: Path, protections: dict[str, Protection], kinds: Collection[str] = ()) -> list[Path]:
    """Write both datasets of both quarters, with the hidden cells of some kinds put back."""
    folders = []
    for period, protection in protections.items():
        back = {
            (cell["dataset"], tuple(cell["key"]), cell["measure"]): cell["value"]
            for cell in protection.report["cells"]
            if cell["kind"] in kinds
        }
        for dataset, table in protection.tables.items():
            folders.append(write(root / dataset / period, dataset, period, table, back))
    return folders


def truth(protections: dict[str, Protection]) -> Truth:
    return Truth(
        {
            (one["dataset"], period, one["measure"], tuple(one["key"])): one["value"]
            for period, protection in protections.items()
            for one in protection.report["differences"]
        }
    )


@pytest.mark.parametrize(("dossiers", "seed"), [(600, 21), (6_000, 22), (150_000, 23)])
def test_the_attacker_recovers_nothing_until_the_complements_are_put_back(
    tmp_path: Path, dossiers: int, seed: int
) -> None:
    first, second = two_quarters(dossiers, seed)
    one = protect(first, declarations())
    protections = {"2026-Q2": one, "2026-Q3": protect(second, declarations(), [one.tables])}
    verdict = attack(write_all(tmp_path / "protected", protections), private=truth(protections))
    assert verdict.passed, (verdict.offences[:5], verdict.contradictions)
    assert verdict.hidden > verdict.protected > 0
    kinds = {cell["kind"] for protection in protections.values() for cell in protection.report["cells"]}
    if "complement" in kinds:
        broken = attack(write_all(tmp_path / "broken", protections, ["complement"]), private=truth(protections))
        assert not broken.passed
        assert broken.recovered > 0
