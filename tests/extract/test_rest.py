"""The service misbehaves; the extract is whole, or says who failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from minhbach.core.errors import SourceRefused, SourceUnreachable, UsageError
from minhbach.core.keys import pseudonym, secret
from minhbach.extract.connection import connection_of
from tests.extract.conftest import HO_SO, REST, Extractor, with_access
from tests.extract.sample import PERSON, dossier
from tests.extract.service import CREDENTIALS, TinyService


@pytest.mark.parametrize("fault", ["429", "503", "cut_json", "cut_body", "bad_utf8"])
def test_what_passes_is_tried_again(extractor: Extractor, service: TinyService, fault: str) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 31)]
    service.faults = dict.fromkeys((1, 3, 4, 7), fault)
    assert extractor().landed == 30


def test_a_session_is_renewed(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 31)]
    service.uses_a_token = 2
    assert extractor().landed == 30
    assert service.tokens == 3


def test_the_rate_is_kept(extractor: Extractor, service: TinyService) -> None:
    with_access(extractor.catalog, REST, requests_per_second=40.0)
    service.records[HO_SO] = [dossier(i) for i in range(1, 50)]
    times: list[float] = []
    service.before = lambda _: times.append(time.monotonic())
    extractor()
    assert len(times) == 7
    assert times[-1] - times[0] >= 6 / 40 - 0.02


@pytest.mark.parametrize("fault", ["503", "cut_json", "cut_body", "429"])
def test_what_does_not_pass_is_said_and_nothing_lands(extractor: Extractor, service: TinyService, fault: str) -> None:
    with_access(extractor.catalog, REST, retries=2)
    service.records[HO_SO] = [dossier(i) for i in range(1, 31)]
    service.always = fault
    with pytest.raises(SourceUnreachable, match=rf"^{REST}/{HO_SO}: found .* in 3 attempts") as caught:
        extractor()
    assert caught.value.exit_code == 1
    assert extractor.lake.manifests(REST, "ho_so") == []


def test_nobody_answers(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHBACH_CONN_MOT_CUA", "http://ai:mat-khau@127.0.0.1:9/")
    with_access(extractor.catalog, REST, retries=1)
    with pytest.raises(SourceUnreachable, match="ConnectError") as caught:
        extractor()
    assert "mat-khau" not in str(caught.value)


def test_wrong_credentials_name_agency_service_and_setting(
    extractor: Extractor, service: TinyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINHBACH_CONN_MOT_CUA", service.url.replace(CREDENTIALS[1], "sai-mat-khau"))
    with pytest.raises(SourceRefused, match=rf"{REST}/{HO_SO}: .*credentials.*MINHBACH_CONN_MOT_CUA") as caught:
        extractor()
    assert "sai-mat-khau" not in str(caught.value)


@pytest.mark.parametrize("code", ["02", "03", "77", f"{PERSON}"])
def test_an_error_code_is_named_and_its_message_is_not_repeated(
    extractor: Extractor, service: TinyService, code: str
) -> None:
    service.records[HO_SO] = []
    service.faults = {1: f"error:{code}"}
    with pytest.raises(SourceRefused, match=f"{REST}/{HO_SO}") as caught:
        extractor()
    assert "Nguyễn" not in str(caught.value)
    assert PERSON not in str(caught.value)
    assert code == PERSON or code in str(caught.value)


def test_a_wrong_address_is_refused(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = []
    service.faults = {1: "404"}
    with pytest.raises(SourceRefused, match="HTTP 404"):
        extractor()


def test_a_service_that_changes_while_it_is_read_is_read_anew(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 31)]

    def grow(question: dict[str, object]) -> None:
        if question["page"] == 3 and len(service.records[HO_SO]) < 32:
            service.records[HO_SO].insert(0, dossier(40 + len(service.records[HO_SO])))

    service.before = grow
    manifest = extractor()
    assert manifest.received == 32
    assert len({row["dossier_key"] for row in extractor.landed(manifest)}) == 32


def test_a_service_that_never_holds_still_is_said(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 31)]
    service.before = lambda _: service.records[HO_SO].append(dossier(31))
    with pytest.raises(SourceUnreachable, match="changed while they were read"):
        extractor()


def test_an_interrupted_extract_resumes(extractor: Extractor, service: TinyService) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 71)]
    with_access(extractor.catalog, REST, retries=0)
    service.faults = {7: "503"}
    with pytest.raises(SourceUnreachable):
        extractor()
    spooled = b"".join(path.read_bytes() for path in extractor.lake.spool(REST, "ho_so").rglob("*") if path.is_file())
    assert len(spooled) > 1_000
    assert PERSON.encode() not in spooled
    assert b"022905" not in spooled
    service.questions.clear()
    service.faults = {}
    manifest = extractor()
    assert [q["page"] for q in service.questions] == [6, 7, 8, 9, 10], (
        "the last page held is asked again, no earlier one"
    )
    assert manifest.landed == 70
    assert [p.name for p in extractor.lake.spool(REST, "ho_so").rglob("*")] == ["lock"]


@pytest.mark.parametrize("new", [0, 1], ids=["one less", "one gone, one more"])
def test_what_was_kept_is_given_up_when_the_source_moved(extractor: Extractor, service: TinyService, new: int) -> None:
    service.records[HO_SO] = [dossier(i) for i in range(1, 71)]
    with_access(extractor.catalog, REST, retries=0)
    service.faults = {7: "503"}
    with pytest.raises(SourceUnreachable):
        extractor()
    service.faults = {}
    del service.records[HO_SO][0]
    service.records[HO_SO] += [dossier(100)] * new
    manifest = extractor()
    key = secret("PSEUDONYM_KEY", extractor.settings)
    held = [pseudonym(key, "dossier", record["MaHoSo"]) for record in service.records[HO_SO]]
    assert [row["dossier_key"] for row in extractor.landed(manifest)] == held


CHILD = """
import sys
from pathlib import Path
from minhbach.core.catalog import load_catalog
from minhbach.core.settings import Settings
from minhbach.extract.run import extract
from tests.extract.conftest import REST, with_access
project = Path(sys.argv[1])
catalog = load_catalog(project)
with_access(catalog, REST, page_size=7)
def die(what, done, total):
    if (what, done) == (sys.argv[2], int(sys.argv[3])):
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
import minhbach.core.lake as lake
import minhbach.extract.landing as landing
if sys.argv[2] == "before manifest":
    lake.Lake.write_manifest = lambda *_: die("", 0, 0) or __import__("os").kill(__import__("os").getpid(), 9)
if sys.argv[2] == "before landed file":
    landing.Landing.commit = lambda *_: __import__("os").kill(__import__("os").getpid(), 9)
extract(REST, "ho_so", catalog=catalog, settings=Settings.read(project), progress=die)
"""
POINTS = [(HO_SO, 14), (HO_SO, 70), (f"{REST}/ho_so", 21), ("before landed file", 0), ("before manifest", 0)]


@pytest.mark.parametrize(("what", "done"), POINTS)
def test_killed_anywhere_there_is_no_extract_and_the_next_is_whole(
    extractor: Extractor, service: TinyService, project, what: str, done: int
) -> None:
    service.records[HO_SO] = [dossier(i, TrangThaiHoSo="99" if i == 5 else "9") for i in range(1, 71)]
    command = [sys.executable, "-c", CHILD, str(project), what, str(done)]
    died = subprocess.run(command, cwd=project, env=os.environ | {"PYTHONPATH": str(project)}, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert extractor.lake.manifests(REST, "ho_so") == []
    manifest = extractor()
    assert (manifest.landed, manifest.quarantined) == (69, {"unknown_code": 1})
    everything = sorted(path.name for path in extractor.lake.root.rglob("*") if path.is_file())
    names = [f"{manifest.extract_id}{end}" for end in (".box", ".index.json", ".manifest.json", ".parquet")]
    assert everything == sorted([*names, "lock"])


@pytest.mark.parametrize("text", ["", "khong phai dia chi", '{"client_id": "x"}', "{broken", "ftp://a:b@c/"])
def test_a_connection_that_is_none_is_not_shown(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("MINHBACH_CONN_MOT_CUA", text)
    with pytest.raises(UsageError, match=r"^MINHBACH_CONN_MOT_CUA: found") as caught:
        connection_of(extractor.catalog.agency(REST))
    assert not text or text not in str(caught.value)


def test_a_connection_may_be_json(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MINHBACH_CONN_MOT_CUA", '{"url": "http://127.0.0.1:1/", "client_id": "a", "client_secret": "b@:/"}'
    )
    found = connection_of(extractor.catalog.agency(REST))
    assert (found.url, found.client_id, found.client_secret) == ("http://127.0.0.1:1/", "a", "b@:/")
    assert "b@" not in repr(found)
