"""A house, a catalog with small pages and short waits, a service, an inbox."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from minhbach.core.catalog import load_catalog
from minhbach.core.lake import Lake, Manifest
from minhbach.core.settings import Settings
from minhbach.extract.run import extract
from tests.extract.sample import HEADER
from tests.extract.service import TinyService, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minhbach.core.catalog import Catalog

REST, CSV = "mot_cua_quang_ninh", "dac_khu_van_don"
HO_SO = "DongBoHoSoMC"


@dataclass
class Extractor:
    """Extracts into the house of the test."""

    catalog: Catalog
    settings: Settings

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake)

    def __call__(self, agency: str = REST, table: str = "ho_so", **more: Any) -> Manifest:
        return extract(agency, table, catalog=self.catalog, settings=self.settings, **more)

    def landed(self, manifest: Manifest) -> list[dict[str, Any]]:
        import pyarrow.parquet as pq

        return pq.read_table(self.lake.parquet(manifest)).to_pylist()


def with_access(catalog: Catalog, agency: str, **changes: object) -> None:
    """Change how an agency is read."""
    declared = catalog.agencies[agency]
    access = declared.access.model_copy(update=changes)
    catalog.agencies[agency] = declared.model_copy(update={"access": access})


def with_table(catalog: Catalog, agency: str, table: str, **changes: object) -> None:
    """Change the declaration of a table."""
    declared = catalog.agencies[agency]
    tables = declared.tables | {table: declared.tables[table].model_copy(update=changes)}
    catalog.agencies[agency] = declared.model_copy(update={"tables": tables})


@pytest.fixture
def extractor(house: Path, project: Path) -> Extractor:
    assert house.exists()
    catalog = load_catalog(project)
    with_access(catalog, REST, page_size=7, backoff_seconds=0.001, timeout_seconds=5)
    return Extractor(catalog, Settings.read(project))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyService]:
    with running() as tiny:
        monkeypatch.setenv("MINHBACH_CONN_MOT_CUA", tiny.url)
        yield tiny


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "hop thu"
    folder.mkdir()
    monkeypatch.setenv("MINHBACH_CONN_HOP_THU_VAN_DON", folder.as_uri())
    return folder


def drop(folder: Path, lines: list[dict[str, str]], name: str = "ho_so_2026-Q3_20260916.csv") -> Path:
    """Write a drop as the offices do."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    path = folder / name
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    return path
