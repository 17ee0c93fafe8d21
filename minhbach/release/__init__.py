"""SEAL: writes the files of a release, seals and signs them, makes plans, approvals and receipts.

It is handed a protected table and the verdicts of attacker and judge; it protects, judges and publishes nothing.
"""

from __future__ import annotations

from .approval import Approval, approval_for, approve, approve_by_login
from .logins import logins, person_of_login, reject_by_login
from .planning import make_plan, read_plan, row_diff, save_plan, sign_plan, withdrawal
from .receipt import check as check_receipt
from .receipt import make as make_receipt
from .sealing import Written, load, newest, reconcile, revision_for, seal
from .tables import logical_sha256
from .writing import write

__all__ = [
    "Approval",
    "Written",
    "approval_for",
    "approve",
    "approve_by_login",
    "check_receipt",
    "load",
    "logical_sha256",
    "logins",
    "make_plan",
    "make_receipt",
    "newest",
    "person_of_login",
    "read_plan",
    "reconcile",
    "reject_by_login",
    "revision_for",
    "row_diff",
    "save_plan",
    "seal",
    "sign_plan",
    "withdrawal",
    "write",
]
