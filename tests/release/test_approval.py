"""An approval is of exactly this plan, by a declared person, who is not its preparer."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minhbach.core import keys
from minhbach.core.errors import ApprovalRefused
from minhbach.release import Approval, approval_for, approve
from tests.release.small import House, a_table

if TYPE_CHECKING:
    from minhbach.core.publishing import Plan


@pytest.fixture
def plan(small: House) -> Plan:
    return small.plan([small.seal(small.write())])


def approved(small: House, plan: Plan, person: str = "binh_duyet", key_of: str | None = None, **more: str) -> Approval:
    return approve(
        plan,
        person,
        small.private(key_of or person),
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
        **more,
    )


def test_an_approval_is_found_again(small: House, plan: Plan) -> None:
    given = approved(small, plan, note="Đã xem")
    assert approval_for(plan, small.ledger, small.catalog, small.settings) == given
    assert (given.approver, given.how, given.note, given.plan_hash) == ("binh_duyet", "signature", "Đã xem", plan.hash)
    entry = small.ledger.last("approved", plan.hash)
    assert entry is not None
    assert entry.number == given.ledger_entry


def test_approving_twice_is_once(small: House, plan: Plan) -> None:
    assert approved(small, plan) == approved(small, plan, note="lần nữa")
    assert len(small.ledger.entries("approved")) == 1
    approved(small, plan, "chi_duyet")
    assert len(small.ledger.entries("approved")) == 2


def test_without_an_approval_there_is_none(small: House, plan: Plan) -> None:
    with pytest.raises(ApprovalRefused, match="binh_duyet, chi_duyet") as caught:
        approval_for(plan, small.ledger, small.catalog, small.settings)
    assert caught.value.exit_code == 3


def test_an_approval_of_another_plan_is_none_of_this(small: House, plan: Plan) -> None:
    approved(small, plan)
    other = small.plan([small.seal(small.write())], preparer="giang_hai_vai")
    with pytest.raises(ApprovalRefused, match=other.hash):
        approval_for(other, small.ledger, small.catalog, small.settings)


@pytest.mark.parametrize(
    ("person", "key_of", "said"),
    [
        ("binh_duyet", "an_lap", "preparer"),  # the preparer's key under another name
        ("an_lap", "binh_duyet", "preparer"),  # the preparer's name with another key
        ("binh_duyet", "chi_duyet", "found the key"),
        ("dung_ngoai", None, "approved_by"),
        ("hoa_khong_vai", None, "roles"),
        ("ai_do", "chi_duyet", "approved_by"),
        ("khanh_khong_khoa", "chi_duyet", "public_key"),
    ],
)
def test_who_may_not_is_refused(small: House, plan: Plan, person: str, key_of: str | None, said: str) -> None:
    with pytest.raises(ApprovalRefused, match=said) as caught:
        approved(small, plan, person, key_of)
    assert "\n" not in str(caught.value)
    assert not small.ledger.entries("approved")


def test_the_preparer_with_both_roles_does_not_approve_his_own(small: House) -> None:
    plan = small.plan([small.seal(small.write())], preparer="giang_hai_vai")
    with pytest.raises(ApprovalRefused, match="somebody else"):
        approved(small, plan, "giang_hai_vai")
    assert approved(small, plan).approver == "binh_duyet"


def test_another_hash_than_was_shown_is_refused(small: House, plan: Plan) -> None:
    with pytest.raises(ApprovalRefused, match="another plan"):
        approved(small, plan, expected_hash="0" * 64)
    assert approved(small, plan, expected_hash=plan.hash).plan_hash == plan.hash


def test_a_plan_its_preparer_did_not_sign_is_refused(small: House, plan: Plan) -> None:
    changed = replace(plan, issued="2026-12-31")
    with pytest.raises(ApprovalRefused, match="its preparer"):
        approved(small, changed)
    approved(small, plan)
    with pytest.raises(ApprovalRefused, match="its preparer"):
        approval_for(changed, small.ledger, small.catalog, small.settings)


def test_a_plan_of_somebody_the_publication_does_not_name_is_refused(small: House) -> None:
    plan = small.plan([small.seal(small.write())], preparer="hoa_khong_vai")
    with pytest.raises(ApprovalRefused, match="prepared_by"):
        approved(small, plan)


def test_whoever_writes_the_ledger_cannot_approve_for_another(small: House, plan: Plan) -> None:
    real = small.ledger.entries("approved")
    assert real == []
    given = approved(small, plan)
    content = small.ledger.entries("approved")[0].content
    other = small.plan([small.seal(small.write(a_table(), issued="2026-09-23"))], preparer="giang_hai_vai")
    forged = [
        {**content},  # an old signature under another plan
        {**content, "approver_key": keys.signing_key(secrets.token_bytes(32))},
        {**content, "how": "word of mouth"},
        {**content, "approver": "chi_duyet"},
        {**content, "note": "other"},
    ]
    for said in forged:
        small.ledger.append("approved", other.hash, said)
        with pytest.raises(ApprovalRefused):
            approval_for(other, small.ledger, small.catalog, small.settings)
    assert small.ledger.verify() == len(forged) + 2
    assert given.plan_hash == plan.hash


def test_a_right_taken_away_ends_the_approval(small: House, plan: Plan) -> None:
    approved(small, plan)
    publication = small.catalog.publications["cong_bo"]
    fewer = publication.model_copy(update={"approved_by": ["chi_duyet"]})
    catalog = replace(small.catalog, publications={"cong_bo": fewer})
    with pytest.raises(ApprovalRefused, match="approved_by"):
        approval_for(plan, small.ledger, catalog, small.settings)
