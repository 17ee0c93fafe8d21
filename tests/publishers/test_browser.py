"""The site in a browser that reaches no other host: axe, first view on a phone, script off, search, keyboard, looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.publishers.sealed import FORM, RATES
from tests.publishers.test_pages import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ClosedChromium

pytestmark = pytest.mark.browser
WIDTHS = {360: 740, 1280: 900}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_and_no_host_is_asked(
    chromium: ClosedChromium, address: str, kind: str, language: str, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    prefix = "" if language == "vi" else "en/"
    for width, height in WIDTHS.items():
        scheme = "dark" if width == 360 else "light"
        with chromium.page(width=width, height=height, color_scheme=scheme) as (page, foreign):
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.goto(f"{address}/{prefix}{KINDS[kind]}", wait_until="networkidle")
            page.screenshot(path=tmp_path / f"{kind}-{language}-{width}.png", full_page=True)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert foreign == []
            assert said == []
            assert page.evaluate("document.documentElement.scrollWidth") == width, "nothing sticks out of the page"
            loaded = page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
            assert loaded


@pytest.mark.parametrize("path", [f"dataset/{FORM}/", f"dataset/{RATES}/", f"en/dataset/{FORM}/"])
def test_the_first_view_on_a_phone_shows_finding_number_and_download(
    chromium: ClosedChromium, address: str, path: str
) -> None:
    with chromium.page(width=360, height=640) as (page, _):
        page.goto(f"{address}/{path}")
        for selector in ("h1", ".number", ".finding span", ".button.first"):
            box = page.locator(selector).first.bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 640, f"{selector} lies below the first view"
            assert box["x"] + box["width"] <= 360


def test_without_script_everything_reads_filters_and_downloads(chromium: ClosedChromium, address: str) -> None:
    with chromium.page(java_script_enabled=False) as (page, foreign):
        page.goto(f"{address}/")
        page.get_by_role("link", name="Tình hình, kết quả giải quyết hồ sơ (Biểu 06)").first.click()
        assert page.locator(".number").inner_text().endswith("%")
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải về CSV").click()
        assert download.value.suggested_filename == "data.csv"
        page.get_by_role("link", name="Sở Nội vụ").first.click()
        assert page.locator("h1").inner_text() == "Sở Nội vụ"
        assert page.locator("tbody tr").count() > 3
        page.goto(f"{address}/search/")
        assert page.get_by_text("Ô tìm kiếm cần JavaScript").is_visible()
        assert page.get_by_role("link", name="Sở Nội vụ").count() == 2
        assert foreign == []


@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        ("search/", "ho so", "Tình hình, kết quả giải quyết hồ sơ (Biểu 06)"),
        ("search/", "HỒ SƠ", "Tình hình, kết quả giải quyết hồ sơ (Biểu 06)"),
        ("search/", "so noi vu", "Sở Nội vụ"),
        ("en/search/", "on-time", "On-time rate by procedure"),
    ],
)
def test_search_finds_with_and_without_accents(
    chromium: ClosedChromium, address: str, path: str, asked: str, found: str
) -> None:
    with chromium.page() as (page, foreign):
        page.goto(f"{address}/{path}")
        page.get_by_role("searchbox").first.fill(asked)
        page.locator(".results li a", has_text=found).first.wait_for(timeout=10_000)
        assert asked in page.locator(".status").inner_text()
        assert foreign == []
        page.locator(".results li a", has_text=found).first.click()
        assert found in page.locator("h1").inner_text() or found in page.title()


def test_tables_sort_and_filter_by_keyboard(chromium: ClosedChromium, address: str) -> None:
    with chromium.page() as (page, _):
        page.goto(f"{address}/dataset/{FORM}/agency/")
        share = page.locator("thead th").nth(1)
        share.get_by_role("button").focus()
        page.keyboard.press("Enter")
        assert share.get_attribute("aria-sort") == "descending"
        cells = page.locator("tbody tr td:nth-child(2)").all_inner_texts()
        numbers = [float(cell.strip("%").replace(",", ".")) for cell in cells if cell.endswith("%")]
        assert len(numbers) > 5
        assert numbers == sorted(numbers, reverse=True)
        page.get_by_label("Lọc dòng").fill("so noi")
        assert page.locator("tbody tr:visible").count() == 1
        assert "1 trong" in page.locator(".filter").inner_text()


def test_the_keyboard_reaches_the_content_first(chromium: ClosedChromium, address: str) -> None:
    with chromium.page(width=360, height=740) as (page, _):
        page.goto(f"{address}/dataset/{FORM}/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith("Tải về CSV")


def test_stacked_accents_are_not_cut(chromium: ClosedChromium, address: str) -> None:
    with chromium.page() as (page, _):
        page.goto(f"{address}/")
        ratios = page.evaluate(
            "[...document.querySelectorAll('main p, main li, main td, main th')].map(element => {"
            "const style = getComputedStyle(element);"
            "return parseFloat(style.lineHeight) / parseFloat(style.fontSize)})"
        )
        assert ratios
        assert min(ratios) >= 1.5


def test_print_is_plain(chromium: ClosedChromium, address: str) -> None:
    with chromium.page() as (page, _):
        page.goto(f"{address}/dataset/{FORM}/")
        page.emulate_media(media="print")
        assert not page.locator("footer").is_visible()
        assert page.locator("h1").is_visible()
        assert len(page.pdf(format="A4")) > 10_000
