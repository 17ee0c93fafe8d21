"""A published release: the sealed folder with its receipt beside, as it lies on a site."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from minhbach.core import jsonfile, keys
from minhbach.core.publishing import Proof
from minhbach.release import approve, make_receipt
from tests.release.small import DATASET, PERIOD, open_small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a published folder and the house's public key; made once, never changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MINHBACH_LEDGER", raising=False)
        small = open_small(tmp_path_factory.mktemp("publisher"))
        release = small.seal(small.write())
        plan = small.plan([release])
        approval = approve(
            plan, "binh_duyet", small.private("binh_duyet"),
            ledger=small.ledger, catalog=small.catalog, settings=small.settings,
        )  # fmt: skip
        receipt = make_receipt(plan, approval, [release], Proof({}, {}), small.ledger.head(), small.settings)
        public = keys.signing_key(keys.secret("SIGNING_KEY", small.settings).value)
    folder = tmp_path_factory.mktemp("site") / "dataset" / DATASET / PERIOD / "r1"
    shutil.copytree(release.folder, folder)
    jsonfile.write_bytes(folder / "receipt.json", jsonfile.pretty(receipt))
    return folder, public


@pytest.fixture
def public_key(original: tuple[Path, str]) -> str:
    return original[1]


@pytest.fixture
def published(original: tuple[Path, str], tmp_path: Path) -> Path:
    """Give a copy of the published folder, to be tampered with."""
    return shutil.copytree(original[0], tmp_path / "site" / "dataset" / DATASET / PERIOD / "r1")


@pytest.fixture
def served() -> Callable[[Path], AbstractContextManager[str]]:
    """Serve a folder on loopback for as long as it is needed; gives the address of its root."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return serve
