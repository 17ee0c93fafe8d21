"""Anybody who looks for a quarter on the portal: page, files, rows, receipt. Asks CKAN as nobody in particular."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx

from minhbach.release import receipt as receipts
from publishers.ckan.holdings import FILE, PLAN, RECEIPT, RELEASE
from publishers.ckan.names import package_name

if TYPE_CHECKING:
    from tests.airflow import Airflow
    from tests.portal import Portal

DATASETS = ("giai_quyet_ho_so", "dung_han_theo_thu_tuc")


def is_out(portal: Portal, period: str) -> bool:
    """Say whether anybody finds any file of a quarter."""
    for dataset in DATASETS:
        asked = httpx.get(f"{portal.url}/api/3/action/package_show", params={"id": package_name(dataset)}, timeout=60)
        held = asked.json()["result"]["resources"] if asked.is_success else []
        if any(str(one.get(RELEASE, "")).startswith(f"{period}/") for one in held):
            return True
    return False


def read(portal: Portal, airflow: Airflow, period: str, plan: str) -> dict[str, Any]:
    """Read all of a quarter against what the house sealed, and return the receipt that lies beside it."""
    found = {}
    for dataset in DATASETS:
        package = portal.call("package_show", id=package_name(dataset))
        page = httpx.get(f"{portal.url}/dataset/{package['name']}", timeout=60)
        assert page.is_success
        assert package["title"] in page.text
        sealed = airflow.instance.house / "lake" / "releases" / dataset / period / "r1" / "manifest.json"
        manifest = json.loads(sealed.read_text(encoding="utf-8"))
        held = {one[FILE]: one for one in package["resources"] if one.get(RELEASE) == f"{period}/r1" and one.get(FILE)}
        assert {one[PLAN] for one in held.values()} == {plan}
        assert len(manifest["files"]) >= 3
        for name, told in manifest["files"].items():
            content = httpx.get(held[name]["url"], follow_redirects=True, timeout=60).content
            assert hashlib.sha256(content).hexdigest() == told["sha256"], f"{dataset} {period} {name}"
        table = next(one for one in package["resources"] if one["url_type"] == "datastore")
        rows = portal.call("datastore_search", resource_id=table["id"], filters={"ky_bao_cao": period}, limit=1)
        assert rows["total"] == manifest["rows"] > 0
        url = next(one["url"] for one in package["resources"] if one.get(RECEIPT) == plan)
        found[dataset] = httpx.get(url, follow_redirects=True, timeout=60).json()
    receipt: dict[str, Any] = found[DATASETS[0]]
    assert found[DATASETS[1]] == receipt, "one publication, one receipt"
    assert receipts.check(receipt)
    assert receipt["plan_hash"] == plan
    assert {f"{one['dataset']}/{one['period']}" for one in receipt["releases"]} == {
        f"{one}/{period}" for one in DATASETS
    }
    return receipt
