"""An approval is of exactly this plan, by a declared person, who is not its preparer."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minhbach.core import keys
from minhbach.core.errors import ApprovalRefused
from minhbach.core.ledger import Ledger
from minhbach.release import Approval, approval_for, approve, approve_by_login, reject_by_login
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


def by_login(small: House, plan: Plan, login: str = "duyet", shown: str | None = None) -> Approval:
    return approve_by_login(
        plan,
        login,
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
        expected_hash=shown or plan.hash,
    )


def test_a_login_approves_once_and_the_house_attests_it(small: House, plan: Plan) -> None:
    given = by_login(small, plan)
    assert by_login(small, plan) == given
    assert approval_for(plan, small.ledger, small.catalog, small.settings) == given
    house = keys.signing_key(keys.secret("SIGNING_KEY", small.settings).value)
    assert (given.approver, given.how, given.approver_key) == ("binh_duyet", "airflow", house)
    assert len(small.ledger.entries("approved")) == 1


@pytest.mark.parametrize(
    ("login", "said"),
    [("lap", "preparer"), ("ngoai", "approved_by"), ("khong_vai", "roles"), ("ai_do", "nobody"), ("", "nobody")],
)
def test_a_login_that_may_not_is_refused(small: House, plan: Plan, login: str, said: str) -> None:
    with pytest.raises(ApprovalRefused, match=said):
        by_login(small, plan, login)
    assert not small.ledger.entries("approved")


def test_a_login_approves_only_what_it_was_shown(small: House, plan: Plan) -> None:
    with pytest.raises(ApprovalRefused, match="another plan"):
        by_login(small, plan, shown="0" * 64)


def test_whoever_writes_the_ledger_cannot_say_that_somebody_was_logged_in(small: House, plan: Plan) -> None:
    by_login(small, plan)
    (real,) = (entry.content for entry in small.ledger.entries("approved"))
    refusal = reject_by_login(
        plan, "duyet", ledger=small.ledger, catalog=small.catalog, settings=small.settings
    ).content
    other = small.plan([small.seal(small.write())], preparer="giang_hai_vai")
    mine = secrets.token_bytes(32)
    statement = b"anything"
    forged = [
        {**real},  # of another plan
        {**real, "approver": "chi_duyet", "login": "duyet_khac"},
        {**real, "login": "duyet_khac"},
        {**real, "note": "changed"},
        {**real, "approver_key": keys.signing_key(mine), "signature": keys.sign(mine, statement)},
        {**real, "how": "signature"},
        {**refusal},  # a no is no yes
        {name: value for name, value in real.items() if name != "login"},
    ]
    for number, content in enumerate(forged):
        forging = Ledger(f"sqlite:///{small.root.parent / f'ledger-{number}.sqlite'}")
        target = other if number == 0 else plan
        forging.append("approved", target.hash, content)
        with pytest.raises(ApprovalRefused):
            approval_for(target, forging, small.catalog, small.settings)


def test_an_approval_by_login_ends_with_the_login(small: House, plan: Plan) -> None:
    by_login(small, plan)
    person = small.catalog.people["binh_duyet"]
    without = {**small.catalog.people, "binh_duyet": person.model_copy(update={"login": None})}
    with pytest.raises(ApprovalRefused, match="nobody"):
        approval_for(plan, small.ledger, replace(small.catalog, people=without), small.settings)


def test_a_demo_person_s_login_approves_nothing_in_production(small: House, plan: Plan) -> None:
    with pytest.raises(ApprovalRefused, match="demo person"):
        approve_by_login(
            plan,
            "duyet",
            ledger=small.ledger,
            catalog=small.catalog,
            settings=replace(small.settings, mode="production"),
            expected_hash=plan.hash,
        )
