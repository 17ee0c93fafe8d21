"""Canonical JSON and atomic files: a file is there whole, or not there. Knows no document of the house."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from .errors import SealBroken, StorageFailed

if TYPE_CHECKING:
    from pathlib import Path


def canonical(document: object) -> bytes:
    """Give the bytes that hashes and signatures are taken over: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: object) -> str:
    """Return the sha256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(document)).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hex, in flat memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pretty(document: object) -> bytes:
    """Give the bytes that files hold: sorted keys, two spaces, UTF-8, a newline at the end."""
    return (json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file atomically: a temporary neighbour, fsync, rename, fsync of the folder.

    Raises:
        StorageFailed: the disk is full or the folder cannot be written.

    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sweep(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_failed(path, error) from error


def _sweep(path: Path) -> None:
    """Remove the temporary neighbours that processes left who were killed while they wrote this file."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        process = left.name.split(".")[-2]
        if process.isdigit() and not _runs(int(process)):
            left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def write(path: Path, kind: str, document: dict[str, Any], *, mode: int = 0o644) -> None:
    """Write one JSON document of the house with its schema mark, atomically."""
    write_bytes(path, pretty({"schema": f"minhbach/{kind}/1", **document}), mode=mode)


def read(path: Path, kind: str) -> dict[str, Any]:
    """Read one JSON document of the house.

    Raises:
        SealBroken: the file is no JSON, or carries another schema mark.

    """
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise SealBroken(f"{path}: found bytes that are no JSON, expected a minhbach/{kind}/1 document.") from error
    found = document.get("schema") if isinstance(document, dict) else type(document).__name__
    if found != f"minhbach/{kind}/1":
        raise SealBroken(f'{path}: schema: found "{found}", expected "minhbach/{kind}/1".')
    return dict(document)


def append_line(path: Path, document: dict[str, Any]) -> None:
    """Add one JSON document as a line to a file that only grows; durable when it returns.

    Raises:
        StorageFailed: the disk is full or the folder cannot be written.

    """
    line = json.dumps(document, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise storage_failed(path, error) from error


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_failed(path: Path, error: OSError) -> StorageFailed:
    """Turn an OSError into the sentence a person needs."""
    what = "the disk is full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else (error.strerror or "it failed")
    return StorageFailed(
        f"{path}: could not be written: {what}; nothing was left half written, free space and run again."
    )
