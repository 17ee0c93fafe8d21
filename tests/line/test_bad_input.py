"""Bad input through the real command: one sentence, the promised exit code, nothing published, nothing lost."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.line.rehearsal import PERIODS, Rehearsal, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.line

SECOND = PERIODS[1]
REST, INBOX = "mot_cua_quang_ninh", "dac_khu_van_don"


@pytest.fixture
def delivered(first: Rehearsal, tmp_path: Path) -> Rehearsal:
    """Give a house whose first quarter is published, with the files of the second in its inboxes."""
    house = first.copy(tmp_path / "house")
    with house.served(SECOND):
        pass
    return house


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """Give a copy of the project folder that a test may break."""
    copy = tmp_path / "project"
    for name in ("catalog", "dbt_project", "expectations"):
        shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@contextmanager
def unharmed(house: Rehearsal) -> Iterator[None]:
    """Assert that whatever happens, what is landed, sealed and public is what it was."""
    before = told(house)
    assert len(before) > 50
    yield
    assert told(house) == before
    left = [path for path in house.folder.rglob("*.part") if "sandbox" not in path.parts]
    assert not left


def told(house: Rehearsal) -> dict[str, bytes]:
    roots = [house.folder / "lake" / name for name in ("landed", "releases", "receipts", "plans")]
    roots += [house.folder / "warehouse", house.site.resolve()]
    return {str(path): path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file()}


def test_broken_yaml(delivered: Rehearsal, folder: Path) -> None:
    (folder / "catalog" / "agencies" / f"{INBOX}.yml").write_text("title: {vi: Đặc khu\ntables: [", encoding="utf-8")
    with unharmed(delivered):
        for command in (("check",), ("extract", INBOX), ("run", "--period", SECOND)):
            ran = delivered.command(*command, project=folder)
            assert ran.returncode == 2, ran.stderr
            assert f"catalog/agencies/{INBOX}.yml" in ran.stderr
            assert "Traceback" not in ran.stderr


class Cutting(BaseHTTPRequestHandler):
    """A service that opens a session and then breaks off every page in the middle, for ever."""

    pages = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"session": "s", "expires_in": 120}'
        if self.path != "/token":
            type(self).pages += 1
            body = b'{"error_code": "00", "message": "", "total": 1, "page": 1, "pages": 1, "data": [{"MaHo'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + (0 if self.path == "/token" else 500)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_page_that_is_cut_for_ever(delivered: Rehearsal, folder: Path) -> None:
    agency = folder / "catalog" / "agencies" / f"{REST}.yml"
    text = agency.read_text(encoding="utf-8")
    agency.write_text(text.replace("retries: 6", "retries: 2"), encoding="utf-8")
    assert agency.read_text(encoding="utf-8") != text
    with ThreadingHTTPServer(("127.0.0.1", 0), Cutting) as server, unharmed(delivered):
        Thread(target=server.serve_forever, daemon=True).start()
        where = {"url": f"http://127.0.0.1:{server.server_port}", "client_id": "a", "client_secret": "b"}
        ran = delivered.command("extract", REST, "ho_so", project=folder, MINHBACH_CONN_MOT_CUA=json.dumps(where))
        sentence = refused(ran, 1)
        server.shutdown()
    assert Cutting.pages == 3, "it tried as often as declared"
    assert REST in sentence
    assert "DongBoHoSoMC" in sentence


def test_a_wrong_token(delivered: Rehearsal) -> None:
    with delivered.served(SECOND, faults=False) as server, unharmed(delivered):
        wrong = {"url": server.url, "client_id": "mot_cua_sandbox", "client_secret": "khong-dung-7f3a"}
        ran = delivered.command("extract", REST, "ho_so", MINHBACH_CONN_MOT_CUA=json.dumps(wrong))
        sentence = refused(ran, 1)
    assert REST in sentence
    assert "khong-dung-7f3a" not in ran.stderr + ran.stdout


@pytest.mark.parametrize("what", ["a lone quote", "a NUL", "another encoding"])
def test_a_file_that_cannot_be_read_as_declared_is_refused_whole(delivered: Rehearsal, what: str) -> None:
    file = next((delivered.sandbox / "drops" / INBOX).rglob(f"ho_so_{SECOND}_*.csv"))
    lines = file.read_bytes().split(b"\r\n")
    middle = len(lines) // 2
    sound = lines[middle]
    lines[middle] = {
        "a lone quote": sound.replace(b";", b';"lone ', 1),
        "a NUL": sound.replace(b";", b";\0", 1),
        "another encoding": sound.replace(b";", b";\xff\xfe", 1),
    }[what]
    file.write_bytes(b"\r\n".join(lines))
    with unharmed(delivered):
        sentence = refused(delivered.command("extract", INBOX, "ho_so"), 1)
    assert file.name in sentence
    assert sound.decode(errors="ignore").split(";")[0] not in sentence, "no value of the file"
    lines[middle] = sound
    file.write_bytes(b"\r\n".join(lines))
    ran = delivered.command("extract", INBOX, "ho_so", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)[0]["landed"] > 0


def test_a_mart_column_that_nobody_declared(small: Rehearsal, folder: Path, tmp_path: Path) -> None:
    house = small.copy(tmp_path / "house")
    mart = folder / "dbt_project" / "models" / "marts" / "giai_quyet_ho_so.sql"
    text = mart.read_text(encoding="utf-8")
    head, last = text.rsplit("\nfrom ", 1)
    mart.write_text(f"{head.rstrip()},\n  1 as them_cot\nfrom {last}", encoding="utf-8")
    with unharmed(house):
        for command in (("check",), ("build", "--period", SECOND)):
            ran = house.command(*command, project=folder)
            assert ran.returncode == 2, (command, ran.stdout, ran.stderr)
            assert "them_cot" in ran.stderr
            assert "Traceback" not in ran.stderr
