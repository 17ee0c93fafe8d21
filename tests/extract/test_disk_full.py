"""A full disk: one sentence, nothing half written, and the next run is whole."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.extract.conftest import HO_SO, REST, Extractor
from tests.extract.sample import dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.extract.service import TinyService

CHILD = """
import resource, signal, sys
from pathlib import Path
from minhbach.core.catalog import load_catalog
from minhbach.core.errors import StorageFailed
from minhbach.core.settings import Settings
from minhbach.extract.run import extract
from tests.extract.conftest import REST, with_access
project = Path(sys.argv[1])
catalog = load_catalog(project)
with_access(catalog, REST, page_size=int(sys.argv[3]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    extract(REST, "ho_so", catalog=catalog, settings=Settings.read(project))
except StorageFailed as error:
    print(error)
    sys.exit(41)
"""
PLACES = {"a page of the spool": (2_000, 200), "the landed file": (16_000, 20), "the quarantine": (40_000, 20)}


@pytest.mark.parametrize("place", PLACES)
def test_a_full_disk_is_said_and_nothing_is_left(
    extractor: Extractor, service: TinyService, project: Path, place: str
) -> None:
    limit, page_size = PLACES[place]
    noise = [os.urandom(3_000).hex() for _ in range(20 if place == "the quarantine" else 0)]
    broken = [dossier(i + 500, TrangThaiHoSo="99", GhiChu=text) for i, text in enumerate(noise)]
    service.records[HO_SO] = [dossier(i) for i in range(1, 401)] + broken
    command = [sys.executable, "-c", CHILD, str(project), str(limit), str(page_size)]
    environment = os.environ | {"PYTHONPATH": str(project)}
    ran = subprocess.run(command, cwd=project, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 41, ran.stderr
    assert "could not be written" in ran.stdout
    assert ran.stdout.count("\n") == 1
    assert extractor.lake.manifests(REST, "ho_so") == []
    assert not list(extractor.lake.root.rglob("*.part"))
    assert extractor().landed == 400
