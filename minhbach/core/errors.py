"""The error tree; an error is one sentence (where, found, expected, what to do) and carries the exit code it ends with.

MinhBachError
├── OutsideFailed (1)            the world failed: safe to run again
│   ├── SourceRefused            a service answered with an error of its own
│   ├── SourceUnreachable        no answer within the declared retries
│   ├── UnreadableFile           a file cannot be read as it was declared
│   ├── PortalFailed             the portal failed or shows something else than was sent
│   ├── StorageFailed            the disk or the object store failed
│   └── Interrupted              stopped by Ctrl-C or TERM
├── UsageError (2)               the command was used in a way it cannot follow
│   └── DeclarationError (2)     a declaration is wrong; holds every problem found
└── GateRefused (3)              a gate refused: nothing left the house
    ├── CapExceeded              more records broke the contract than the table allows
    ├── NotFrozen                the period's books are not closed, or an agency is missing
    ├── NotSignedOff             a dataset's columns or policy changed since its steward signed them
    ├── VerdictFailed            Great Expectations judged against the data
    ├── Unprotectable            disclosure control cannot protect what is declared
    ├── AttackSucceeded          the attacker recovered or narrowed a protected cell
    ├── PersonalDataFound        the scan found a personal identifier in written bytes
    ├── SealBroken               a sealed release, plan, receipt or ledger is not what was signed
    └── ApprovalRefused          no valid approval of exactly this plan by someone else
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class MinhBachError(Exception):
    """Anything the house refuses or cannot do; `exit_code` is a promise of the command line."""

    exit_code = 1


class OutsideFailed(MinhBachError):
    """Raised when the outside failed; running again is safe."""

    exit_code = 1


class SourceRefused(OutsideFailed):
    """Raised when a service answers with an error code of its own."""


class SourceUnreachable(OutsideFailed):
    """Raised when a source gives no usable answer within the declared retries."""


class UnreadableFile(OutsideFailed):
    """Raised when a file cannot be read as it was declared; it is refused whole."""


class PortalFailed(OutsideFailed):
    """Raised when a portal fails, or shows something else than was sent."""


class StorageFailed(OutsideFailed):
    """Raised when the disk or object store cannot hold what must be written."""


class Interrupted(OutsideFailed):
    """Raised when a run was stopped by Ctrl-C or TERM."""


class UsageError(MinhBachError):
    """Raised when a command is used in a way it cannot follow."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a declaration: file, key, what was found, what is expected, where to read more."""

    file: str
    key: str
    found: str
    expected: str
    see: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        more = f" See {self.see}." if self.see else ""
        return f"{where}: found {self.found}, expected {self.expected}.{more}"


class DeclarationError(UsageError):
    """Raised when declarations are wrong; every problem found is in it, not just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class GateRefused(MinhBachError):
    """Raised when a gate refuses; nothing left the house."""

    exit_code = 3


class CapExceeded(GateRefused):
    """Raised when more records break the contract than the table's cap allows."""


class NotFrozen(GateRefused):
    """Raised when a period is not frozen, or an agency has neither delivered nor been waived."""


class NotSignedOff(GateRefused):
    """Raised when no steward signed the columns and policy that a dataset has now."""


class VerdictFailed(GateRefused):
    """Raised when a suite of expectations fails, or cannot be evaluated."""


class Unprotectable(GateRefused):
    """Raised when disclosure control cannot protect what is declared."""


class AttackSucceeded(GateRefused):
    """Raised when the attacker recovers a protected cell or places it too narrowly."""


class PersonalDataFound(GateRefused):
    """Raised when a personal identifier stands in bytes meant for the public."""


class SealBroken(GateRefused):
    """Raised when sealed bytes, a plan, a receipt or the ledger are not what was signed."""


class ApprovalRefused(GateRefused):
    """Raised when there is no valid approval of exactly this plan by somebody other than its preparer."""
