"""What the pages hold: every one reachable, within budget, with its numbers, symbols, descriptions and feeds."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.publishers.sealed import FORM, RATES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publishers.conftest import Published

BUDGET = 100_000
KINDS = {
    "home": "",
    "dataset": f"dataset/{FORM}/",
    "pinned": f"dataset/{FORM}/2026-Q2/r1/",
    "groups": f"dataset/{RATES}/agency/",
    "group": f"dataset/{RATES}/agency/H49.02/",
    "publication": "publication/minh_bach_hang_quy/2026-Q3/",
    "calendar": "calendar/",
    "method": "method/",
    "verify": "verify/",
    "search": "search/",
}
HEADINGS = re.compile(r"<h([1-6])")


class Reading(HTMLParser):
    """Collects what a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.links += [found[name] or "" for name in ("href", "src", "srcset") if name in found]


def pages(live: Path) -> list[Path]:
    found = sorted(path for path in live.rglob("*.html") if "pagefind" not in path.parts)
    assert len(found) > 600
    return found


def test_every_page_is_reachable_by_links(published: Published) -> None:
    live = published.live
    todo, seen = ["/"], {"/"}
    while todo:
        address = todo.pop()
        page = live / address.strip("/") / "index.html"
        for link in Reading(page.read_text(encoding="utf-8")).links:
            local = link.split("#")[0].split("?")[0]
            if local.startswith("/") and local not in seen:
                assert (live / local.strip("/")).exists(), f"{address}: {link}"
                seen.add(local)
                if local.endswith("/"):
                    todo.append(local)
    every = {
        f"/{path.parent.relative_to(live)}/".replace("/./", "/") for path in pages(live) if path.name == "index.html"
    }
    assert every - seen == set()


def test_every_page_keeps_its_budget(published: Published) -> None:
    assets = sum((published.live / "assets" / name).stat().st_size for name in ("site.css", "site.js"))
    sizes = {path: path.stat().st_size + assets for path in pages(published.live)}
    too_big = {str(path): size for path, size in sizes.items() if size > BUDGET}
    assert too_big == {}


def test_no_page_asks_another_host(published: Published) -> None:
    """Links lead out; what a page loads by itself does not."""
    loaded = {"link": "href", "script": "src", "img": "src", "source": "srcset", "iframe": "src", "form": "action"}
    for path in pages(published.live):
        for tag, attributes in Reading(path.read_text(encoding="utf-8")).tags:
            address = attributes.get(loaded.get(tag, ""), "") or ""
            if tag == "link" and attributes.get("rel") in {"canonical", "alternate"}:
                continue
            assert not re.match(r"(https?:)?//", address), f"{path}: {tag} {address}"
    for asset in (published.live / "assets").iterdir():
        text = asset.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "//" not in re.sub(r"^\s*// .*$", "", text, flags=re.MULTILINE).replace("; // ", "; "), asset


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_is_well_formed(published: Published, kind: str, language: str) -> None:
    prefix = "" if language == "vi" else "en/"
    text = (published.live / prefix / KINDS[kind] / "index.html").read_text(encoding="utf-8")
    reading = Reading(text)
    tags = dict(reading.tags[::-1])
    assert tags["html"]["lang"] == language
    headings = [int(level) for level in HEADINGS.findall(text)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert all("scope" in attributes for tag, attributes in reading.tags if tag == "th")
    assert all("style" not in attributes for _, attributes in reading.tags), "the content policy forbids inline style"
    alternates = {attributes.get("hreflang") for tag, attributes in reading.tags if tag == "link"}
    assert {"vi", "en"} <= alternates
    assert "{" not in re.sub(r"<script.*?</script>|data-(some|none)=\"[^\"]*\"", "", text, flags=re.DOTALL)


def test_the_page_starts_with_finding_number_and_download(published: Published) -> None:
    text = (published.live / "dataset" / FORM / "index.html").read_text(encoding="utf-8")
    with (published.live / "dataset" / FORM / "latest" / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        (total,) = [row for row in csv.DictReader(stream) if row["ma_dinh_danh"] == row["ma_linh_vuc"] == "TONG"]
    late, done = int(total["qua_han"]), int(total["da_giai_quyet"])
    share = f"{100 * late / done:.1f}%".replace(".", ",")
    at = [text.index(sign) for sign in ("<h1", 'class="number"', 'class="downloads"', "<figure", "<table")]
    assert at == sorted(at)
    assert f'<b class="number">{share}</b>' in text
    assert f"{late:,}".replace(",", ".") in text
    assert f"{done:,}".replace(",", ".") in text
    english = (published.live / "en" / "dataset" / FORM / "index.html").read_text(encoding="utf-8")
    assert f"{done:,}" in english
    assert share.replace(",", ".") in english


def test_confidential_cells_are_c_and_nothing_else(published: Published) -> None:
    folder = published.live / "dataset" / FORM
    with (folder / "latest" / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        hidden = [row for row in csv.DictReader(stream) if row["ghi_chu_an_so"] == "c"]
    assert hidden
    for row in hidden[:20]:
        text = (folder / "agency" / row["ma_dinh_danh"] / "index.html").read_text(encoding="utf-8")
        (line,) = [line for line in text.split("<tr") if f"<small>{row['ma_linh_vuc']}</small>" in line]
        cells = re.findall(r'<td(?! class="t")[^>]*>([^<\n]*)', line)
        assert set(cells) == {"c"}
        assert "bảo mật" in text


def test_the_level_column_is_left_to_the_files(published: Published) -> None:
    for dataset in (FORM, RATES):
        edition = published.live / "dataset" / dataset
        assert "muc_tong_hop" in (edition / "latest" / "data.csv").read_text(encoding="utf-8-sig")[:200]
        text = (edition / "agency" / "TONG" / "index.html").read_text(encoding="utf-8")
        assert "Mức tổng hợp" not in text
        assert ('<tr class="sum">' in text) == (dataset == FORM)


def test_every_group_has_its_page_with_all_its_rows(published: Published) -> None:
    with (published.live / "dataset" / RATES / "latest" / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    codes = {row["ma_dinh_danh"] for row in rows}
    assert len(codes) > 70
    for code in codes:
        folder = published.live / "dataset" / RATES / "agency" / code
        shown = sum(path.read_text(encoding="utf-8").count("<tr") - 1 for path in folder.rglob("index.html"))
        assert shown == sum(row["ma_dinh_danh"] == code for row in rows)


def test_latest_is_the_newest_and_pinned_stays(published: Published) -> None:
    for dataset in (FORM, RATES):
        folder = published.live / "dataset" / dataset
        newest = folder / "2026-Q3" / "r1" / "data.csv"
        assert (folder / "latest" / "data.csv").read_bytes() == newest.read_bytes()
        old = (folder / "2026-Q2" / "r1" / "index.html").read_text(encoding="utf-8")
        assert "Đây là bản cũ" in old
        assert "Đây là bản cũ" not in (folder / "2026-Q3" / "r1" / "index.html").read_text(encoding="utf-8")


def test_the_long_file_holds_every_period(published: Published) -> None:
    with (published.live / "dataset" / FORM / "all" / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    each = [one.manifest["rows"] for releases in published.releases.values() for one in releases if one.dataset == FORM]
    assert len(rows) == sum(each)
    assert {row["ky_bao_cao"] for row in rows} == {"2026-Q2", "2026-Q3"}
    assert {row["ngat_chuoi"] for row in rows} == {""}


def test_feeds_are_atom_newest_first(published: Published) -> None:
    feeds = sorted(published.live.rglob("feed.atom"))
    assert len(feeds) == 6
    for path in feeds:
        root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  our own file
        entries = root.findall("{*}entry")
        assert len(entries) == (4 if path.parent in {published.live, published.live / "en"} else 2)
        updated = [entry.findtext("{*}updated") or "" for entry in entries]
        assert updated == sorted(updated, reverse=True)
        assert root.findtext("{*}updated") == updated[0] == "2026-09-23T00:00:00Z"
        assert len({entry.findtext("{*}id") for entry in entries}) == len(entries)


def test_the_calendar_can_be_subscribed_to(published: Published) -> None:
    content = (published.live / "calendar.ics").read_bytes()
    lines = content.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = content.decode().replace("\r\n ", "").split("\r\n")
    starts = [line.split(":")[1] for line in unfolded if line.startswith("DTSTART")]
    assert starts[:3] == ["20260623", "20260923", "20261223"]
    assert len(starts) == 6
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 6
    page = (published.live / "calendar" / "index.html").read_text(encoding="utf-8")
    for start in starts:
        day = date.fromisoformat(f"{start[:4]}-{start[4:6]}-{start[6:]}")
        assert f"{day:%d/%m/%Y}" in page


def test_machines_find_descriptions(published: Published) -> None:
    live = published.live
    package = json.loads((live / "datapackage.json").read_bytes())
    for resource in package["resources"]:
        assert (live / resource["path"]).stat().st_size == resource["bytes"]
    catalog = json.loads((live / "catalog.jsonld").read_bytes())
    assert [one["dct:identifier"] for one in catalog["dcat:dataset"]] == [FORM, RATES]
    text = (live / "dataset" / FORM / "index.html").read_text(encoding="utf-8")
    (embedded,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, flags=re.DOTALL)
    described = json.loads(embedded)
    assert described["@type"] == "Dataset"
    assert {one["encodingFormat"] for one in described["distribution"]} >= {"text/csv"}
    addresses = ET.parse(live / "sitemap.xml").findall("{*}url/{*}loc")  # noqa: S314  our own file
    assert len(addresses) == sum(path.name == "index.html" for path in pages(live))


def test_the_receipt_stands_beside_the_data_and_on_the_pages(published: Published) -> None:
    for period, plan in published.plans.items():
        for folder in (f"dataset/{FORM}/{period}/r1", f"publication/{plan.publication}/{period}"):
            receipt = json.loads((published.live / folder / "receipt.json").read_bytes())
            assert receipt["plan_hash"] == plan.hash
            page = (published.live / folder / "index.html").read_text(encoding="utf-8")
            assert plan.hash in page
            assert receipt["signature"] in page
    verify = (published.live / "verify" / "index.html").read_text(encoding="utf-8")
    assert receipt["public_key"] in verify


@pytest.mark.parametrize(
    ("prefix", "said"), [("", "nhiều nhất 1,5% số bản ghi"), ("en/", "at most 1.5% of the records")]
)
def test_the_publication_says_what_share_of_the_records_is_hidden(published: Published, prefix: str, said: str) -> None:
    pages = list((published.live / f"{prefix}publication").rglob("index.html"))
    assert pages
    assert all(said in page.read_text(encoding="utf-8") for page in pages)


def test_charts_have_their_spec_and_words(published: Published) -> None:
    folder = published.live / "dataset" / FORM / "2026-Q3" / "r1"
    spec = json.loads((folder / "chart.vi.vl.json").read_bytes())
    assert spec["encoding"]["x"]["scale"]["zero"]
    assert len(spec["data"]["values"]) == 12
    drawn = (folder / "chart.vi.svg").read_text(encoding="utf-8")
    assert all(value["name"] in drawn for value in spec["data"]["values"])
    assert (folder / "card.vi.png").read_bytes().startswith(b"\x89PNG")
