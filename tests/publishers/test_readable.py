"""The site is public: a web server of another user can read it, whatever umask the house runs under."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publishers.site.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_build_made_under_a_private_umask_is_readable(tmp_path: Path) -> None:
    store = Store(tmp_path / "site")
    before = os.umask(0o077)
    try:
        with store.lock(), store.making("one") as folder:
            (folder / "dataset").mkdir()
            (folder / "dataset" / "index.html").write_text("x")
    finally:
        os.umask(before)
    store.point_to("one")
    places = [store.root, *store.build("one").rglob("*")]
    assert len(places) == 3
    assert all(place.stat().st_mode & 0o044 == 0o044 for place in places)
