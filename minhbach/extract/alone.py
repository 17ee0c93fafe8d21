"""Lets one process at a time work on a table's extracts. Knows a lock file, nothing else."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..core import jsonfile
from ..core.errors import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.lake import Lake


@contextmanager
def alone(lake: Lake, agency: str, table: str) -> Iterator[None]:
    """Hold the table's lock; it ends with the process, however that ends.

    Raises:
        OutsideFailed: another process holds it.

    """
    folder = lake.spool(agency, table)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise jsonfile.storage_failed(folder, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutsideFailed(
                f"{agency}/{table}: found another process at work on it, expected none; run again when it is done."
            ) from None
        yield
    finally:
        os.close(descriptor)
