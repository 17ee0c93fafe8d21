"""Readers of Vietnamese find what they look for, however they type it; loads end in tables that can be searched."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from deploy.portal.schema import TYPES, vietnamese
from tests.deploy.test_services import until
from tests.portal import deploy_portal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal import Portal

# Addresses do not hold the words: they are indexed too, and would hide what the words themselves miss.
TITLES = {
    "bo-1": "Giấy tờ nộp một lần",
    "bo-2": "Số ngày chờ của người dân",
    "bo-3": "Công trình thủy lợi",
    "bo-4": "Hồ sơ đang giải quyết",
    "bo-5": "Hổ số liệu giống nhau",
    "bo-6": unicodedata.normalize("NFD", "Máy móc đường thủy"),
    "bo-7": "Đất đai Quảng Ninh",
}
FOUND = {
    "giấy tờ": "bo-1",
    "ngày": "bo-2",
    "thủy lợi": "bo-3",
    "hồ sơ": "bo-4",
    "máy": "bo-6",
    "đất đai": "bo-7",
}


def bare(text: str) -> str:
    """Write it as one does on a keyboard without accents."""
    marked = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


WAYS = {
    "as written": str,
    "without accents": bare,
    "in capitals": str.upper,
    "in capitals without accents": lambda text: bare(text).upper(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
}


@pytest.fixture(scope="module")
def filled(portal: Portal) -> Iterator[Portal]:
    portal.reset()
    for name, title in TITLES.items():
        portal.call(
            "package_create", token=portal.publisher_token, name=name, title=title, owner_org=portal.organization
        )
        portal.call("package_patch", token=portal.publisher_token, id=name, private=False)
    yield portal
    portal.reset()


def found(portal: Portal, query: str) -> list[str]:
    answer = httpx.get(f"{portal.url}/api/3/action/package_search", params={"q": query}, timeout=60)
    return [one["name"] for one in answer.json()["result"]["results"]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", FOUND)
def test_words_are_found_however_they_are_typed(filled: Portal, words: str, way: str) -> None:
    typed = WAYS[way](words)
    assert FOUND[words] in found(filled, typed)
    assert FOUND[words] in found(filled, f"title:({typed})")


def test_exact_accents_come_first(filled: Portal) -> None:
    assert found(filled, "hồ sơ")[:2] == ["bo-4", "bo-5"]
    assert found(filled, "hổ số")[:2] == ["bo-5", "bo-4"]


def test_another_word_is_not_taken_for_it(filled: Portal) -> None:
    assert found(filled, "giày") == ["bo-1"]  # giay, folded; and not bo-4, whose giải the stemmer made giai of
    assert found(filled, "xăng dầu") == []


def test_names_are_completed_without_accents(filled: Portal) -> None:
    asked = filled.call("package_autocomplete", q="giay to")
    assert [one["name"] for one in asked] == ["bo-1"]


def test_the_page_of_the_search_says_what_it_found_in_both_languages(filled: Portal) -> None:
    # Several, so that the plural is asked for: CKAN loses Vietnamese's rule of plurals when it merges catalogues.
    assert "Tìm thấy 2 bộ dữ liệu" in httpx.get(f"{filled.url}/dataset/", params={"q": "thủy"}).text
    assert "2 datasets found for" in httpx.get(f"{filled.url}/en/dataset/", params={"q": "thủy"}).text


def test_the_schema_that_production_mounts_is_made_of_the_same_change(portal: Portal) -> None:
    source = next(portal.home.venv.glob("lib/python*/site-packages/ckan/config/solr/schema.xml"))
    changed = vietnamese(source.read_text(encoding="utf-8"))
    assert changed == (portal.home.path / "solr" / "ckan" / "conf" / "schema.xml").read_text(encoding="utf-8")
    assert changed.count("preserveOriginal") == 2 * len(TYPES)
    assert "Snowball" not in changed
    assert '<schema name="ckan-2.12"' in changed


def test_a_schema_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="expected some in each of text, text_general, text_ngram"):
        vietnamese("<schema><types/></schema>")


def test_a_load_by_xloader_is_repaired(portal: Portal) -> None:
    portal.reset()
    token = portal.publisher_token
    made = portal.call("package_create", token=token, name="bang-1", title="Bảng", owner_org=portal.organization)
    portal.call("package_patch", token=token, id=made["id"], private=False)
    sent = httpx.post(
        f"{portal.url}/api/3/action/resource_create",
        headers={"Authorization": token},
        data={"package_id": made["id"], "name": "bang.csv", "format": "CSV"},
        files={"upload": ("bang.csv", "mã,tên đường\n1,Lê Lợi\n2,Bạch Đằng\n".encode())},
        timeout=60,
    )
    resource = sent.json()["result"]["id"]

    def loaded() -> Any:
        return portal.call("xloader_status", token=portal.admin_token, resource_id=resource)["status"] == "complete"

    until(loaded, seconds=240)
    table = portal.call("datastore_search", resource_id=resource)
    assert [one["id"] for one in table["fields"]] == ["_id", "mã", "tên đường"]
    assert deploy_portal("repair", "--home", portal.home.path).returncode == 0
    assert portal.call("datastore_search", resource_id=resource)["total"] == 2
    portal.call(
        "datastore_upsert",
        token=token,
        resource_id=resource,
        method="insert",
        force=True,
        records=[{"mã": "3", "tên đường": "Trần Phú"}],
    )
    # Only a trigger that is on puts the new row among the words that are searched.
    assert [one["mã"] for one in portal.call("datastore_search", resource_id=resource, q="Phú")["records"]] == ["3"]
    portal.reset()
