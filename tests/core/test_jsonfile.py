"""A file is there whole or not there; canonical bytes are the same for the same document."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minhbach.core import jsonfile
from minhbach.core.errors import SealBroken, StorageFailed


def test_canonical_bytes_depend_on_the_content_alone() -> None:
    assert jsonfile.canonical({"b": 1, "a": "Ế"}) == '{"a":"Ế","b":1}'.encode()
    assert jsonfile.digest({"a": 1, "b": [1, 2]}) == jsonfile.digest({"b": [1, 2], "a": 1})
    assert jsonfile.digest([1, 2]) != jsonfile.digest([2, 1])


def test_a_document_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.json"
    jsonfile.write(path, "thu", {"số": 1})
    assert jsonfile.read(path, "thu") == {"schema": "minhbach/thu/1", "số": 1}
    assert path.read_text("utf-8") == '{\n  "schema": "minhbach/thu/1",\n  "số": 1\n}\n'
    assert [found.name for found in path.parent.iterdir()] == ["x.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"1", b"{}", b'{"schema": "minhbach/other/1"}'])
def test_another_document_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(SealBroken, match=r"x\.json"):
        jsonfile.read(tmp_path / "x.json", "thu")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "x.json"
    jsonfile.write_bytes(path, b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(f"os.{step}" if step == "fsync" else "pathlib.Path.replace", full)
    with pytest.raises(StorageFailed, match="the disk is full") as caught:
        jsonfile.write_bytes(path, b"new")
    assert caught.value.exit_code == 1
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["x.json"]


def test_a_real_full_disk() -> None:
    with pytest.raises(OSError, match="space") as caught, open("/dev/full", "wb", buffering=0) as stream:  # noqa: PTH123
        stream.write(b"x")
    assert "the disk is full" in str(jsonfile.storage_failed(Path("/dev/full"), caught.value))


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed, match="could not be written"):
        jsonfile.write_bytes(tmp_path / "file" / "x.json", b"x")


def test_what_a_killed_writer_left_is_swept_by_the_next(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = [
        tmp_path / f".x.json.{dead.pid}.part",
        tmp_path / f".x.json.{os.getppid()}.part",
        tmp_path / ".y.json.1.part",
    ]
    for path in left:
        path.write_bytes(b"ha")
    jsonfile.write_bytes(tmp_path / "x.json", b"whole")
    kept = {"x.json", *(path.name for path in left[1:])}
    assert {path.name for path in tmp_path.iterdir()} == kept, "of a writer at work, and of another file, nothing goes"


def test_private_files_are_private(tmp_path: Path) -> None:
    jsonfile.write_bytes(tmp_path / "x", b"x", mode=0o600)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_a_files_hash(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 3_000_000)
    assert jsonfile.file_sha256(tmp_path / "x") == hashlib.sha256(b"x" * 3_000_000).hexdigest()
