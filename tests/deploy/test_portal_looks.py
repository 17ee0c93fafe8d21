"""The portal's pages in a real browser, in both languages: whole, readable, and asking nobody else for anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.deploy.test_services import until

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage

    from tests.conftest import ClosedChromium
    from tests.portal import Portal

pytestmark = pytest.mark.browser

TITLE = "Hồ sơ đã giải quyết"
# A picture that CKAN 2.12.0 names in a style sheet and does not bring along.
KNOWN_LACKS = re.compile(r"FontAwesome/images/times-circle-solid\.svg")
# What a page of the other language would say: each of these stands on one of the pages below.
ENGLISH = re.compile(
    r"\b(Datasets?|Organizations?|Search|found|Log in|About|Explore|Download|Resources?|Additional|License|Members?"
    r"|Followers|Order by|Relevance|Activity|Entries|Showing|Field|Value|Not Found|Format)\b"
)
VIETNAMESE = re.compile(
    r"Tổ chức|Tìm|Đăng nhập|Giới thiệu|Tải về|Giấy phép|Thành viên|Sắp xếp|Trường|Không tìm thấy|Tệp"
)
OURS = re.compile(r"Open data|Table|Creative Commons[ \w.]*|CKAN|\bAPI\b")


@pytest.fixture(scope="module")
def pages(portal: Portal) -> dict[str, str]:
    portal.reset()
    token = portal.publisher_token
    made = portal.call(
        "package_create",
        token=token,
        name="bo-1",
        title=TITLE,
        notes="Mô tả.",
        owner_org=portal.organization,
        license_id="cc-by",
        tags=[{"name": "một cửa"}],
    )
    portal.call("package_patch", token=token, id=made["id"], private=False)
    rows = "".join(f"H49.{one},{one}\n" for one in range(30))
    sent = httpx.post(
        f"{portal.url}/api/3/action/resource_create",
        headers={"Authorization": token},
        data={"package_id": made["id"], "name": "bang.csv", "format": "CSV"},
        files={"upload": ("bang.csv", f"mã,số hồ sơ\n{rows}".encode())},
        timeout=60,
    )
    resource = sent.json()["result"]["id"]
    until(lambda: portal.call("resource_show", id=resource)["datastore_active"], seconds=240)
    return {
        "home": "/",
        "search": "/dataset/?q=ho+so",
        "dataset": "/dataset/bo-1",
        "resource": f"/dataset/bo-1/resource/{resource}",
        "organisation": f"/organization/{portal.organization}",
        "sign-in": "/user/login",
        "unknown": "/khong-co-trang-nay",
    }


KINDS = ("home", "search", "dataset", "resource", "organisation", "sign-in", "unknown")


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_whole_and_speaks_one_language(
    portal: Portal, pages: dict[str, str], chromium: ClosedChromium, kind: str, language: str
) -> None:
    broken: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            broken.append(message.text)

    with chromium.page() as (page, foreign):
        page.on("console", listen)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("response", lambda one: broken.append(one.url) if one.status >= 400 else None)
        address = portal.url + language + pages[kind]
        page.goto(address, wait_until="networkidle", timeout=120_000)
        if kind == "resource":
            table = page.frame_locator("iframe")
            table.locator("#dtprv tbody tr").nth(5).wait_for(timeout=60_000)
            said = table.locator("body").inner_text()
            assert ("Đang xem" in said) == (language == "")
        words = page.locator("body").inner_text()
        title = page.locator("header h1 a, .masthead h1 a").first
        colour = title.evaluate("one => getComputedStyle(one).color")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert [one for one in broken if one != address and not KNOWN_LACKS.search(one)] == []
    assert foreign == []
    assert colour == "rgb(255, 255, 255)"
    assert wide <= 0
    strange = ENGLISH if language == "" else VIETNAMESE
    # The house's own name and texts stand in both languages on every page.
    shown = "\n".join(line for line in OURS.sub("", words).splitlines() if "·" not in line and "tệp đã tải" not in line)
    own = VIETNAMESE if language == "" else ENGLISH
    assert own.search(shown)
    assert strange.findall(shown) == []
