"""Put the tables of one population into one system and ask it how far each hidden count can be placed.

Knows how the parts of the attack follow one another; judges nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from minhbach.core.errors import UsageError

from . import equations, targets
from .linear import Component, Contradiction
from .periods import carry_over
from .propagate import propagate
from .system import System, Unknown
from .view import Seen, Target, see

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .files import Table

Interval = tuple[int, int | None]


class Intervals:
    """All hidden counts of a population's tables, solved on demand."""

    def __init__(self, tables: Sequence[Table]) -> None:
        """Build the system and settle what needs no program."""
        self.system = System()
        self.seen = [see(table, self.system) for table in tables]
        self.targets: list[Target] = []
        self._build()
        self.contradictions = list(self.system.contradictions)
        self._of: dict[int, Component] = {}
        self._components: list[Component] = []
        if propagate(self.system):
            self._load()
        else:
            self.contradictions.append("no whole numbers fit what was published")

    @property
    def programs(self) -> int:
        """Count the linear programs solved so far."""
        return sum(component.programs for component in self._components)

    def explore(self, numbers: Sequence[int], enough: int) -> None:
        """Widen the seen ranges of many unknowns at once."""
        asked: dict[int, list[int]] = {}
        for number in numbers:
            if number in self._of:
                asked.setdefault(id(self._of[number]), []).append(number)
        for group in asked.values():
            self._of[group[0]].explore(group, enough)

    def seen_width(self, number: int) -> int:
        """Give the width of the range seen so far, a lower bound of the true one."""
        return self._of[number].seen(number) if number in self._of else 0

    def seen_lowest(self, number: int) -> float:
        """Give the least value seen so far, an upper bound of the least there is."""
        component = self._of.get(number)
        return self.system.low[number] if component is None else component.seen_low[component.column[number]]

    def lowest(self, number: int) -> int:
        """Give the least whole number an unknown can be."""
        return self._of[number].lowest(number) if number in self._of else int(self.system.low[number])

    def interval(self, number: int) -> Interval:
        """Give the least and the greatest whole number an unknown can be; None is no bound."""
        if number not in self._of:
            return int(self.system.low[number]), int(self.system.high[number])
        return self._of[number].lowest(number), self._of[number].highest(number)

    def _build(self) -> None:
        by_name = {(seen.table.model.dataset, seen.table.model.period): place for place, seen in enumerate(self.seen)}
        if len(by_name) != len(self.seen):
            raise UsageError("attack: found two releases of one dataset and period, expected one of each: name one.")
        foldings: dict[int, tuple[int, Seen, equations.Folding]] = {}
        for place, seen in enumerate(self.seen):
            model = seen.table.model
            above = by_name.get((model.sums_to.dataset, model.period)) if model.sums_to else None
            if above is not None:
                foldings[place] = (above, self.seen[above], equations.Folding(seen, self.seen[above]))
        for seen in self.seen:
            equations.leave_out(self.system, seen)
        for _, _, folding in foldings.values():
            folding.leave_out(self.system)
        for place, seen in enumerate(self.seen):
            equations.identities(self.system, seen)
            equations.rates(self.system, seen)
            equations.totals(self.system, seen)
            if place in foldings:
                foldings[place][2].add(self.system)
            model = seen.table.model
            earlier = by_name.get((model.dataset, model.previous or ""))
            if earlier is not None:
                carry_over(self.system, self.seen[earlier], seen)
        for place, seen in enumerate(self.seen):
            self.targets.extend(targets.columns(place, seen))
            coarser = {self.seen[foldings[place][0]].table.model.dataset: foldings[place]} if place in foldings else {}
            self.targets.extend(targets.virtual(self.system, place, seen, coarser))

    def _load(self) -> None:
        wanted = {target.value.number for target in self.targets if isinstance(target.value, Unknown)}
        for numbers, constraints in self.system.components():
            if wanted.isdisjoint(numbers):
                continue
            try:
                component = Component(self.system, numbers, constraints)
            except Contradiction:
                self.contradictions.append("no table fits what was published")
                continue
            self._components.append(component)
            self._of.update(dict.fromkeys(numbers, component))
