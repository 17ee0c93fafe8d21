"""What an attack found: counts, and the cells by key; never a value or a bound."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MODEL = "lp-intervals/1: hidden bases >= 1 where zeros are published, whole numbers, threshold and algorithm known"


@dataclass(frozen=True, order=True)
class Offence:
    """One cell that the attacker got too close to."""

    dataset: str
    period: str
    measure: str
    key: tuple[tuple[str, str], ...]
    rule: str
    """recovered | too_few_integers | narrow | below_threshold (written although it is small)"""


@dataclass(frozen=True)
class AttackVerdict:
    """The judgement over a set of releases of one population."""

    model: str
    releases: tuple[tuple[str, str], ...]
    hidden: int
    protected: int
    recovered: int
    too_few_integers: int
    narrow: int
    below_threshold: int
    contradictions: tuple[str, ...]
    offences: tuple[Offence, ...]
    programs: int
    seconds: float = field(compare=False)

    @property
    def passed(self) -> bool:
        """Tell whether nothing protected was recovered or narrowed, and the files agree with their model."""
        return not self.offences and not self.contradictions

    def to_json(self) -> dict[str, Any]:
        """Give the verdict as a JSON document."""
        document = asdict(self)
        document["schema"] = "minhbach/attack/1"
        document["passed"] = self.passed
        document["releases"] = [list(release) for release in self.releases]
        document["offences"] = [{**asdict(one), "key": dict(one.key)} for one in self.offences]
        return document
