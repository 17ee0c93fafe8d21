"""Keeps what broke a contract, always encrypted, with reasons that can be counted without the key.

Beside each box stand: an index (counts only), and one file per replay or waiver that took records out of it.
A file of a replay counts only when the manifest of that replay exists, so that both come into force at once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ..core import clock, jsonfile
from ..core.errors import UsageError
from ..core.lake import MANIFEST
from .box import BoxWriter, read_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..core.keys import Secret
    from ..core.lake import Lake
    from .contract import Broken

INDEX = ".index.json"


class Entry(msgspec.Struct, frozen=True):
    """A record in quarantine, as received, and why it is there."""

    row_no: int
    source: str
    reason: str
    column: str
    rule: str
    record: bytes


@dataclass(frozen=True)
class Waiting:
    """What waits in the quarantine of one extract: counts only."""

    agency: str
    table: str
    extract_id: str
    since: str
    """When it was quarantined."""
    attempt: bool
    """The extract was stopped by its cap: nothing landed, and nothing of it can be replayed or waived."""
    reasons: dict[str, int]

    @property
    def count(self) -> int:
        """Number of records."""
        return sum(self.reasons.values())


class Quarantine:
    """The dead letters of one table."""

    def __init__(self, lake: Lake, agency: str, table: str) -> None:
        self._lake = lake
        self._agency = agency
        self._table = table
        self._folder = lake.quarantine(agency, table)

    @contextmanager
    def writer(self, extract_id: str, key: Secret) -> Iterator[QuarantineWriter]:
        """Open a box to write; it appears only when it is committed."""
        part = self._lake.spool(self._agency, self._table) / "quarantine.box.part"
        with BoxWriter(part, key, self._label(extract_id)) as box:
            yield QuarantineWriter(self, extract_id, box)

    def settle(self, extract_id: str, box: BoxWriter, reasons: Counter[str], *, attempt: bool) -> None:
        """Put a written box and its index in place; `attempt` when the extract was stopped by its cap."""
        if attempt:
            self._forget_attempts()
        frames = box.commit(self._box(extract_id))
        index = {"at": clock.stamp(clock.now()), "attempt": attempt, "reasons": dict(reasons), "frames": frames}
        jsonfile.write(self._folder / f"{extract_id}{INDEX}", "quarantine", index)

    def waiting(self) -> list[Waiting]:
        """Count what waits, by extract, oldest first; needs no key."""
        found = []
        for path in sorted(self._folder.glob(f"*{INDEX}")):
            extract_id = path.name.removesuffix(INDEX)
            index = jsonfile.read(path, "quarantine")
            if not index["attempt"] and not self._exists(extract_id):
                continue
            reasons = Counter(index["reasons"])
            for taken in self._taken(extract_id):
                reasons.subtract(Counter(taken.values()))
            one = Waiting(self._agency, self._table, extract_id, index["at"], index["attempt"], dict(+reasons))
            if one.count:
                found.append(one)
        return found

    def entries(self, extract_id: str, key: Secret, *, all_of_them: bool = False) -> Iterator[Entry]:
        """Decrypt what still waits of an extract (or all that ever did).

        Raises:
            UsageError: that extract has nothing in quarantine.
            SealBroken: another key, or changed bytes.

        """
        path = self._box(extract_id)
        if not path.exists():
            raise UsageError(f"{self._agency}/{self._table}: found no quarantine of {extract_id}; see quarantine list.")
        gone = set() if all_of_them else {int(row) for taken in self._taken(extract_id) for row in taken}
        frames = jsonfile.read(self._folder / f"{extract_id}{INDEX}", "quarantine")["frames"]
        for packed in read_box(path, key, label=self._label(extract_id), frames=frames):
            entry = msgspec.msgpack.decode(packed, type=Entry)
            if entry.row_no not in gone:
                yield entry

    def take_out(self, extract_id: str, name: str, kind: str, rows: dict[int, str], **more: str) -> None:
        """Write the file that takes records (row → reason) out of the quarantine of an extract."""
        document = {"rows": {str(row): reason for row, reason in rows.items()}, **more}
        jsonfile.write(self._folder / f"{extract_id}.{kind}.{name}.json", kind, document)

    def waived(self) -> int:
        """Count the records that were waived, of all extracts."""
        files = self._folder.glob("*.waived.*.json")
        return sum(len(jsonfile.read(path, "waived")["rows"]) for path in files)

    def tidy(self) -> None:
        """Remove what a killed extract left: boxes without an extract, files of replays that never came to be."""
        for path in self._folder.glob("*.box"):
            index = self._folder / f"{path.stem}{INDEX}"
            if index.exists() and jsonfile.read(index, "quarantine")["attempt"]:
                continue
            if not self._exists(path.stem):
                path.unlink()
                index.unlink(missing_ok=True)
        for path in self._folder.glob("*.replayed.*.json"):
            if not self._exists(path.name.split(".")[2]):
                path.unlink()
        for path in self._folder.glob(".*.part"):
            path.unlink()

    def _taken(self, extract_id: str) -> Iterator[dict[str, str]]:
        for path in sorted(self._folder.glob(f"{extract_id}.waived.*.json")):
            yield jsonfile.read(path, "waived")["rows"]
        for path in sorted(self._folder.glob(f"{extract_id}.replayed.*.json")):
            if self._exists(path.name.split(".")[2]):
                yield jsonfile.read(path, "replayed")["rows"]

    def _forget_attempts(self) -> None:
        for path in self._folder.glob(f"*{INDEX}"):
            if jsonfile.read(path, "quarantine")["attempt"]:
                self._box(path.name.removesuffix(INDEX)).unlink(missing_ok=True)
                path.unlink()

    def _exists(self, extract_id: str) -> bool:
        return (self._lake.landed(self._agency, self._table) / f"{extract_id}{MANIFEST}").exists()

    def _box(self, extract_id: str) -> Path:
        return self._folder / f"{extract_id}.box"

    def _label(self, extract_id: str) -> str:
        return f"quarantine/{self._agency}/{self._table}/{extract_id}"


class QuarantineWriter:
    """Takes in broken records one by one, and counts them."""

    def __init__(self, quarantine: Quarantine, extract_id: str, box: BoxWriter) -> None:
        self._quarantine = quarantine
        self._extract_id = extract_id
        self._box = box
        self.reasons: Counter[str] = Counter()

    def add(self, one: Broken) -> None:
        """Take in a record. Raises StorageFailed."""
        fault = one.fault
        self.reasons[fault.reason] += 1
        entry = Entry(one.row_no, one.source, fault.reason, fault.column, fault.rule, one.record)
        self._box.add(msgspec.msgpack.encode(entry))

    def commit(self, *, attempt: bool = False) -> None:
        """Put the box in place, if anything is in it. Raises StorageFailed."""
        if self.reasons:
            self._quarantine.settle(self._extract_id, self._box, self.reasons, attempt=attempt)
