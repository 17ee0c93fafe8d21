"""A file of encrypted frames: written record by record in flat memory, readable only with its key and only whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Self

from ..core import jsonfile
from ..core.errors import SealBroken
from ..core.keys import open_box, seal_box
from .spool import LENGTH_BYTES, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..core.keys import Secret

FRAME_RECORDS, FRAME_BYTES = 2_000, 4 << 20


class BoxWriter:
    """Writes a box into a temporary file; `commit` moves it to its place. Use as a context manager."""

    def __init__(self, part: Path, key: Secret, label: str) -> None:
        self._part = part
        self._key = key
        self._label = label
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._stream: BinaryIO | None = None
        self.frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()
        self._part.unlink(missing_ok=True)

    def add(self, content: bytes) -> None:
        """Add one record. Raises StorageFailed."""
        self._waiting.append(content)
        self._bytes += len(content)
        if len(self._waiting) >= FRAME_RECORDS or self._bytes >= FRAME_BYTES:
            self._flush()

    def commit(self, path: Path) -> int:
        """Move the box to its place and return the number of its frames. Raises StorageFailed."""
        self._flush()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if self._stream is not None:
                os.fsync(self._stream.fileno())
                self._stream.close()
            self._part.replace(path)
            jsonfile.sync_folder(path.parent)
        except OSError as error:
            raise jsonfile.storage_failed(path, error) from error
        return self.frames

    def _flush(self) -> None:
        if not self._waiting:
            return
        sealed = seal_box(self._key, pack(self._waiting), label=f"{self._label}/{self.frames}")
        try:
            if self._stream is None:
                self._part.parent.mkdir(parents=True, exist_ok=True)
                self._part.unlink(missing_ok=True)
                self._stream = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._stream.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
            self._stream.flush()
        except OSError as error:
            raise jsonfile.storage_failed(self._part, error) from error
        self._waiting, self._bytes = [], 0
        self.frames += 1


def read_box(path: Path, key: Secret, *, label: str, frames: int) -> Iterator[bytes]:
    """Yield the records of a box.

    Raises:
        SealBroken: another key, changed bytes, or fewer frames than there were.

    """
    found = 0
    with path.open("rb") as stream:
        while head := stream.read(LENGTH_BYTES):
            sealed = stream.read(int.from_bytes(head, "big"))
            yield from unpack(open_box(key, sealed, label=f"{label}/{found}"))
            found += 1
    if found != frames:
        raise SealBroken(f"{path}: found {found} frames, expected {frames}; the file was cut.")
