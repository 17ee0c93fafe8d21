"""The faults of a service: limits, outages and cut answers, chosen by seed and not by the clock, each met once."""

from __future__ import annotations

import hashlib
from collections import Counter
from enum import Enum
from threading import Lock


class Fault(Enum):
    """What goes wrong with an answer."""

    RATE_LIMIT = "429"
    UNAVAILABLE = "503"
    SHORT_BODY = "body shorter than Content-Length"
    CUT_JSON = "JSON cut in the middle"


ONE_IN = {Fault.RATE_LIMIT: 149, Fault.UNAVAILABLE: 67, Fault.SHORT_BODY: 97, Fault.CUT_JSON: 113}
FIRST_PAGES = {1: Fault.UNAVAILABLE, 2: Fault.CUT_JSON, 3: Fault.RATE_LIMIT}
"""Faults of the first pages of the largest table, so that even a small province shows each of them."""


class Faults:
    """Decides once per question whether its first answer fails; the same question again is answered."""

    def __init__(self, seed: int, *, on: bool) -> None:
        self.on = on
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._lock = Lock()
        self.shown: Counter[Fault] = Counter()

    def of(self, question: str, page: int, *, always: bool) -> Fault | None:
        """Return the fault of this question, or None; `always` asks for the faults of the first pages."""
        if not self.on:
            return None
        with self._lock:
            self._asked[question] += 1
            if self._asked[question] > 1:
                return None
            fault = FIRST_PAGES.get(page) if always else None
            drawn = int.from_bytes(hashlib.sha256(f"{self._seed} {question}".encode()).digest()[:8], "big")
            for kind, one_in in ONE_IN.items():
                if fault is None and drawn % one_in == 0:
                    fault = kind
            if fault is not None:
                self.shown[fault] += 1
            return fault
