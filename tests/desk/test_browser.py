"""The desk and a preview in a browser that reaches no other host, on a phone and on a desk: axe finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minhbach.flow.previewing import hand_out
from tests.desk.conftest import NOW, VAN_DON, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ClosedChromium

pytestmark = pytest.mark.browser
PAGES = {
    "front": "/desk/{en}",
    "period": "/desk/{en}minh_bach_hang_quy/" + NOW + "/",
    "preview": "/preview/{token}/{en}",
}
WIDTHS = {360: 740, 1280: 900}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(
    chromium: ClosedChromium, desk: Desk, kind: str, language: str, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    token = hand_out(desk.house, desk.plan, VAN_DON, days=7, by="Văn phòng")[1]
    path = PAGES[kind].format(en="en/" if language == "en" else "", token=token)
    for width, height in WIDTHS.items():
        scheme = "dark" if width == 360 else "light"
        with chromium.page(width=width, height=height, color_scheme=scheme, java_script_enabled=True) as (
            page,
            foreign,
        ):
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(f"{desk.address}{path}", wait_until="networkidle")
            page.screenshot(path=tmp_path / f"{kind}-{language}-{width}.png", full_page=True)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert (foreign, said) == ([], [])
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate("document.documentElement.lang") == language


def test_the_languages_lead_to_each_other_and_the_page_to_its_rows(chromium: ClosedChromium, desk: Desk) -> None:
    token = hand_out(desk.house, desk.plan, VAN_DON, days=7, by="Văn phòng")[1]
    with chromium.page(java_script_enabled=False) as (page, _):
        page.goto(f"{desk.address}/preview/{token}/")
        page.get_by_role("link", name="English").click()
        assert page.locator("h2").first.inner_text() == "Your agency's rows"
        with page.expect_download() as download:
            page.get_by_role("link", name="Download all").first.click()
        assert download.value.suggested_filename.endswith(".csv")
        page.get_by_role("link", name="Tiếng Việt").click()
        assert page.locator("h2").first.inner_text() == "Dòng của cơ quan bạn"
        page.goto(f"{desk.address}/desk/")
        page.get_by_role("link", name=f"Công bố minh bạch hằng quý, {NOW}").click()
        page.get_by_role("link", name="English").click()
        assert page.locator("h1").inner_text() == f"Quarterly transparency publication, {NOW}"
