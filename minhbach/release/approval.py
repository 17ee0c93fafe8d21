"""Records and checks approvals: of exactly this plan, by somebody else than its preparer. They live in the ledger.

There are two ways to know who approved. By `signature`: the approver's own key. By `airflow`: the user whom Airflow's
login authenticated, matched to a person by `login:` and attested with the house's signing key, so that whoever can
only write the ledger's database approves nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile, keys, people
from minhbach.core.errors import ApprovalRefused, UsageError

from .logins import BY_AIRFLOW, attest, check_login, check_named, is_attested, person_of_login
from .planning import is_signed

if TYPE_CHECKING:
    from minhbach.core.catalog import Catalog
    from minhbach.core.ledger import Entry, Ledger
    from minhbach.core.publishing import Plan
    from minhbach.core.settings import Settings

BY_SIGNATURE = "signature"
MAY_PREPARE = {"preparer"}
MAY_APPROVE = {"steward", "publisher"}


@dataclass(frozen=True)
class Approval:
    """Who approved a plan, when, and how it is known."""

    plan_hash: str
    approver: str
    how: str
    """`signature`, or `airflow`: the user that Airflow's login authenticated."""
    approver_key: str
    """The approver's public key; of `airflow` the house's, which attests the login."""
    note: str
    signature: str
    at: str
    ledger_entry: int
    login: str = ""
    """Of `airflow`: who was logged in."""

    def document(self) -> dict[str, Any]:
        """The approval as a receipt holds it: everybody reads it, so the login stays in the ledger."""
        return {key: value for key, value in asdict(self).items() if key != "login"}


def approve(
    plan: Plan,
    approver: str,
    private: bytes,
    *,
    ledger: Ledger,
    catalog: Catalog,
    settings: Settings,
    note: str = "",
    expected_hash: str | None = None,
) -> Approval:
    """Record the approval of a plan, signed with the approver's key; a second time finds the first.

    `expected_hash` is the hash the approver was shown, when it came another way than the plan.

    Raises:
        ApprovalRefused: another hash, the preparer or the preparer's key, no right to approve, a key that is not the
            person's, or a plan that its preparer did not sign.

    """
    if expected_hash not in {None, plan.hash}:
        raise ApprovalRefused(f"plan: found the hash {plan.hash}, expected {expected_hash}: this is another plan.")
    _check_preparer(plan, catalog, settings)
    public = keys.signing_key(private)
    _check_approver(plan, approver, public, catalog, settings)
    for entry in ledger.entries("approved", plan.hash):
        if _refusal(plan, entry, catalog, settings) is None and entry.content["approver"] == approver:
            return _approval(entry)
    statement = _statement(plan, approver, note)
    content = {
        "publication": plan.publication,
        "period": plan.period,
        "approver": approver,
        "how": BY_SIGNATURE,
        "approver_key": public,
        "note": note,
        "signature": keys.sign(private, statement),
    }
    return _approval(ledger.append("approved", plan.hash, content))


def approve_by_login(
    plan: Plan, login: str, *, ledger: Ledger, catalog: Catalog, settings: Settings, expected_hash: str, note: str = ""
) -> Approval:
    """Record the approval by whoever Airflow authenticated as `login`, attested by the house; a second time finds it.

    `expected_hash` is the hash that this person was shown.

    Raises:
        ApprovalRefused: another hash, the preparer, nobody's login or one of somebody without the right to approve, or
            a plan that its preparer did not sign.

    """
    if expected_hash != plan.hash:
        raise ApprovalRefused(f"plan: found the hash {plan.hash}, expected {expected_hash}: this is another plan.")
    _check_preparer(plan, catalog, settings)
    approver = person_of_login(login, catalog)
    check_login(plan, approver, login, catalog, settings)
    _has_role(approver, MAY_APPROVE, catalog)
    for entry in ledger.entries("approved", plan.hash):
        if _refusal(plan, entry, catalog, settings) is None and entry.content["approver"] == approver:
            return _approval(entry)
    content = attest("approval", plan, approver, login, note, settings)
    return _approval(ledger.append("approved", plan.hash, content))


def approval_for(plan: Plan, ledger: Ledger, catalog: Catalog, settings: Settings) -> Approval:
    """Return the first approval of exactly this plan that holds against the declarations of today.

    Raises:
        ApprovalRefused: there is none; the last reason is named.

    """
    _check_preparer(plan, catalog, settings)
    refused = None
    for entry in ledger.entries("approved", plan.hash):
        refused = _refusal(plan, entry, catalog, settings)
        if refused is None:
            return _approval(entry)
    if refused is not None:
        raise refused
    wanted = ", ".join(catalog.publication(plan.publication).approved_by)
    raise ApprovalRefused(
        f"plan {plan.hash}: found no approval, expected one by {wanted}: `minhbach approve` records it."
    )


def _refusal(plan: Plan, entry: Entry, catalog: Catalog, settings: Settings) -> ApprovalRefused | None:
    """Say why an entry of the ledger is no approval; whoever can write the ledger cannot sign for somebody."""
    said = entry.content
    who, key = said["approver"], said["approver_key"]
    try:
        if said["how"] == BY_AIRFLOW:
            check_login(plan, who, said.get("login", ""), catalog, settings)
            _has_role(who, MAY_APPROVE, catalog)
        else:
            _check_approver(plan, who, key, catalog, settings)
    except ApprovalRefused as refused:
        return refused
    if said["how"] == BY_AIRFLOW:
        holds, whose = is_attested("approval", plan, said, settings), "this house"
    else:
        signed = keys.is_signed(key, said["signature"], _statement(plan, who, said["note"]))
        holds, whose = said["how"] == BY_SIGNATURE and signed, who
    return None if holds else ApprovalRefused(f"ledger entry {entry.number}: signature: it is not that of {whose}.")


def _check_preparer(plan: Plan, catalog: Catalog, settings: Settings) -> None:
    name = plan.prepared_by
    if not is_signed(plan):
        raise ApprovalRefused(f"plan {plan.hash}: signature: it is not that of its preparer; make the plan again.")
    if name not in catalog.publication(plan.publication).prepared_by:
        raise ApprovalRefused(f'plan {plan.hash}: prepared_by: found "{name}", expected one the publication names.')
    _holds_key(name, plan.preparer_key, MAY_PREPARE, catalog, settings)


def _check_approver(plan: Plan, approver: str, public: str, catalog: Catalog, settings: Settings) -> None:
    if public == plan.preparer_key or approver == plan.prepared_by:
        raise ApprovalRefused(
            f"plan {plan.hash}: found the key or name of its preparer {plan.prepared_by}, expected somebody else's."
        )
    check_named(plan, approver, catalog)
    _holds_key(approver, public, MAY_APPROVE, catalog, settings)


def _holds_key(name: str, public: str, roles: set[str], catalog: Catalog, settings: Settings) -> None:
    try:
        known = people.public_key_of(name, catalog, settings)
    except UsageError as error:
        raise ApprovalRefused(str(error)) from error
    _has_role(name, roles, catalog)
    if public != known:
        found = keys.fingerprint(public) if keys.is_public(public) else "that is none"
        raise ApprovalRefused(f"catalog/people.yml: {name}: found the key {found}, expected {keys.fingerprint(known)}.")


def _has_role(name: str, roles: set[str], catalog: Catalog) -> None:
    if not roles & set(catalog.people[name].roles):
        raise ApprovalRefused(
            f"catalog/people.yml: {name}.roles: found none of {', '.join(sorted(roles))}, expected one."
        )


def _statement(plan: Plan, approver: str, note: str) -> bytes:
    """Give what an approver signs: the plan's hash in so many words, so that the signature fits nothing else."""
    return jsonfile.canonical(
        {"statement": "minhbach/approval/1", "plan_hash": plan.hash, "approver": approver, "note": note}
    )


def _approval(entry: Entry) -> Approval:
    said = entry.content
    return Approval(
        entry.subject,
        said["approver"],
        said["how"],
        said["approver_key"],
        said["note"],
        said["signature"],
        entry.at,
        entry.number,
        said.get("login", ""),
    )
