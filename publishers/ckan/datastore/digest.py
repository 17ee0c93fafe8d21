"""A hash of a table's rows and one of its keys, in whatever order they come, in flat memory. Knows lines of text only.

`core.rows` sorts all lines before it hashes them, so it holds them all; the tables here join many releases and may not
fit. So the hashes of the lines are added: equal sums mean equal rows, each as often, and a sum of SHA-256 over 256 bits
cannot be met by accident. It proves a copy; against somebody who forges rows the files with their seal stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from .rows import conformed, line_of, lines, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from .rows import Rows
    from .spec import TableSpec

MODULUS = 1 << 256


@dataclass(frozen=True)
class Digest:
    """What a table holds: how many rows, the hash of all their values, the hash of their keys."""

    rows: int
    values: str
    keys: str


class Adding:
    """Takes rows as they come."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.rows = 0
        self._values = self._keys = 0
        self._places = [spec.names.index(name) for name in spec.primary_key]

    def batch(self, cells: Sequence[pa.Array], written: pa.Array) -> None:
        """Take a batch: its cells as texts, and its lines."""
        import pyarrow as pa

        self.rows += len(written)
        self._values += _sum(written.cast(pa.binary()).to_pylist())
        self._keys += _sum(lines([cells[place] for place in self._places]).cast(pa.binary()).to_pylist())

    def row(self, values: Sequence[str]) -> None:
        """Take one row of a CSV."""
        line = line_of(values, self.spec)
        cells = line.split(b"\t")
        self.rows += 1
        self._values += _sum([line])
        self._keys += _sum([b"\t".join([cells[place] for place in self._places])])

    def digest(self) -> Digest:
        """Say what came so far."""
        return Digest(self.rows, f"{self._values % MODULUS:064x}", f"{self._keys % MODULUS:064x}")


def _sum(written: Iterable[bytes]) -> int:
    return sum(int.from_bytes(sha256(line).digest(), "big") for line in written)


def digest_of(spec: TableSpec, rows: Rows) -> Digest:
    """Return the digest of rows before they are sent.

    Raises:
        GateRefused: a value does not fit its type.

    """
    adding = Adding(spec)
    for batch in conformed(rows, spec):
        cells = texts(batch, spec)
        adding.batch(cells, lines(cells))
    return adding.digest()
