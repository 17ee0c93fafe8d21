"""Takes a file of corrections in as an extract of its own: same contract, same quarantine, same balance.

The file is kept encrypted whatever becomes of it; a second time it adds nothing. A record that keeps the contract takes
the place of the ones of its key that wait in quarantine, by the same manifest that lands it. Knows no freeze.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from ..core import jsonfile, keys
from ..core.errors import UsageError
from ..core.lake import CORRECTION, Manifest
from . import personal
from .alone import alone
from .compiled import compile_contract
from .connection import Connection
from .handed_in import content_of, delivery_of
from .naming import named
from .pages import Request
from .quarantine import Quarantine
from .record_reader import RecordReader
from .run import Extraction, Found

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..core.catalog import Catalog, Table
    from ..core.settings import Settings
    from .quarantine import Entry

Key = tuple[object, ...]


def correct(agency: str, table: str, file: Path, *, by: str, catalog: Catalog, settings: Settings) -> Manifest:
    """Land a file of corrected records; the same file a second time gives the manifest that holds it.

    Raises:
        UnreadableFile: the file is not written as the agency's records are; it is kept, and nothing landed.
        CapExceeded: too few of its records keep the contract; nothing landed.
        UsageError: the names are unknown, or nobody says who hands it in.

    """
    if not by.strip() or personal.holds_identifier(by):
        raise UsageError("correct --by: found nothing or a personal identifier, expected the office that hands it in.")
    one = _Correction(agency, table, catalog, settings)
    keep(file, agency, table, settings=settings)
    with alone(one.lake, agency, table):
        one.tidy()
        return one.take(file, by.strip())


def keep(file: Path, agency: str, table: str, *, settings: Settings) -> Path:
    """Keep what was handed in, encrypted, under a name that tells nothing of it.

    Raises:
        UnreadableFile: it is missing, empty or too large.

    """
    from ..core.lake import Lake

    content, key = content_of(file), keys.secret("LANDING_KEY", settings)
    name = hmac.new(key.value, b"correction\0" + content, sha256).hexdigest()[:32]
    path = Lake(settings.lake).corrections(agency, table) / f"{name}.box"
    if not path.exists():
        box = keys.seal_box(key, content, label=f"correction/{agency}/{table}")
        jsonfile.write_bytes(path, box, mode=0o600)
    return path


class _Correction(Extraction):
    """One run of taking in."""

    def __init__(self, agency: str, table: str, catalog: Catalog, settings: Settings) -> None:
        super().__init__(agency, table, catalog, settings, None)
        self.settings = settings
        self.quarantine = Quarantine(self.lake, agency, table)

    def take(self, file: Path, by: str) -> Manifest:
        """Judge the file and land it, unless it has landed."""
        landed = self.lake.manifests(self.agency.name, self.name)
        request = Request(
            agency=self.agency,
            table=self.table,
            connection=Connection(CORRECTION, file.absolute().as_uri()),
            unit=self.catalog.project.place.agency_code,
            since=None,
            known={},
            spool=self.lake.spool(self.agency.name, self.name),
            key=self.landing_key,
            limit=None,
            progress=lambda *_: None,
        )
        delivery = delivery_of(file, self.agency, self.table, request)
        question = (sorted(delivery.files.values()), self.compiled.hash)
        for manifest in landed:
            if manifest.origin == CORRECTION and (sorted(manifest.files.values()), manifest.contract_hash) == question:
                return manifest
        what = f"{CORRECTION}|{delivery.content}|{self.compiled.hash}".encode()
        found = Found(delivery, named(self.landing_key, what, landed), handed_in_by=by)
        return self.land(found, lambda *_: None, self._replace)

    def _replace(self, extract_id: str) -> int:
        """Take out of the quarantine what the landed records take the place of; return how many records that are."""
        path = self.lake.landed(self.agency.name, self.name) / f"{extract_id}.parquet"
        landed = pq.read_table(path, columns=[*self.table.key, *self._same_as])
        corrected = {_key(row, self.table.key) for row in landed.to_pylist()}
        count = 0
        for waiting in self.quarantine.waiting():
            if waiting.attempt or waiting.extract_id == extract_id:
                continue
            entries = list(self.quarantine.entries(waiting.extract_id, self.landing_key))
            rows = self._same_records(entries, corrected)
            if rows:
                self.quarantine.take_out(waiting.extract_id, extract_id, "replayed", rows)
                count += len(rows)
        return count

    @property
    def _same_as(self) -> list[str]:
        return list(self.table.conflicts.same_as) if self.table.conflicts else []

    def _same_records(self, entries: Sequence[Entry], corrected: set[Key]) -> dict[int, str]:
        """Find the entries (row → reason) of a corrected key; two of one key in an extract are two records, so none."""
        found: dict[Key, list[Entry]] = {}
        for entry, key in zip(entries, self._keys(entries), strict=True):
            if key in corrected and None not in key:
                found.setdefault(key, []).append(entry)
        return {some[0].row_no: some[0].reason for some in found.values() if len(some) == 1}

    def _keys(self, entries: Sequence[Entry]) -> list[Key]:
        """Derive the keys of broken records, of those that have one: the contract, bared of all but the key."""
        bare = _bare(self.table)
        contract = compile_contract(self.agency, bare, self.catalog, self.settings).contract
        reader, heads = RecordReader(bare), {(c.path or n).split(".")[0] for n, c in bare.columns.items()}
        records = [_only(entry.record, heads) for entry in entries]
        kept = contract.judge(reader.page("", 0, records)).kept
        derived = {row["_row_no"]: _key(row, self.table.key) for row in kept.to_pylist()}
        return [derived.get(place, ()) for place in range(len(entries))]


def _bare(table: Table) -> Table:
    """Leave of a table only what its key is made of."""
    from ..core.catalog.agencies import landed_name

    wanted = set(table.key)
    columns = {
        name: column
        for name, column in table.columns.items()
        if wanted & ({column.landed_as or landed_name(name)} | set(column.derive))
    }
    return table.model_copy(update={"columns": columns, "rules": [], "conflicts": None, "cursor": None})


def _only(record: bytes, heads: set[str]) -> bytes:
    whole = json.loads(record)
    return json.dumps({n: v for n, v in whole.items() if n in heads} if isinstance(whole, dict) else {}).encode()


def _key(row: dict[str, object], names: Sequence[str]) -> Key:
    return tuple(row[name] for name in names)
