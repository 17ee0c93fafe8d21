"""Publishing to a real CKAN: create, repeat, another period, a revision; nothing before its time, nothing twice."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minhbach.core import jsonfile
from minhbach.core.errors import PortalFailed, SealBroken
from publishers.ckan.errors import ActionRefused, OutcomeUnknown
from publishers.ckan.flipping import Flip, Flipper
from publishers.ckan.writing import Writer
from tests.publishers.sealed import FORM, RATES, receipt_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publishers.ckan.conftest import Room

PAGES = {FORM: "giai-quyet-ho-so", RATES: "dung-han-theo-thu-tuc"}
MODES = ("copy", "api")


@pytest.mark.parametrize("mode", MODES)
def test_a_quarter_goes_out_whole_and_a_repeat_writes_nothing(room: Room, mode: str) -> None:
    releases = room.both("2026-Q2")
    plan = room.plan(releases, mode)
    assert {change.action for change in plan.changes} == {"create"}
    steps: list[str] = []
    room.apply(plan, releases, mode, steps.append)
    assert [step.rsplit(": ", 1)[1] for step in steps[-2:]] == ["flipped", "flipped"]
    publisher = room.publisher(mode)
    proof = publisher.read_back(plan, releases)
    assert proof.problems == ()
    assert len(proof.ids) > 20
    publisher.attach_receipt(plan, receipt_of(plan, releases))
    live = publisher.observe()
    assert live.edited == ()
    assert {name: set(held.releases) for name, held in live.datasets.items()} == {
        FORM: {"2026-Q2/r1"},
        RATES: {"2026-Q2/r1"},
    }

    before = room.settled()
    again = room.publisher(mode)
    again.apply(plan, releases, pytest.fail)
    assert again.read_back(plan, releases).problems == ()
    again.attach_receipt(plan, receipt_of(plan, releases))
    unchanged = room.plan(releases, mode)
    assert {change.action for change in unchanged.changes} == {"unchanged"}
    assert not any(change.metadata_diff for change in unchanged.changes)
    again.apply(unchanged, releases, pytest.fail)
    assert room.portal.log_size() > before, "it did look"
    assert room.portal.writes(before) == []


def test_the_page_tells_a_journalist_first_what_matters(room: Room) -> None:
    room.publish("2026-Q3")
    package = room.package(PAGES[FORM])
    assert package["title"] == "Tình hình, kết quả giải quyết hồ sơ (Biểu 06)"
    vietnamese, english = package["notes"].split("\n\n---\n\n")
    assert vietnamese.startswith("**Tỉnh Quảng Ninh giải quyết xong")
    assert "### Dossier handling (form 06)" in english
    assert package["organization"]["name"] == "ubnd-quang-ninh"
    assert [group["title"] for group in package["groups"]] == ["Giải quyết thủ tục hành chính"]
    assert {tag["name"] for tag in package["tags"]} == {"một cửa", "thủ tục hành chính", "biểu 06"}
    extras = {one["key"]: one["value"] for one in package["extras"]}
    assert extras["minhbach_release"] == "2026-Q3/r1"
    assert (extras["data_as_of"], extras["released_at"]) == ("2026-09-23", "2026-09-23")
    assert (extras["next_period"], extras["temporal_end"]) == ("2026-Q4", "2026-09-14")
    table, *files = package["resources"]
    assert table["name"].startswith("Bảng số liệu mọi kỳ")
    assert [view["view_type"] for view in room.portal.call("resource_view_list", id=table["id"])] == ["datatables_view"]
    assert [one["format"] for one in files[:3]] == ["CSV", "XLSX", "Parquet"]
    assert not any(one["hash"] or one["datastore_active"] for one in files)
    found = room.portal.call("datastore_search", resource_id=table["id"], limit=1, q="Sở")
    assert found["records"][0]["ky_bao_cao"] == "2026-Q3"


def test_another_period_and_a_revision_leave_the_earlier_ones_where_they_are(room: Room) -> None:
    mode = "copy"
    _, first = room.publish("2026-Q2", mode)
    old = {one["id"]: one for one in room.package(PAGES[FORM])["resources"] if one["url_type"] == "upload"}
    room.publish("2026-Q3", mode)
    now = {one["id"]: one for one in room.package(PAGES[FORM])["resources"]}
    assert {key: one["last_modified"] for key, one in old.items()} == {key: now[key]["last_modified"] for key in old}
    csv = next(one for one in old.values() if one["minhbach_file"] == "data.csv")
    content = httpx.get(now[csv["id"]]["url"], follow_redirects=True).content
    assert hashlib.sha256(content).hexdigest() == first[0].manifest["files"]["data.csv"]["sha256"]

    untouched = room.package(PAGES[RATES])["resources"]
    revised = [
        room.house.release(FORM, "2026-Q3", agencies=4, seed=7, reason="Sửa lỗi cộng dồn"),
        room.both("2026-Q3")[1],
    ]
    plan = room.plan(revised, mode)
    assert {change.dataset: change.action for change in plan.changes} == {FORM: "update", RATES: "unchanged"}
    room.apply(plan, revised, mode)
    assert room.publisher(mode).read_back(plan, revised).problems == ()
    assert _files(room.package(PAGES[RATES])["resources"]) == _files(untouched)
    held = room.publisher(mode).observe().datasets[FORM].releases
    assert set(held) == {"2026-Q2/r1", "2026-Q3/r1", "2026-Q3/r2"}
    table = room.package(PAGES[FORM])["resources"][0]
    rows = room.portal.call("datastore_search", resource_id=table["id"], limit=0)["total"]
    assert rows == sum(one.manifest["rows"] for one in (first[0], revised[0]))


def test_nothing_can_be_seen_before_the_flip(room: Room) -> None:
    room.publish("2026-Q2")
    known = {one["id"] for name in PAGES.values() for one in room.package(name)["resources"]}
    pages = {name: httpx.get(f"{room.portal.url}/dataset/{name}").text for name in PAGES.values()}
    releases = room.both("2026-Q3")
    plan = room.plan(releases)
    room.publisher().stage(plan, releases, lambda _: None)
    twins = [f"{name}--cho-cong-bo" for name in PAGES.values()]
    token = room.portal.publisher_token
    waiting = {one["id"]: twin for twin in twins for one in room.package(twin, token=token)["resources"]}
    assert len(waiting) >= 20, "it is there"
    assert not waiting.keys() & known
    with httpx.Client(base_url=room.portal.url) as anyone:

        def denied(path: str, **params: Any) -> None:
            answer = anyone.get(path, params=params)
            assert answer.status_code == 404, f"{path} {params}: {answer.status_code}"

        for twin in twins:
            denied("/api/3/action/package_show", id=twin)
            denied(f"/dataset/{twin}")
            denied(f"/dataset/{twin}.ttl")
            denied(f"/dataset/{twin}.jsonld")
        for resource, twin in waiting.items():
            denied("/api/3/action/resource_show", id=resource)
            denied("/api/3/action/datastore_search", resource_id=resource)
            denied(f"/dataset/{twin}/resource/{resource}")
            denied(f"/dataset/{twin}/resource/{resource}/download/data.csv")
            denied(f"/dataset/{twin.removesuffix('--cho-cong-bo')}/resource/{resource}/download/data.csv")
            denied(f"/datastore/dump/{resource}")
        places = ("/feeds/dataset.atom", "/catalog.ttl", "/catalog.jsonld", "/dataset/", "/group/", "/organization/")
        search = [("/api/3/action/package_search", {"q": "*:*", "include_private": "true", "rows": "100"})]
        for path, params in [*((place, {}) for place in places), *search]:
            told = anyone.get(path, params=params).text
            assert "cho-cong-bo" not in told, path
            assert "2026-Q3/r1" not in told, path
        assert anyone.get("/api/3/action/package_list").json()["result"] == sorted(PAGES.values())
        aliases = anyone.get("/api/3/action/datastore_search", params={"resource_id": "_table_metadata"}).text
        assert "minhbach" not in aliases
    for name, page in pages.items():
        now = room.package(name)
        assert {one["minhbach_release"] for one in now["resources"] if one.get("minhbach_release")} == {"2026-Q2/r1"}
        assert len(httpx.get(f"{room.portal.url}/dataset/{name}").text) == pytest.approx(len(page), rel=0.05)
    room.apply(plan, releases)
    assert room.publisher().read_back(plan, releases).problems == ()


def test_a_new_dataset_cannot_be_seen_before_the_flip(room: Room) -> None:
    releases = room.both("2026-Q2")
    plan = room.plan(releases)
    room.publisher().stage(plan, releases, lambda _: None)
    for name in PAGES.values():
        assert httpx.get(f"{room.portal.url}/api/3/action/package_show", params={"id": name}).status_code == 404
        assert httpx.get(f"{room.portal.url}/dataset/{name}").status_code == 404
    assert room.portal.call("package_search", q="*:*", include_private=True)["count"] == 0
    assert room.publisher().observe().datasets == {}
    before = room.settled()
    room.apply(plan, releases)
    assert len(room.portal.writes(before)) == 2, "staged already: one request flips each dataset"


def test_a_killed_apply_goes_forward_from_wherever_it_was(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.publish("2026-Q2")
    releases = room.both("2026-Q3")
    plan = room.plan(releases)
    publisher = room.publisher()
    flip = publisher.applier.flipper.flip

    def dying(one: Flip) -> None:
        if one.name == PAGES[RATES]:
            raise OutcomeUnknown("the portal is gone")
        flip(one)

    monkeypatch.setattr(publisher.applier.flipper, "flip", dying)
    with pytest.raises(PortalFailed, match=r"Out already: giai-quyet-ho-so.*goes on with dung-han-theo-thu-tuc"):
        publisher.apply(plan, releases, lambda _: None)
    before = room.settled()
    room.apply(plan, releases)
    assert room.publisher().read_back(plan, releases).problems == ()
    files = [one for one in room.portal.writes(before) if "package_revise" in one]
    assert len(files) == 3, "taken back into the waiting place, let go, flipped: nothing was uploaded again"


@pytest.mark.parametrize("mode", MODES)
def test_when_a_later_dataset_cannot_flip_the_earlier_goes_back(
    room: Room, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publish("2026-Q2", mode)
    old = room.publisher(mode).observe()
    releases = room.both("2026-Q3")
    plan = room.plan(releases, mode)
    publisher = room.publisher(mode)
    flip = publisher.applier.flipper.flip

    def refused(one: Flip) -> None:
        if one.name == PAGES[RATES]:
            raise ActionRefused("the portal refused.", 409, {"__type": "Validation Error"})
        flip(one)

    monkeypatch.setattr(publisher.applier.flipper, "flip", refused)
    steps: list[str] = []
    with pytest.raises(PortalFailed, match=r"dung-han-theo-thu-tuc cannot flip, so giai-quyet-ho-so went back"):
        publisher.apply(plan, releases, steps.append)
    assert steps[-1] == "giai-quyet-ho-so: rolled back"
    now = room.publisher(mode).observe()
    assert now.edited == ()
    assert now == old, "the plan still fits"
    room.apply(plan, releases, mode)
    assert room.publisher(mode).read_back(plan, releases).problems == ()


def test_the_receipt_lies_beside_the_data_and_a_download_proves_itself(room: Room, tmp_path: Path) -> None:
    from minhbach.verify import verify

    plan, releases = room.publish("2026-Q2")
    receipt = receipt_of(plan, releases)
    room.publisher().attach_receipt(plan, receipt)
    folder = tmp_path / "download"
    folder.mkdir()
    for one in room.package(PAGES[FORM])["resources"]:
        if name := one.get("minhbach_file"):
            (folder / name).write_bytes(httpx.get(one["url"]).content)
    assert json.loads((folder / "receipt.json").read_bytes()) == receipt
    assert jsonfile.file_sha256(folder / "data.csv") == releases[0].manifest["files"]["data.csv"]["sha256"]
    assert verify(str(folder))


def test_a_plan_for_another_state_is_refused(room: Room) -> None:
    early = room.plan(room.both("2026-Q3"))
    room.publish("2026-Q2")
    before = room.settled()
    with pytest.raises(SealBroken, match="live in another state than the plan was made for; plan again"):
        room.apply(early, room.both("2026-Q3"))
    assert room.portal.writes(before) == []


def _files(resources: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["id"], one["url"], one["last_modified"]) for one in resources if one["url_type"] == "upload"]


def test_what_a_killed_run_had_asked_for_may_still_be_carried_out_while_the_next_one_stages(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    revise, moved = Writer.revise, []

    def overtaken(writer: Writer, package: Any, update: Any, files: Any = None) -> Any:
        if package["private"] and package["id"] not in moved:
            moved.append(package["id"])
            notes = f"{package['notes']} (đang chờ)"
            room.portal.call("package_patch", token=room.portal.publisher_token, id=package["id"], notes=notes)
        return revise(writer, package, update, files)

    monkeypatch.setattr(Writer, "revise", overtaken)
    for number, period in enumerate(("2026-Q2", "2026-Q3"), start=1):
        plan, releases = room.publish(period)
        assert room.publisher().read_back(plan, releases).problems == ()
        assert len(moved) == 2 * number, "first each dataset's own package was private, then the one beside it"


def test_an_apply_that_dies_between_page_and_table_is_finished_by_its_deputy(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publish("2026-Q2")
    releases = room.both("2026-Q3")
    plan = room.plan(releases)
    revise = Flipper._revise

    def dying(flipper: Flipper, flip: Flip) -> None:
        revise(flipper, flip)
        raise KeyboardInterrupt

    monkeypatch.setattr(Flipper, "_revise", dying)
    with pytest.raises(KeyboardInterrupt):
        room.apply(plan, releases)
    table = next(one["id"] for one in room.package(PAGES[FORM])["resources"] if one["url_type"] == "datastore")
    until = time.monotonic() + 60
    while not room.portal.call("datastore_search", resource_id=table, filters={"ky_bao_cao": "2026-Q3"})["records"]:
        assert time.monotonic() < until, "the page is new and its table stays old"
        time.sleep(0.1)
    monkeypatch.setattr(Flipper, "_revise", revise)
    room.apply(plan, releases)
    assert room.publisher().read_back(plan, releases).problems == ()
