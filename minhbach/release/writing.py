"""Writes all files of a release into a staging folder: same inputs, same bytes. Seals nothing, judges nothing."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core.catalog.fingerprint import declaration_sha256, policy_sha256
from minhbach.core.periods import Period
from minhbach.core.seal import DATA

from . import differences, formats, linked, metadata, workbook
from .sealing import FIRST, Written
from .tables import conform, logical_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from minhbach.core.catalog import Catalog, Dataset
    from minhbach.core.publishing import Release

SOURCE_KEYS = ("agency", "table", "extract_id", "sha256", "source_time_max")


def write(
    dataset: str,
    *,
    period: Period | str,
    revision: str,
    table: pa.Table,
    sources: Sequence[Mapping[str, Any]],
    public_model: Mapping[str, Any],
    public_figures: Mapping[str, Any],
    catalog: Catalog,
    folder: Path,
    issued: str,
    data_as_of: str,
    previous: Release | None = None,
) -> Written:
    """Write one release into `folder`, which is emptied first; `issued` is the planned day, an ISO date.

    `previous` is the newest sealed revision of the period; from r2 on `changes.csv` compares with the one before.
    `public_model` becomes `disclosure.json`; `public_figures` are rounded counts that stand in the notes.

    Raises:
        GateRefused: the table is not what the dataset declares.
        StorageFailed: the disk cannot hold it.

    """
    declared = catalog.dataset(dataset)
    window = period if isinstance(period, Period) else Period.parse(period, declared.period.regime)
    _empty(folder)
    whole = conform(table, declared, catalog.project.languages)
    about = metadata.About(
        declared, catalog, window, revision, issued, data_as_of, public_figures, _codes_used(whole, declared)
    )
    lines = metadata.dictionary(about)
    formats.write_data_csv(folder / DATA, whole)
    formats.write_parquet(folder / "data.parquet", whole)
    workbook.write_workbook(
        folder / "data.xlsx",
        whole,
        lines,
        metadata.notes(about),
        title=about.label[about.language],
        created=dt.date.fromisoformat(issued[:10]),
    )
    formats.write_texts_csv(folder / "dictionary.csv", lines[0], lines[1:])
    if revision != FIRST and previous is not None and previous.period == str(window):
        _write_changes(folder, previous, revision, declared.grain)
    data_files = {name: said for name, said in _files(folder).items() if name.startswith("data.")}
    jsonfile.write_bytes(folder / "datapackage.json", jsonfile.pretty(metadata.data_package(about, data_files)))
    jsonfile.write_bytes(folder / "csv-metadata.json", jsonfile.pretty(metadata.csvw(about)))
    jsonfile.write_bytes(folder / "dataset.jsonld", jsonfile.pretty(linked.dcat(about, data_files)))
    jsonfile.write_bytes(folder / "disclosure.json", jsonfile.pretty(dict(public_model)))
    return Written(
        dataset=dataset,
        period=str(window),
        revision=revision,
        folder=folder,
        rows=whole.num_rows,
        logical_sha256=logical_sha256(whole),
        files=_files(folder),
        sources=[{key: source[key] for key in SOURCE_KEYS} for source in sorted(sources, key=_place)],
        issued=issued,
        data_as_of=data_as_of,
        declaration_sha256=declaration_sha256(declared),
        policy_sha256=policy_sha256(declared),
    )


def _codes_used(table: pa.Table, declared: Dataset) -> dict[str, tuple[str, ...]]:
    names = [column.name for column in declared.published if column.codes]
    return {name: tuple(sorted({v for v in table.column(name).to_pylist() if v is not None})) for name in names}


def _write_changes(folder: Path, previous: Release, revision: str, grain: Sequence[str]) -> None:
    """Compare with the revision before this one, also when what was handed in is this revision, sealed already."""
    before = previous.folder.with_name(f"r{int(revision[1:]) - 1}")
    lines = differences.change_lines(before / DATA, folder / DATA, grain)
    formats.write_texts_csv(folder / "changes.csv", ("kind", *grain, "column", "new"), lines)


def _files(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.name: {"sha256": jsonfile.file_sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
    }


def _empty(folder: Path) -> None:
    """Clear what a killed run left in staging."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise jsonfile.storage_failed(folder, error) from error


def _place(source: Mapping[str, Any]) -> tuple[str, str, str]:
    return source["agency"], source["table"], source["extract_id"]
