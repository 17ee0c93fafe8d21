"""Put the tables of one population into one system and ask it how far each hidden count can be placed.

Knows how the parts of the attack follow one another; judges nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from minhbach.core.errors import UsageError

from . import equations, targets
from .folding import Folding
from .linear import Component, Contradiction
from .periods import carry_over, still_open
from .propagate import propagate
from .reduce import reduced
from .system import System, Unknown
from .view import Seen, Target, learn_groups, see

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .files import Table

Interval = tuple[int, int | None]
# Wider than any width a policy asks for.
_FAR = 10**9


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
        if number in self._of:
            return self._of[number].seen(number)
        room = self.system.high[number] - self.system.low[number]
        return _FAR if math.isinf(room) else int(room)

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
            low, high = self.system.low[number], self.system.high[number]
            return int(low), None if math.isinf(high) else int(high)
        return self._of[number].lowest(number), self._of[number].highest(number)

    def _build(self) -> None:
        places = self._places()
        foldings = self._foldings(places)
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
            earlier = places.get((seen.table.model.dataset, seen.table.model.previous or ""))
            if earlier is not None:
                carry_over(self.system, self.seen[earlier], seen)
                if earlier in foldings:
                    still_open(self.system, foldings[earlier][2], seen)
        for place, seen in enumerate(self.seen):
            self.targets.extend(targets.columns(place, seen))
            coarser = {foldings[place][1].table.model.dataset: foldings[place]} if place in foldings else {}
            self.targets.extend(targets.virtual(self.system, place, seen, coarser))

    def _places(self) -> dict[tuple[str, str], int]:
        places = {(seen.table.model.dataset, seen.table.model.period): place for place, seen in enumerate(self.seen)}
        if len(places) != len(self.seen):
            raise UsageError("attack: found two releases of one dataset and period, expected one of each: name one.")
        for dataset in {dataset for dataset, _ in places}:
            learn_groups([self.seen[place] for (name, _), place in places.items() if name == dataset])
        return places

    def _foldings(self, places: Mapping[tuple[str, str], int]) -> dict[int, tuple[int, Seen, Folding]]:
        foldings: dict[int, tuple[int, Seen, Folding]] = {}
        for place, seen in enumerate(self.seen):
            model = seen.table.model
            above = places.get((model.sums_to.dataset, model.period)) if model.sums_to else None
            if above is not None:
                foldings[place] = (above, self.seen[above], Folding(seen, self.seen[above]))
        return foldings

    def _load(self) -> None:
        wanted = {target.value.number for target in self.targets if isinstance(target.value, Unknown)}
        for numbers, constraints in self.system.components(reduced(self.system, wanted)):
            if wanted.isdisjoint(numbers):
                continue
            try:
                component = Component(self.system, numbers, constraints)
            except Contradiction:
                self.contradictions.append("no table fits what was published")
                continue
            self._components.append(component)
            self._of.update(dict.fromkeys(numbers, component))
