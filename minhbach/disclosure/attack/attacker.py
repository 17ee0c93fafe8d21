"""Attack written releases with what the public holds, and judge how close that comes to a person.

Knows the rules of the judgement; does not know who wrote the files, nor how they were protected.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .declare import parse, public_model
from .files import read_release, read_table
from .intervals import Intervals
from .patterns import patterns
from .system import Unknown
from .verdict import MODEL, AttackVerdict, Offence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .files import Table
    from .model import Limits
    from .view import Target

CellName = tuple[str, str, str, tuple[str, ...]]
"""dataset, period, measure, and the key in the order of the grain, with or without its period."""


@dataclass(frozen=True)
class Truth:
    """What the house alone knows: with it the judgement is exact instead of cautious."""

    values: Mapping[CellName, int]
    """True values of protected quantities that no column holds, and of hidden sensitive outcomes."""


def attack(folders: Iterable[Path | str], *, private: Truth | None = None) -> AttackVerdict:
    """Attack the releases of one population together, from their `data.csv` and `disclosure.json` alone.

    Raises:
        UnreadableFile: a folder does not hold what a release holds.
        DeclarationError: a `disclosure.json` is not one of ours.
        GateRefused: the solver did not finish, so nothing is proven.

    """
    return attack_tables([read_release(Path(folder)) for folder in folders], private=private)


def attack_csv(path: Path | str, policy: Mapping[str, Any], *, private: Truth | None = None) -> AttackVerdict:
    """Attack any CSV by a policy: a dataset's declaration, or the words of `disclosure.json`.

    Of the latter only dimensions and measures must be there.

    Raises:
        UnreadableFile: the file does not hold what the policy says.
        DeclarationError: the policy has a key that is unknown, missing or of another type.

    """
    stem = Path(path).stem
    if "columns" in policy:
        said = public_model(policy, "", dataset=stem)
    else:
        said = {"dataset": stem, "period": "", "grain": tuple(policy.get("dimensions", ())), **policy}
    return attack_tables([read_table(Path(path), parse(said, str(path)))], private=private)


def attack_tables(tables: Sequence[Table], *, private: Truth | None = None) -> AttackVerdict:
    """Attack tables that were read already."""
    started = time.perf_counter()
    intervals = Intervals(tables)
    judge = _Judge(intervals, private)
    if not intervals.contradictions:
        judge.run()
    rules = [offence.rule for offence in judge.offences]
    return AttackVerdict(
        model=MODEL,
        releases=tuple((table.model.dataset, table.model.period) for table in tables),
        hidden=sum(count is None for table in tables for counts in table.counts.values() for count in counts),
        protected=judge.protected,
        recovered=rules.count("recovered"),
        too_few_integers=rules.count("too_few_integers"),
        narrow=rules.count("narrow"),
        below_threshold=rules.count("below_threshold"),
        contradictions=tuple(sorted(set(intervals.contradictions))),
        offences=tuple(sorted(judge.offences)),
        programs=intervals.programs,
        seconds=round(time.perf_counter() - started, 3),
    )


class _Judge:
    """One judgement; a cell is named once, under the worst rule it breaks."""

    def __init__(self, intervals: Intervals, private: Truth | None) -> None:
        self.intervals = intervals
        self.private = private
        self.offences: list[Offence] = []
        self.protected = 0
        self._offended: set[int] = set()

    def run(self) -> None:
        hidden: list[Target] = []
        for target in self.intervals.targets:
            if isinstance(target.value, Unknown):
                if self._guarded(target):
                    hidden.append(target)
            elif 0 < target.value < self._limits(target).threshold:
                self.protected += 1
                self._name(target, "below_threshold" if target.measure in self._columns(target) else "recovered")
        self.protected += len(hidden)
        enough = max((self._enough(target) for target in hidden), default=0)
        self.intervals.explore([_number(target) for target in hidden], enough)
        for target in hidden:
            self._judge(target)
        self._judge_patterns([target for target in hidden if target.base])

    def _judge(self, target: Target) -> None:
        number = _number(target)
        if self.intervals.seen_width(number) >= self._enough(target):
            return
        low, high = self.intervals.interval(number)
        limits = self._limits(target)
        if not target.base and (high == 0 or low >= limits.threshold):
            self.protected -= 1
            return
        if high is None:
            return
        if high <= low:
            self._name(target, "recovered")
        elif high - low + 1 < limits.min_integers:
            self._name(target, "too_few_integers")
        elif high - low < limits.min_width:
            self._name(target, "narrow")

    def _judge_patterns(self, bases: Sequence[Target]) -> None:
        """Cut the only base of a pattern that can be small to below the threshold, and count what is left."""
        by_number = {_number(target): target for target in bases}
        for pattern in patterns(self.intervals.system, by_number):
            small = [number for number in pattern if self._may_be_small(number, by_number[number], exact=False)]
            for number in pattern:
                if len(small) > 1:
                    break
                if number not in small and self._may_be_small(number, by_number[number], exact=True):
                    small.append(number)
            if len(small) == 1 and small[0] not in self._offended:
                limits = self._limits(by_number[small[0]])
                low, high = self.intervals.interval(small[0])
                top = limits.threshold - 1 if high is None else min(high, limits.threshold - 1)
                if top - low + 1 < limits.min_integers:
                    self._name(by_number[small[0]], "recovered" if top == low else "too_few_integers")

    def _may_be_small(self, number: int, target: Target, *, exact: bool) -> bool:
        lowest = self.intervals.lowest(number) if exact else self.intervals.seen_lowest(number)
        return lowest < self._limits(target).threshold

    def _guarded(self, target: Target) -> bool:
        """Leave out a quantity of which the house knows that it is none or many."""
        if target.base or self.private is None:
            return True
        table = self.intervals.seen[target.table].table
        model = table.model
        whole = tuple(
            (table.named(target.key) | {str(model.period_column): model.period})[name] for name in model.grain
        )
        names = ((model.dataset, model.period, target.measure, key) for key in (target.key, whole))
        truth = next((self.private.values[name] for name in names if name in self.private.values), None)
        return truth is None or 0 < truth < model.limits.threshold

    def _limits(self, target: Target) -> Limits:
        return self.intervals.seen[target.table].table.model.limits

    def _columns(self, target: Target) -> Mapping[str, Any]:
        return self.intervals.seen[target.table].table.model.measures

    def _enough(self, target: Target) -> int:
        limits = self._limits(target)
        return max(limits.min_width, limits.min_integers - 1)

    def _name(self, target: Target, rule: str) -> None:
        table = self.intervals.seen[target.table].table
        if isinstance(target.value, Unknown):
            self._offended.add(target.value.number)
        key = tuple(table.named(target.key).items())
        self.offences.append(Offence(table.model.dataset, table.model.period, target.measure, key, rule))


def _number(target: Target) -> int:
    if not isinstance(target.value, Unknown):
        raise TypeError("a written cell has no number")
    return target.value.number
