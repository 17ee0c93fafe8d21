"""What others do to a portal is named and put right; what must go goes whole; what would fail is refused early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import rdflib

from minhbach.core.errors import PortalFailed, SealBroken
from tests.publishers.ckan.test_publishing import PAGES
from tests.publishers.sealed import FORM, RATES
from tests.shapes import findings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publishers.ckan.conftest import Room

NEXT = rdflib.URIRef("http://www.w3.org/ns/hydra/core#next")
NOT_TOLD = {
    "http://www.w3.org/ns/dcat#bbox",  # a province's outline is no part of a statistics release
    "http://www.w3.org/ns/dcat#centroid",
    "http://purl.org/dc/terms/type",  # kinds of publishers: a list of the European Union
    "http://purl.org/dc/terms/publisher",  # no corporate body of the European Union
    "http://purl.org/dc/terms/spatial",  # a province has no entry in the Union's list of places, a portal no place
    "http://purl.org/dc/terms/description",  # of files that only programs read; their names say what they are
    "http://purl.org/dc/terms/license",  # each file has its licence; a catalogue of many publishers has none
    "http://purl.org/dc/terms/issued",  # CKAN does not know since when there is a catalogue
}
"""Recommended, with no answer here; none of them may be a violation."""


def edit(room: Room, what: str, tmp_path: Path) -> None:
    """Do by hand, with an administrator's rights, what a helpful colleague does in the portal's own pages."""
    admin, name = room.portal.admin_token, PAGES[FORM]
    package = room.package(name, token=admin)
    csv = next(one for one in package["resources"] if one.get("minhbach_file") == "data.csv")
    table = package["resources"][0]
    if what == "title":
        room.portal.call("package_patch", id=package["id"], title="Tên khác", token=admin)
    elif what == "extras.data_as_of":
        extras = [{**one, "value": "2020-01-01"} if one["key"] == "data_as_of" else one for one in package["extras"]]
        room.portal.call("package_patch", id=package["id"], extras=extras, token=admin)
    elif what == "(added)":
        room.portal.call("resource_create", package_id=package["id"], name="Lạ", url="http://127.0.0.1/x", token=admin)
    elif what == "(missing)":
        resources = [one for one in package["resources"] if one["id"] != csv["id"]]
        room.portal.call("package_patch", id=package["id"], resources=resources, token=admin)
    elif what == "file replaced":
        (tmp_path / "data.csv").write_bytes(b"a,b\r\n1,2\r\n")
        answer = httpx.post(
            f"{room.portal.url}/api/3/action/resource_patch",
            data={"id": csv["id"]},
            files={"upload": ("data.csv", (tmp_path / "data.csv").read_bytes())},
            headers={"Authorization": admin},
        )
        assert answer.is_success
    else:
        rows = room.portal.call("datastore_search", resource_id=table["id"], limit=1)["records"]
        key = {column: rows[0][column] for column in ("ky_bao_cao", "ma_dinh_danh", "ma_linh_vuc")}
        room.portal.call(
            "datastore_upsert",
            resource_id=table["id"],
            method="update",
            force=True,
            records=[{**key, "tiep_nhan": 999999}],
            token=admin,
        )


@pytest.mark.parametrize(
    "edits", [("title", "extras.data_as_of", "(added)"), ("(missing)",), ("file replaced",), ("datastore content",)]
)
def test_an_edit_by_hand_is_refused_by_its_name_and_put_right_by_the_next_plan(
    room: Room, edits: tuple[str, ...], tmp_path: Path
) -> None:
    room.publish("2026-Q2")
    releases = room.both("2026-Q3" if "title" in edits else "2026-Q2")
    plan = room.plan(releases)
    before = room.settled()
    for what in edits:
        edit(room, what, tmp_path)
    with pytest.raises(SealBroken, match="giai-quyet-ho-so: found edited by hand: ") as refused:
        room.apply(plan, releases)
    assert [what for what in edits if what not in str(refused.value)] == []
    assert len(room.portal.writes(before)) == len(edits), "the edits themselves"
    again = room.plan(releases)
    assert all(what in " ".join(room.publisher().observe().edited) for what in edits)
    room.apply(again, releases)
    assert room.publisher().observe().edited == ()
    assert room.publisher().read_back(again, releases).problems == ()


def test_broken_positions_are_noticed_and_repaired(room: Room) -> None:
    """A repeated resource_create leaves a gap, and CKAN 2.12.0 answers every further write with 500."""
    room.publish("2026-Q2")
    name, token = PAGES[FORM], room.portal.publisher_token
    package = room.package(name)
    csv = next(one for one in package["resources"] if one.get("minhbach_file") == "data.csv")
    again = {key: csv[key] for key in ("id", "name", "format", "url_type", "sha256")}
    room.portal.call("resource_create", package_id=package["id"], url="data.csv", token=token, **again)
    broken = [one["position"] for one in room.package(name)["resources"]]
    assert broken != list(range(len(broken))), "the fault is there"
    with pytest.raises(AssertionError, match="500"):
        room.portal.call("package_patch", id=package["id"], title="x", token=token)
    assert any("positions" in said for said in room.publisher().observe().edited)
    releases = room.both("2026-Q2")
    plan = room.plan(releases)
    room.apply(plan, releases)
    assert room.publisher().observe().edited == ()
    assert room.publisher().read_back(plan, releases).problems == ()
    mended = [one["position"] for one in room.package(name)["resources"]]
    assert mended == list(range(len(mended)))


@pytest.mark.parametrize("mode", ["copy", "api"])
def test_what_is_withdrawn_is_gone_from_page_table_and_disk(room: Room, mode: str) -> None:
    room.publish("2026-Q2", mode)
    room.publish("2026-Q3", mode)
    before = room.package(PAGES[FORM])["resources"]
    gone = [one for one in before if one.get("minhbach_release") == "2026-Q3/r1"]
    withdrawn = [one for one in room.both("2026-Q3") if one.dataset == FORM]
    plan = room.plan([], mode, withdraw=withdrawn)
    room.apply(plan, withdrawn, mode)
    _nothing_answers(room, gone)
    page = room.package(PAGES[FORM])
    assert "quý III/2026 (r1): đã thu hồi" in page["notes"]
    assert "Sai sót trong tính toán." in page["notes"]
    rows = room.portal.call("datastore_search", resource_id=page["resources"][0]["id"], limit=1)["records"]
    assert rows[0]["ky_bao_cao"] == "2026-Q2"
    live = room.publisher(mode).observe()
    assert live.edited == ()
    assert live.datasets[FORM].withdrawn == ("2026-Q3/r1",)

    last = [one for one in room.both("2026-Q2") if one.dataset == FORM]
    room.apply(room.plan([], mode, withdraw=last), last, mode)
    _nothing_answers(room, page["resources"])
    tombstone = room.package(PAGES[FORM])
    assert tombstone["resources"] == []
    assert "Hiện chưa có bản thay thế." in tombstone["notes"]
    assert "Contact: " in tombstone["notes"]
    assert room.publisher(mode).observe().edited == ()
    assert len(room.package(PAGES[RATES])["resources"]) == 23, "the other dataset stays"


def _nothing_answers(room: Room, gone: list[dict[str, Any]]) -> None:
    assert gone
    stored = {path.name for path in room.portal.storage.rglob("*") if path.is_file()}
    for one in gone:
        assert one["id"][6:] not in stored, one["name"]
        assert httpx.get(one["url"]).status_code == 404, one["name"]
        for token in (None, room.portal.publisher_token):
            answer = httpx.post(
                f"{room.portal.url}/api/3/action/datastore_search",
                json={"resource_id": one["id"]},
                headers={"Authorization": token} if token else {},
            )
            assert answer.status_code in ({403, 404} if token else {404}), one["name"]


def test_a_portal_that_cannot_take_it_is_refused_before_anything_is_sent(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = room.both("2026-Q2")
    plan = room.plan(releases)
    before = room.settled()
    with pytest.raises(PortalFailed, match=r"largest_file: found 1000 bytes, expected room for a file of \d+ bytes"):
        room.publisher(largest_file=1000).apply(plan, releases, pytest.fail)
    monkeypatch.delenv("MINHBACH_PORTAL_CKAN_ADMIN_TOKEN_FILE")
    room.portal.call("group_delete", id="giai-quyet-thu-tuc-hanh-chinh", token=room.portal.admin_token)
    with pytest.raises(PortalFailed, match="expected the group giai-quyet-thu-tuc-hanh-chinh"):
        room.publisher().apply(plan, releases, pytest.fail)
    assert [one for one in room.portal.writes(before) if "package" in one] == []
    monkeypatch.setenv("MINHBACH_PORTAL_CKAN_TOKEN", "no-such-token")
    monkeypatch.delenv("MINHBACH_PORTAL_CKAN_TOKEN_FILE", raising=False)
    with pytest.raises(PortalFailed, match="token") as refused:
        room.publisher().apply(plan, releases, pytest.fail)
    assert "no-such-token" not in repr(refused.value) + repr(room.publisher().portal)


def test_a_dead_search_is_noticed_before_anything_is_sent(room: Room) -> None:
    releases = room.both("2026-Q2")
    plan = room.plan(releases)
    before = room.settled()
    room.portal.stop_solr()
    try:
        with pytest.raises(PortalFailed, match="expected Solr alive"):
            room.apply(plan, releases)
        assert room.portal.writes(before) == []
    finally:
        room.portal.start_solr()


@pytest.mark.shared_data
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_what_the_portal_says_in_dcat_keeps_the_shapes(room: Room, shared_data: Path) -> None:
    room.publish("2026-Q3")
    pages = [httpx.get(f"{room.portal.url}/dataset/{name}.ttl").text for name in PAGES.values()]
    graphs = [rdflib.Graph().parse(data=page, format="turtle") for page in pages]
    catalogue = [*_catalogue(f"{room.portal.url}/catalog.ttl"), *_catalogue(f"{room.portal.url}/catalog.rdf")]
    assert sum(len(list(page.objects(None, rdflib.DCAT.dataset))) for page in catalogue) == 2 * len(PAGES)
    for graph in graphs:
        assert len(list(graph.subjects(rdflib.RDF.type, rdflib.DCAT.Distribution))) == 12
    for graph in [*graphs, *catalogue]:
        found = findings(graph, shared_data)
        assert {one for one in found if one.is_violation} == set()
        assert {one.path for one in found} <= NOT_TOLD
    beyond = _catalogue(f"{room.portal.url}/catalog.ttl?page=2")
    assert {one for page in beyond for one in findings(page, shared_data) if one.is_violation} == set()
    graphs[0].remove((None, rdflib.DCTERMS.title, None))
    assert any(one.is_violation for one in findings(graphs[0], shared_data)), "the shapes notice what is missing"


def _catalogue(url: str) -> list[rdflib.Graph]:
    """Follow a catalogue through its pages."""
    pages = []
    following: str | None = url
    while following:
        answer = httpx.get(following)
        assert answer.is_success, following
        pages.append(rdflib.Graph().parse(data=answer.text, format="turtle" if ".ttl" in url else "xml"))
        following = next(map(str, pages[-1].objects(None, NEXT)), None)
    return pages
