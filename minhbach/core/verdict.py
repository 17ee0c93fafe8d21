"""What a judge says of a table: which checks ran, which failed, which could not be evaluated. Holds no value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
Outcome = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class Check:
    """One expectation's outcome: counts and shares only."""

    id: str
    """Stable: `<dataset>.<column or table>.<rule>`."""
    about: str
    severity: Severity
    outcome: Outcome
    observed: str = ""
    """A count, a share or an error's class; never a value of the data."""
    expected: str = ""


@dataclass(frozen=True)
class Verdict:
    """All checks of one gate on one dataset and period."""

    dataset: str
    period: str
    gate: Literal["mart", "release"]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Fails closed: no check at all, an error, or a failed critical check is no pass."""
        blocking = [check for check in self.checks if check.severity == "critical" or check.outcome == "error"]
        return bool(self.checks) and all(check.outcome == "passed" for check in blocking)

    @property
    def failures(self) -> tuple[Check, ...]:
        """Checks that did not pass, worst first."""
        order = {"critical": 0, "warning": 1, "info": 2}
        return tuple(sorted((c for c in self.checks if c.outcome != "passed"), key=lambda c: (order[c.severity], c.id)))

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Verdict:
        """Read a verdict back from its file's content."""
        checks = tuple(Check(**check) for check in document["checks"])
        return cls(document["dataset"], document["period"], document["gate"], checks)

    def document(self) -> dict[str, Any]:
        """The verdict as its JSON file holds it."""
        return {**asdict(self), "checks": [asdict(check) for check in self.checks], "passed": self.passed}
