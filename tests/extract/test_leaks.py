"""No identifier in anything that is written or said, whatever column it was put into. The search is proven first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from minhbach.core.errors import MinhBachError
from tests.extract.conftest import CSV, HO_SO, REST, Extractor, drop, with_access, with_table
from tests.extract.sample import HEADER, dossier, line
from tests.extract.service import CREDENTIALS, TinyService

if TYPE_CHECKING:
    from pathlib import Path

NEEDLES = (
    "Mẫu Thị Kim Bí Mật",
    "046899000456",
    "0912000077",
    "kimbimat@example.com",
    "H49.153-260702-7777",
    "thửa đất số 4711",
)
FOLDED = ("mau thi kim bi mat", "kimbimat")


def spilled(folder: Path) -> dict[str, list[str]]:
    """Search every file's bytes, and every cell of every Parquet file."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        text = "\n".join(str(row) for row in pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
        hits = [n for n in (*NEEDLES, *FOLDED) if n.encode() in content or n in text]
        if hits:
            found[path.name] = hits
    return found


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"x": [NEEDLES[0]]}), tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "b.json").write_text(NEEDLES[1], encoding="utf-8")
    assert spilled(tmp_path) == {"a.parquet": [NEEDLES[0]], "b.json": [NEEDLES[1]]}


def test_no_identifier_leaves_from_any_column_of_a_service(
    extractor: Extractor, service: TinyService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with_table(extractor.catalog, REST, "ho_so", quarantine_cap="100%")
    columns = [name for name in dossier() if name not in {"DinhDanhCHS", "NgayCapNhat"}]
    records = [dossier(i, **{column: NEEDLES[i % len(NEEDLES)]}) for i, column in enumerate(columns * len(NEEDLES))]
    records.append(dossier(900, DinhDanhCHS=[{"LoaiDinhDanh": "1", "SoDinhDanh": NEEDLES[1]}]))
    service.records[HO_SO] = records
    manifest = extractor()
    assert manifest.landed > 100
    assert manifest.quarantined
    assert spilled(extractor.lake.root) == {}
    assert not [needle for needle in (*NEEDLES, CREDENTIALS[1]) if needle in caplog.text]


def test_no_identifier_leaves_from_any_column_of_a_file(extractor: Extractor, inbox: Path) -> None:
    with_table(extractor.catalog, CSV, "ho_so", quarantine_cap="100%")
    lines = [line(i) | {column: NEEDLES[i % len(NEEDLES)]} for i, column in enumerate(HEADER * len(NEEDLES))]
    drop(inbox, lines)
    manifest = extractor(CSV)
    assert manifest.landed > 50
    assert spilled(extractor.lake.root) == {}


def test_no_identifier_is_said_in_an_error(extractor: Extractor, inbox: Path, service: TinyService) -> None:
    said = []
    service.records[HO_SO] = [dossier(i, TrangThaiHoSo=NEEDLES[i]) for i in range(len(NEEDLES))]
    spoilt = [{"Chủ hồ sơ": f'{NEEDLES[0]}"'}, {"Email": NEEDLES[3] + ";"}, {"Ngày nộp": NEEDLES[1]}]
    for changes in spoilt:
        path = drop(inbox, [line(1) | changes])
        path.write_bytes(
            path.read_bytes().replace(b'""', b'"').replace(f'"{NEEDLES[3]};"'.encode(), NEEDLES[3].encode() + b";")
        )
        with pytest.raises(MinhBachError) as caught:
            extractor(CSV)
        said.append(str(caught.value))
    with pytest.raises(MinhBachError) as caught:
        extractor()
    said.append(str(caught.value))
    with_access(extractor.catalog, REST, retries=0)
    service.always = f"error:{NEEDLES[1]}"
    with pytest.raises(MinhBachError) as caught:
        extractor(full=True)
    said.append(str(caught.value))
    assert len(said) == 5
    assert not [(needle, text) for needle in NEEDLES for text in said if needle in text]


def test_the_lake_is_private_where_it_holds_persons(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i, TrangThaiHoSo="99" if i == 1 else "9") for i in range(1, 40)]
    extractor()
    (box,) = extractor.lake.quarantine(REST, "ho_so").glob("*.box")
    assert box.stat().st_mode & 0o077 == 0
