"""The proxy of production in front of a real CKAN: what was uploaded cannot act as a page of the portal."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest

from deploy.services import free_ports, listening
from tests.deploy.test_services import until
from tests.house.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal import Portal

# Plain text to who looks at its first words, and a page to a browser that goes by the name.
SCRIPT = "Bảng kê <b onmouseover='alert(1)'>số liệu</b>\n".encode()


@pytest.fixture(scope="module")
def proxy(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("no nginx here: `make test` as root installs it (requirements/debian.list)")
    folder = tmp_path_factory.mktemp("proxy")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)  # nginx gives up root for a user that must be able to walk here
    site, airflow, ckan = free_ports(3)
    text = (ROOT / "deploy/nginx/proxy.conf").read_text(encoding="utf-8")
    changes = {
        f"listen {old}": f"listen 127.0.0.1:{new}" for old, new in {8000: site, 8080: airflow, 5000: ckan}.items()
    }
    changes |= dict.fromkeys(("http://site:8000", "http://api-server:8080", "http://ckan:5000"), portal.url)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    settings = folder / "nginx.conf"
    head = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    settings.write_text(f"{head}\nhttp {{ access_log off;\n{paths}{text}}}", encoding="utf-8")
    process = subprocess.Popen([nginx, "-p", folder, "-c", settings], stderr=subprocess.DEVNULL)
    until(lambda: process.poll() is not None or listening(ckan))
    assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
    with httpx.Client(base_url=f"http://127.0.0.1:{ckan}", timeout=60) as client:
        yield client
    process.terminate()
    process.wait(timeout=30)
    portal.reset()


@pytest.fixture(scope="module")
def download(portal: Portal, proxy: httpx.Client) -> str:
    portal.reset()
    token = portal.publisher_token
    made = portal.call("package_create", token=token, name="tep", title="Tệp", owner_org=portal.organization)
    portal.call("package_patch", token=token, id=made["id"], private=False)
    sent = proxy.post(
        "/api/3/action/resource_create",
        headers={"Authorization": token},
        data={"package_id": made["id"], "name": "trang", "format": "HTML", "mimetype": "text/html"},
        files={"upload": ("trang.html", SCRIPT)},
    )
    assert sent.is_success, sent.text
    resource = sent.json()["result"]
    return f"/dataset/{made['id']}/resource/{resource['id']}/download/trang.html"


@pytest.mark.parametrize("language", ["", "/en", "/vi"])
def test_a_page_that_was_uploaded_is_a_file_and_runs_nothing(
    portal: Portal, proxy: httpx.Client, download: str, language: str
) -> None:
    bare = httpx.get(portal.url + language + download, follow_redirects=True)
    assert bare.content == SCRIPT
    assert "html" in bare.headers["content-type"]  # what a browser would run, were it not for the proxy
    answer = proxy.get(language + download, follow_redirects=True)
    assert answer.content == SCRIPT
    assert answer.headers.get_list("content-disposition") == ["attachment"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/en/dataset/", "/dataset/tep", "/user/login"])
def test_pages_are_framed_by_nobody_else(proxy: httpx.Client, download: str, path: str) -> None:
    assert download
    answer = proxy.get(path)
    assert answer.is_success
    assert answer.headers["x-frame-options"] in {"SAMEORIGIN", "DENY"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" not in answer.headers.get("content-security-policy", "")


def test_signing_in_cannot_be_tried_without_end(proxy: httpx.Client) -> None:
    tried = [
        proxy.post("/user/login", data={"login": "minhbach-admin", "password": "x"}).status_code for _ in range(20)
    ]
    assert httpx.codes.TOO_MANY_REQUESTS in tried
    assert proxy.get("/dataset/").is_success
    # Behind TLS all come from one address; somebody else's tries close the door to nobody.
    another = proxy.post(
        "/user/login", data={"login": "x", "password": "x"}, headers={"X-Forwarded-For": "198.51.100.7"}
    )
    assert another.status_code != httpx.codes.TOO_MANY_REQUESTS


def test_a_file_that_is_a_page_by_its_content_is_refused(portal: Portal, proxy: httpx.Client, download: str) -> None:
    assert download
    sent = proxy.post(
        "/api/3/action/resource_create",
        headers={"Authorization": portal.publisher_token},
        data={"package_id": "tep", "name": "so-lieu", "format": "CSV"},
        files={"upload": ("so-lieu.csv", b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>")},
    )
    assert not sent.is_success
