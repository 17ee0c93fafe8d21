"""Search for a pattern that holds: hide, prove, repair what is narrow, refuse by name what cannot be protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minhbach.core.errors import Unprotectable

from .cycles import Cycles
from .links import Telling
from .outcomes import Outcomes
from .pattern import Mask, Pattern
from .proof import Shown, bases_alone, prove, single_primaries
from .region import is_wide
from .sweep import Sweep

if TYPE_CHECKING:
    from .region import Ints
    from .system import System

ROUNDS = 12


def search(system: System, known: Mask) -> tuple[Pattern, Shown]:
    """Find a pattern in which every hidden base and sensitive outcome keeps the declared interval.

    Raises:
        Unprotectable: the rounds end with cells that no further hiding protects; the first is named.

    """
    pattern = Pattern(system, known)
    pattern.mark_primaries()
    hiding = _Hiding(pattern)
    hiding.begin()
    shown: Shown | None = None
    for _ in range(ROUNDS):
        shown = prove(pattern, shown)
        narrow = shown.narrow(pattern)
        if not len(narrow):
            narrow = single_primaries(pattern, shown)
        if not len(narrow):
            return pattern, shown
        if not hiding.more(narrow):
            break
    raise Unprotectable(
        f"{system.name(int(narrow[0]))}: found {len(narrow)} protected cells that stay too narrow however much is"
        " hidden, expected an interval of the declared width; declare a coarser level (disclosure.coarsen)."
    )


class _Hiding:
    """The ways to hide more, from the cheapest on; remembers how often a cell was met."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.sweep = Sweep(pattern)
        self.outcomes = Outcomes(pattern)
        self.telling = Telling(pattern)
        self.cycles = Cycles(pattern, self.sweep.movable)
        self.met: dict[int, int] = {}
        truth = pattern.system.truth
        self.alone = Shown(truth.astype(float), truth.astype(float))
        """What was shown of bases alone."""

    def begin(self) -> None:
        """Hide what every pattern needs: ways for bases to move, terms of differences and their companions."""
        self._settle()
        self.outcomes.run()
        self._settle()

    def more(self, narrow: Ints) -> bool:
        """Hide more around every narrow cell, harder each time; False when nothing more could be hidden."""
        before = int(self.pattern.hidden.sum())
        for found in narrow:
            cell = int(found)
            self.met[cell] = self.met.get(cell, 0) + 1
            if self.pattern.system.is_old[cell]:
                self.telling.open(cell, self.met[cell], self._more_rows)
                continue
            base = self.pattern.base_of(cell)
            if base is not None and self.pattern.hidden[base]:
                self._more_rows(base, self.met[cell])
            elif self.pattern.system.is_virtual[cell]:
                self.outcomes.harder(cell, self.met[cell])
            elif base is not None:
                self.pattern.hide_row(base)
        self._settle()
        return int(self.pattern.hidden.sum()) > before

    def _more_rows(self, base: int, attempt: int) -> None:
        lines = self.pattern.lines_of[base]
        for step in range(len(lines)):
            if self.sweep.extend(lines[(attempt - 1 + step) % len(lines)]):
                return

    def _settle(self) -> None:
        """Repeat the cheap rules until none of them asks for more."""
        hidden = -1
        while hidden != int(self.pattern.hidden.sum()):
            hidden = int(self.pattern.hidden.sum())
            self._close_cycles()
            self.sweep.run()
            self.outcomes.close()

    def _alone_wide(self) -> Mask:
        wide: Mask = is_wide(self.alone.low, self.alone.high, self.pattern.min_width, self.pattern.min_integers)
        return wide

    def _close_cycles(self) -> None:
        """Look at bases alone, which is quick, until each hidden one can move by its width along the sums of bases."""
        pattern, system = self.pattern, self.pattern.system
        given_up: set[int] = set()
        while True:
            where = bases_alone(pattern, pattern.hidden & system.is_base & (system.truth > 0) & ~system.is_old)
            self.alone.add(pattern, where, ~self._alone_wide())
            narrow = [int(cell) for cell in where.cells[~self._alone_wide()[where.cells]] if int(cell) not in given_up]
            if not narrow:
                return
            for cell in narrow:
                if not self.cycles.open(cell, float(pattern.min_width[cell])):
                    given_up.add(cell)
