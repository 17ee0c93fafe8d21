"""Lets quarantined records in again: corrected, or judged by a contract that changed. Each origin becomes an extract.

Rows re-enter once: what came in is taken out of its quarantine by the same manifest that lands it. A record that
still breaks the contract stays where it is.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..core import clock
from ..core.errors import UnreadableFile, UsageError
from ..core.keys import secret
from ..core.lake import Lake, Manifest
from .alone import alone
from .compiled import compile_contract
from .duplicates import Duplicates
from .landing import Landing, tidy
from .naming import named
from .quarantine import Quarantine
from .record_reader import RecordReader

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.catalog import Catalog
    from ..core.keys import Secret
    from ..core.settings import Settings
    from .quarantine import Entry

Corrections = dict[tuple[str, int], dict[str, object]]
"""(extract id, row) → source column → corrected value."""
EXTRACT, ROW = "_extract_id", "_row_no"


def replay(
    agency: str,
    table_name: str,
    *,
    catalog: Catalog,
    settings: Settings,
    extract_id: str | None = None,
    corrections: Path | None = None,
) -> list[Manifest]:
    """Judge what waits in quarantine again and land what now keeps the contract; one extract per origin.

    With `corrections` (JSON: a list of objects; CSV: a header; both with `_extract_id`, `_row_no` and the source
    columns to correct) only the named records are judged; without, all that wait, by the contract as it is now.

    Raises:
        UnreadableFile: the corrections cannot be read.
        UsageError: they name a record that does not wait, or a column that is not declared.

    """
    one = _Replay(agency, table_name, catalog, settings)
    with alone(one.lake, agency, table_name):
        tidy(one.lake, agency, table_name)
        one.quarantine.tidy()
        wanted = _read(corrections, set(one.table.columns) | one.heads) if corrections else None
        origins = [w.extract_id for w in one.quarantine.waiting() if not w.attempt]
        if wanted is not None and (unknown := {extract for extract, _ in wanted} - set(origins)):
            raise UsageError(f"{agency}/{table_name}: found nothing waiting of {', '.join(sorted(unknown))}.")
        done = [one.run(origin, wanted) for origin in origins if extract_id in {None, origin}]
    return [manifest for manifest in done if manifest]


class _Replay:
    """One run of letting in."""

    def __init__(self, agency: str, table_name: str, catalog: Catalog, settings: Settings) -> None:
        self.agency = catalog.agency(agency)
        self.name = table_name
        self.table = self.agency.table(table_name)
        self.lake = Lake(settings.lake)
        self.key: Secret = secret("LANDING_KEY", settings)
        self.quarantine = Quarantine(self.lake, agency, table_name)
        self.compiled = compile_contract(self.agency, self.table, catalog, settings)
        self.reader = RecordReader(self.table)
        self.heads = {(column.path or name).split(".")[0] for name, column in self.table.columns.items()}
        self.flags = {defect.flag: defect.id for defect, fate in self.table.defects() if fate == "flag"}

    def run(self, origin: str, wanted: Corrections | None) -> Manifest | None:
        """Let in what one extract left in quarantine."""
        entries = list(self.quarantine.entries(origin, self.key))
        if wanted is not None:
            entries = self._corrected(origin, entries, wanted)
        by_source: dict[str, list[Entry]] = {}
        for entry in entries:
            by_source.setdefault(entry.source, []).append(entry)
        kept = [self._judged(source, some) for source, some in sorted(by_source.items())]
        whole = self._agreeing(pa.concat_tables(kept)) if kept else None
        if whole is None or not len(whole):
            return None
        return self._land(origin, whole, {entry.row_no: entry for entry in entries})

    def _corrected(self, origin: str, entries: list[Entry], wanted: Corrections) -> list[Entry]:
        here = {row: values for (extract, row), values in wanted.items() if extract == origin}
        there = {entry.row_no: entry for entry in entries}
        if missing := sorted(set(here) - set(there)):
            raise UsageError(f"{self.agency.name}/{self.name}/{origin}: found no record waiting at row {missing[0]}.")
        corrected = []
        for row, values in here.items():
            record = json.loads(there[row].record)
            record = {**record, **values} if isinstance(record, dict) else values
            changed = json.dumps(record, ensure_ascii=False).encode()
            corrected.append(_with(there[row], changed))
        return corrected

    def _judged(self, source: str, entries: list[Entry]) -> pa.Table:
        """Judge some records; those kept carry the row number of their origin."""
        judged = self.compiled.contract.judge(self.reader.page(source, 0, [entry.record for entry in entries]))
        rows = pa.array([entry.row_no for entry in entries], pa.int64()).take(judged.kept["_row_no"].combine_chunks())
        return judged.kept.set_column(judged.kept.column_names.index("_row_no"), "_row_no", rows)

    def _agreeing(self, kept: pa.Table) -> pa.Table:
        """Leave out records that contradict each other."""
        if not self.table.conflicts:
            return kept
        duplicates = Duplicates(self.table.key, self.table.conflicts.same_as)
        duplicates.add(kept)
        out = set(duplicates.conflicting().tolist())
        return kept.filter(pa.array([row not in out for row in kept["_row_no"].to_pylist()], pa.bool_()))

    def _land(self, origin: str, kept: pa.Table, entries: dict[int, Entry]) -> Manifest:
        rows = {int(row): entries[row].reason for row in kept["_row_no"].to_pylist()}
        content = b"\n".join(entries[row].record for row in rows)
        landed = self.lake.manifests(self.agency.name, self.name)
        name = named(self.key, f"{origin}|{self.compiled.hash}|".encode() + content, landed)
        now = clock.now()
        landing = Landing(
            self.lake,
            self.agency.name,
            self.name,
            name,
            schema=self.compiled.contract.schema,
            flags=list(self.flags),
            at=now,
        )
        with landing:
            landing.add(kept)
            digest = landing.commit()
            self.quarantine.take_out(origin, name, "replayed", rows)
            manifest = Manifest(
                agency=self.agency.name,
                table=self.name,
                extract_id=name,
                received=len(rows),
                landed=len(rows),
                replayed=len(rows),
                quarantined={},
                sha256=digest,
                contract_hash=self.compiled.hash,
                landed_at=clock.stamp(now),
                flagged={self.flags[flag]: count for flag, count in sorted(landing.flagged.items())},
                origin=origin,
            )
            self.lake.write_manifest(manifest)
        return manifest


def _with(entry: Entry, record: bytes) -> Entry:
    import msgspec

    return msgspec.structs.replace(entry, record=record)


def _read(path: Path, known: set[str]) -> Corrections:
    """Read corrections; an empty cell of a CSV leaves the value as it was."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UnreadableFile(f"{path}: could not be read as UTF-8, expected corrections in JSON or CSV.") from None
    rows: list[dict[str, Any]]
    try:
        if path.suffix.lower() == ".json":
            rows = json.loads(text)
        else:
            table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            rows = [{name: value for name, value in row.items() if value} for row in table]
        return {(str(row[EXTRACT]), int(row[ROW])): _columns(path, row, known) for row in rows}
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error):
        raise UnreadableFile(
            f"{path}: found no list of corrections, expected objects (JSON) or rows (CSV) with {EXTRACT}, {ROW} "
            "and the columns to correct."
        ) from None


def _columns(path: Path, row: dict[str, Any], known: set[str]) -> dict[str, object]:
    columns = {name: value for name, value in row.items() if name not in {EXTRACT, ROW}}
    if strange := sorted(set(columns) - known):
        raise UsageError(
            f"{path}: found the column {strange[0]}, expected declared ones; see the agency's declaration."
        )
    return columns
