"""Fetches the sealed files of one release from a site into a folder, in flat memory. Knows HTTP; checks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from minhbach.core import jsonfile, seal
from minhbach.core.errors import SealBroken, SourceUnreachable

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

PATIENCE = 30.0
TRIES = 3
MOST_BYTES = 4 << 30


def download(address: str, folder: Path) -> None:
    """Fetch sums, signature, every file they list, and the receipt when there is one.

    Raises:
        SourceUnreachable: the site does not answer.
        SealBroken: a file of the release is not there, or is larger than any release.

    """
    import httpx

    base = _base(address)
    transport = httpx.HTTPTransport(retries=TRIES)
    with httpx.Client(timeout=PATIENCE, follow_redirects=True, transport=transport) as client:
        for name in (seal.SUMS, seal.SIGNATURE):
            _fetch(client, base, name, folder)
        for name in seal.parse_sums((folder / seal.SUMS).read_bytes(), base):
            _fetch(client, base, name, folder)
        _fetch(client, base, seal.RECEIPT, folder, optional=True)


def _base(address: str) -> str:
    """Give the address of the folder: that of the page itself, or of the file that was named."""
    parts = urlsplit(address)
    bare = parts._replace(query="", fragment="").geturl()
    last = parts.path.rpartition("/")[2]
    return urljoin(bare, "./") if "." in last or last == seal.SUMS else bare.rstrip("/") + "/"


def _fetch(client: httpx.Client, base: str, name: str, folder: Path, *, optional: bool = False) -> None:
    import httpx

    address = urljoin(base, name)
    try:
        with client.stream("GET", address) as answer:
            if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
                if optional:
                    return
                raise SealBroken(f"{address}: found nothing ({answer.status_code}), expected a file of the release.")
            answer.raise_for_status()
            _keep(answer, folder / name)
    except httpx.HTTPError as error:
        raise SourceUnreachable(f"{address}: no usable answer ({type(error).__name__}); try again later.") from error


def _keep(answer: httpx.Response, path: Path) -> None:
    size = 0
    try:
        with path.open("wb") as stream:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > MOST_BYTES:
                    raise SealBroken(f"{answer.url}: found more than {MOST_BYTES} bytes, expected a release.")
                stream.write(chunk)
    except OSError as error:
        raise jsonfile.storage_failed(path, error) from error
