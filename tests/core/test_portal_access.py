from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import UsageError
from minhbach.core.portal_access import access

if TYPE_CHECKING:
    from pathlib import Path


def test_values_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("t0ken-of-the-editor\n")
    monkeypatch.setenv("MINHBACH_PORTAL_CONG_TINH_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("MINHBACH_PORTAL_CONG_TINH_URL", "http://127.0.0.1:5000")
    opened = access("cong_tinh")
    assert opened.needed("token") == "t0ken-of-the-editor"
    assert opened.url == "http://127.0.0.1:5000"
    assert opened.storage is None


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for what in ("TOKEN", "ADMIN_TOKEN", "DATASTORE_URL"):
        monkeypatch.setenv(f"MINHBACH_PORTAL_CKAN_{what}", f"hidden-{what}")
    assert "hidden" not in repr(access("ckan"))


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="MINHBACH_PORTAL_CKAN_TOKEN: found nothing"):
        access("ckan").needed("token")
    monkeypatch.setenv("MINHBACH_PORTAL_CKAN_TOKEN_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="found no readable file"):
        access("ckan")
