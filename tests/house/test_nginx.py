"""The site's server configuration, run by a real nginx: pages, types, headers, and 410 for what was withdrawn."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from publishers.site.server import HEADERS, PLAIN, TYPES
from tests.house.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RELEASE = "dataset/giai_quyet_ho_so/2026-Q2/r1"
PAGES = {
    "index.html": "<p>trang chủ</p>",
    "404.html": "<p>không thấy</p>",
    "en/404.html": "<p>not found</p>",
    f"{RELEASE}/index.html": "<p>phát hành</p>",
    f"{RELEASE}/data.csv": "ky_bao_cao\r\n",
    f"{RELEASE}/SHA256SUMS": "0",
    "dataset/giai_quyet_ho_so/2026-Q1/r1/410.html": "<p>đã rút</p>",
    "en/dataset/giai_quyet_ho_so/2026-Q1/r1/410.html": "<p>withdrawn</p>",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("no nginx here: `make test` as root installs it (requirements/debian.list)")
    folder = tmp_path_factory.mktemp("nginx")
    # nginx may give up root for a user that must be able to walk to the pages.
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    for name, text in {**PAGES, **{f"types/file{ending}": "x" for ending in TYPES}}.items():
        page = folder / "site" / "current" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = (ROOT / "deploy/nginx/site.conf").read_text(encoding="utf-8")
    server = server.replace("/srv/minhbach/site", str(folder / "site")).replace(
        "listen 8000", f"listen 127.0.0.1:{port}"
    )
    process = _start(nginx, folder, server)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        _wait_for(client, process)
        yield client
    process.terminate()
    process.wait(timeout=10)


def test_pages_are_served(site: httpx.Client) -> None:
    assert site.get("/").text == PAGES["index.html"]
    assert site.get(f"/{RELEASE}/").text == PAGES[f"{RELEASE}/index.html"]


@pytest.mark.parametrize("ending", sorted(TYPES))
def test_a_file_has_the_type_that_the_demos_server_gives_it(site: httpx.Client, ending: str) -> None:
    assert site.get(f"/types/file{ending}").headers["content-type"] == TYPES[ending]


def test_a_file_without_ending_has_the_type_of_its_name(site: httpx.Client) -> None:
    assert PLAIN
    assert {name: site.get(f"/{RELEASE}/{name}").headers["content-type"] for name in PLAIN} == PLAIN


def test_readers_are_protected_as_by_the_demos_server(site: httpx.Client) -> None:
    headers = site.get("/").headers
    assert HEADERS
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("below", ["", "/", "/data.csv", "/SHA256SUMS", "/index.html", "/410.html", "/deep/er"])
def test_everything_below_a_withdrawn_release_is_gone(site: httpx.Client, below: str) -> None:
    for language, text in (("", "đã rút"), ("/en", "withdrawn")):
        answer = site.get(f"{language}/dataset/giai_quyet_ho_so/2026-Q1/r1{below}")
        assert answer.status_code == httpx.codes.GONE
        assert text in answer.text


def test_what_never_was_is_not_found(site: httpx.Client) -> None:
    for address in ("/nowhere", f"/{RELEASE}/none.csv", "/en/nowhere", f"/en/{RELEASE}/none.csv"):
        answer = site.get(address)
        assert answer.status_code == httpx.codes.NOT_FOUND
        assert ("not found" if address.startswith("/en/") else "không thấy") in answer.text


def _start(nginx: str, folder: Path, server: str) -> subprocess.Popen[bytes]:
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off;\n{paths}{server}}}",
        encoding="utf-8",
    )
    return subprocess.Popen([nginx, "-p", folder, "-c", configuration], stderr=subprocess.PIPE)


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(f"nginx ended at once: {process.stderr.read().decode()}")
        try:
            if client.get("/healthz").is_success:
                return
        except httpx.ConnectError:
            time.sleep(0.05)
    pytest.fail("nginx did not answer within 10 s")
