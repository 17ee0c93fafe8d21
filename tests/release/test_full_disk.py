"""A disk that takes no more bytes, at whichever file: one sentence, nothing sealed, and the next run ends well."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import StorageFailed
from tests.release.small import DATASET, PERIOD, House

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: the kernel then refuses to write, as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_wherever_the_disk_ends_it_is_one_sentence(small: House) -> None:
    written = small.write()
    sizes = sorted({said["bytes"] for said in written.files.values()})
    assert len(sizes) > 5
    blamed = set()
    for size in sizes:
        with pytest.raises(StorageFailed, match="could not be written") as caught, at_most(size - 1):
            small.write()
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 1
        blamed.add(str(caught.value).partition(":")[0].rpartition("/")[2])
    assert {"data.csv", "data.parquet", "data.xlsx"} <= blamed
    assert small.seal(small.write()).revision == "r1"


def test_a_seal_that_has_no_room_leaves_no_release(small: House) -> None:
    written = small.write()
    small.ledger.verify()
    with pytest.raises(StorageFailed), at_most(500):
        small.seal(written)
    assert small.lake.revisions(DATASET, PERIOD) == []
    assert small.ledger.entries() == []
    assert small.seal(small.write()).revision == "r1"
    assert small.ledger.verify() == 1
