"""Who is meant by a login of Airflow, and the house's attestation of what that login answered. Knows no Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile, keys
from minhbach.core.errors import ApprovalRefused

if TYPE_CHECKING:
    from minhbach.core.catalog import Catalog
    from minhbach.core.ledger import Entry, Ledger
    from minhbach.core.publishing import Plan
    from minhbach.core.settings import Settings

BY_AIRFLOW = "airflow"


def person_of_login(login: str, catalog: Catalog) -> str:
    """Find whose login it is.

    Raises:
        ApprovalRefused: nobody's, or more than one person's.

    """
    found = [name for name, person in catalog.people.items() if login and person.login == login]
    if len(found) != 1:
        whose = ", ".join(found) or "nobody"
        raise ApprovalRefused(f'catalog/people.yml: login "{login}": found {whose}, expected exactly one person.')
    return found[0]


def logins(plan: Plan, catalog: Catalog) -> list[str]:
    """List the logins that may answer for a plan: those of `approved_by`, without its preparer's."""
    named = catalog.publication(plan.publication).approved_by
    people = (catalog.people[name] for name in named if name in catalog.people and name != plan.prepared_by)
    return [person.login for person in people if person.login]


def check_named(plan: Plan, approver: str, catalog: Catalog) -> None:
    """Hold a name against the publication's `approved_by`. Raises ApprovalRefused."""
    named = catalog.publication(plan.publication).approved_by
    if approver not in named:
        raise ApprovalRefused(
            f'catalog/publications/{plan.publication}.yml: approved_by: found no "{approver}", '
            f"expected one of {', '.join(named)}."
        )


def check_login(plan: Plan, approver: str, login: str, catalog: Catalog, settings: Settings) -> None:
    """Hold a login against the declarations of today: it is this person's, who is named and did not prepare.

    Raises:
        ApprovalRefused: it is not.

    """
    if approver == plan.prepared_by:
        raise ApprovalRefused(f"plan {plan.hash}: found its preparer {approver}, expected somebody else.")
    check_named(plan, approver, catalog)
    if person_of_login(login, catalog) != approver:
        raise ApprovalRefused(f'catalog/people.yml: login "{login}": found somebody else, expected {approver}.')
    if catalog.people[approver].demo and settings.mode == "production":
        raise ApprovalRefused(f"catalog/people.yml: {approver}: found a demo person, expected none in production mode.")


def attest(what: str, plan: Plan, person: str, login: str, note: str, settings: Settings) -> dict[str, Any]:
    """Give the content of a ledger entry about an answer, signed with the house's key.

    Raises:
        UsageError: the house has no signing key.

    """
    private = keys.secret("SIGNING_KEY", settings).value
    return {
        "publication": plan.publication,
        "period": plan.period,
        "approver": person,
        "how": BY_AIRFLOW,
        "login": login,
        "approver_key": keys.signing_key(private),
        "note": note,
        "signature": keys.sign(private, _statement(what, plan, person, login, note)),
    }


def is_attested(what: str, plan: Plan, said: dict[str, Any], settings: Settings) -> bool:
    """Tell whether this house signed an entry: whoever can write the ledger alone cannot make one."""
    house = keys.signing_key(keys.secret("SIGNING_KEY", settings).value)
    statement = _statement(what, plan, said["approver"], said.get("login", ""), said["note"])
    return said["approver_key"] == house and keys.is_signed(house, said["signature"], statement)


def reject_by_login(
    plan: Plan, login: str, *, ledger: Ledger, catalog: Catalog, settings: Settings, note: str = ""
) -> Entry:
    """Record who refused a plan in Airflow, attested like an approval; it says no, it takes no approval back.

    Raises:
        ApprovalRefused: nobody's login, or that of somebody who has no say in this publication's plans.

    """
    person = person_of_login(login, catalog)
    check_login(plan, person, login, catalog, settings)
    return ledger.append_once("rejected", plan.hash, attest("rejection", plan, person, login, note, settings))


def _statement(what: str, plan: Plan, person: str, login: str, note: str) -> bytes:
    """Give what the house signs: plan, person, login and how, in so many words, so that it fits nothing else."""
    return jsonfile.canonical(
        {
            "statement": f"minhbach/{what}-by-login/1",
            "plan_hash": plan.hash,
            "approver": person,
            "login": login,
            "how": BY_AIRFLOW,
            "note": note,
        }
    )
