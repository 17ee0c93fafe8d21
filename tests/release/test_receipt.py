"""A receipt names what went out, who approved it and where the ledger stood; only its house can sign it."""

from __future__ import annotations

from typing import Any

import pytest

from minhbach.core import keys
from minhbach.core.errors import SealBroken
from minhbach.core.publishing import Proof
from minhbach.release import approve, check_receipt, make_receipt
from tests.release.small import DATASET, PERIOD, House


@pytest.fixture
def receipt(small: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("MINHBACH_NOW", "2026-09-23T02:00:00+00:00")
    release = small.seal(small.write())
    plan = small.plan([release])
    approval = approve(
        plan,
        "binh_duyet",
        small.private("binh_duyet"),
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
    )
    proof = Proof({"http://127.0.0.1/data.csv": "a" * 64}, {DATASET: "http://127.0.0.1/"})
    return make_receipt(plan, approval, [release], proof, small.ledger.head(), small.settings)


def test_a_receipt_says_it_all(small: House, receipt: dict[str, Any]) -> None:
    assert receipt["schema"] == "minhbach/receipt/1"
    assert receipt["published_at"] == "2026-09-23T02:00:00Z"
    assert receipt["clock_moved"] is True
    assert receipt["approval"]["approver"] == "binh_duyet"
    assert receipt["releases"][0]["manifest_sha256"]
    assert receipt["actions"] == {f"{DATASET}/{PERIOD}/r1": "create"}
    assert small.ledger.verify(receipt["ledger_head"]) == 2


def test_it_is_signed_by_the_house(small: House, receipt: dict[str, Any]) -> None:
    public = keys.signing_key(keys.secret("SIGNING_KEY", small.settings).value)
    assert check_receipt(receipt) == check_receipt(receipt, public) == public
    with pytest.raises(SealBroken, match="another house"):
        check_receipt(receipt, keys.signing_key(b"x" * 32))


def test_every_part_is_covered(receipt: dict[str, Any]) -> None:
    parts = [name for name in receipt if name not in {"signature", "public_key"}]
    assert len(parts) > 10
    for name in parts:
        with pytest.raises(SealBroken, match="signature"):
            check_receipt({**receipt, name: "changed"})
        with pytest.raises(SealBroken, match="signature"):
            check_receipt({key: value for key, value in receipt.items() if key != name})
    with pytest.raises(SealBroken, match="signature"):
        check_receipt({**receipt, "added": 1})
    with pytest.raises(SealBroken, match="no key"):
        check_receipt({**receipt, "public_key": "đây không phải khóa"})
