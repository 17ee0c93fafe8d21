"""Holds pages of raw records on disk, compressed and encrypted, until their extract has landed. Knows no transport.

A killed extract resumes from it. A page that was not written whole does not open, and counts as not there.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from ..core import clock, jsonfile
from ..core.errors import SealBroken
from ..core.keys import open_box, seal_box

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..core.keys import Secret

LENGTH_BYTES = 8
KEPT_SECONDS = 6 * 3_600
"""After so long a source may have corrected what lies here: it is asked anew."""


def pack(records: Sequence[bytes]) -> bytes:
    """Put records together, compressed."""
    plain = msgspec.msgpack.encode(records)
    return len(plain).to_bytes(LENGTH_BYTES, "big") + bytes(pa.Codec("zstd", 1).compress(plain, asbytes=True))


def unpack(content: bytes) -> list[bytes]:
    """Take apart what `pack` put together."""
    length = int.from_bytes(content[:LENGTH_BYTES], "big")
    plain = pa.Codec("zstd").decompress(content[LENGTH_BYTES:], decompressed_size=length, asbytes=True)
    return msgspec.msgpack.decode(plain, type=list[bytes])


class Spool:
    """The pages of one extract in the making; `terms` are what they were asked with, other terms empty it."""

    def __init__(self, folder: Path, key: Secret, terms: dict[str, object]) -> None:
        self._folder = folder
        self._key = key
        self._label = f"spool/{jsonfile.digest(terms)}"
        marked = folder / "terms.json"
        begun = jsonfile.read(marked, "spool") if marked.exists() else {"label": "", "at": 0}
        now = int(clock.now().timestamp())
        if begun["label"] != self._label or not 0 <= now - begun["at"] <= KEPT_SECONDS:
            self.discard()
            jsonfile.write(marked, "spool", {"label": self._label, "at": now}, mode=0o600)

    def write(self, number: int, records: Sequence[bytes]) -> None:
        """Keep one page.

        Raises:
            StorageFailed: the disk is full.

        """
        path = self._path(number)
        part = path.with_suffix(".part")
        try:
            part.write_bytes(seal_box(self._key, pack(records), label=f"{self._label}/{number}"))
            part.replace(path)  # not synced: what a power cut loses is fetched again
        except OSError as error:
            part.unlink(missing_ok=True)
            raise jsonfile.storage_failed(path, error) from error

    def read(self, number: int) -> list[bytes] | None:
        """Return a page, or nothing when it is not there whole."""
        try:
            return unpack(open_box(self._key, self._path(number).read_bytes(), label=f"{self._label}/{number}"))
        except (FileNotFoundError, SealBroken):
            return None

    def discard(self) -> None:
        """Remove everything."""
        for path in (self._folder / "pages", self._folder / "terms.json"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        folder = self._folder / "pages"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / f"{number:07d}.box"
