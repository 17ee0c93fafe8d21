"""Deals seeded faults: every kind as often as any other, positions over all requests of a run. Strikes nothing."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from tests.publishers.ckan.faulty import KINDS, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

MODES = ("copy", "api")
STEPS = ("create", "add", "revise", "withdraw")
"""What is published, in this order: Q2, Q3 beside it, the earlier Q2 again, and one dataset's Q2 taken back."""
KILLS = ("kill before", "kill after")
PORTAL_FAULTS = ("disk full before", "tables cut off before", "search down before")
ALL_KINDS = (*KINDS, *KILLS, *PORTAL_FAULTS)
LASTING = {"429", "429 with Retry-After", "502 HTML", "503", "reset before"}
BRINGING = {"reset inside the body", "disk full before"}
"""Faults that mean something only where a request brings something."""
EVER = 10_000
USUAL = {
    "copy create": (102, 14),
    "copy add": (126, 10),
    "copy revise": (152, 8),
    "copy withdraw": (67, 14),
    "api create": (114, 20),
    "api add": (126, 14),
    "api revise": (152, 12),
    "api withdraw": (70, 14),
}
"""Requests and writes of a run that nothing befalls, by mode and step."""


class Deck:
    """Deals kinds until all have struck equally often: one whose place a run never came to is dealt again."""

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self.usual = dict(USUAL)

    def deal(self, seed: int, place: str) -> Fault:
        """Choose a fault for a run of a mode and step."""
        fewest = min(self.struck[kind] for kind in ALL_KINDS)
        kind = random.Random(seed).choice([kind for kind in ALL_KINDS if self.struck[kind] == fewest])
        return draw(seed, kind, *self.usual[place])

    def took(self, place: str, kind: str, struck: Sequence[str], requests: int, writes: int) -> None:
        """Take note of a run: whether its fault struck, and else how many requests such a run makes."""
        if struck:
            self.struck[kind] += 1
        else:
            self.usual[place] = (requests, writes)


def draw(seed: int, kind: str, requests: int, writes: int) -> Fault:
    """Choose where a fault of a kind strikes, and how often, in a run of so many requests and writes."""
    chance = random.Random(f"{seed}/{kind}")
    if kind == "tables cut off before":
        return Fault(kind, 1, EVER, only="package_revise")
    only = "POST" if kind in BRINGING else chance.choice(["", "POST"])
    at = chance.randint(1, max(1, writes if only else requests))
    times = chance.choice([1, 1, 2, EVER]) if kind in LASTING else chance.choice([1, 1, 2])
    return Fault(kind, at, 1 if kind in {*KILLS, *PORTAL_FAULTS} else times, only)
