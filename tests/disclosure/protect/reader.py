"""A reader with scipy: intervals of hidden counts from protected tables, written apart from protector and attacker."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

Name = tuple[Any, ...]
"""(dataset, period number, measure, key without the period)"""


class Reader:
    """Everything published of two datasets in some periods, as unknowns and equations."""

    def __init__(self, periods: list[Mapping[str, pa.Table]], said: Mapping[str, dict[str, Any]]) -> None:
        self.said = said
        self.value: dict[Name, int | None] = {}
        self.rows: list[tuple[dict[Name, float], float, bool]] = []
        self.differences: list[Name] = []
        self.keys: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
        for number, tables in enumerate(periods):
            for name, table in tables.items():
                self._read(name, number, table)
            for name in tables:
                self._identities(name, number)
                self._totals(name, number)
            for name, table in tables.items():
                self._sums(name, number, table)
            if number:
                self._carried(number)
        self.unknown = sorted((name for name, value in self.value.items() if value is None), key=repr)
        self.at = {name: place for place, name in enumerate(self.unknown)}
        self._matrices()

    def interval(self, name: Name) -> tuple[float, float]:
        """Least and greatest value of one unknown, cut to whole numbers."""
        if self.value[name] is not None:
            return float(self.value[name]), float(self.value[name])
        cost = np.zeros(len(self.unknown))
        cost[self.at[name]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * cost, A_ub=self.below, b_ub=self.most, A_eq=self.equal, b_eq=self.sums, bounds=self.bounds
            )
            assert found.status in {0, 3}, found.message
            ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
        return float(np.ceil(ends[0] - 1e-6)), float(np.floor(ends[1] + 1e-6))

    def hidden(self, measure: str) -> list[Name]:
        """Unknowns of one measure."""
        return [name for name in self.unknown if name[2] == measure]

    def _read(self, name: str, number: int, table: pa.Table) -> None:
        grain = self.said[name]["grain"][1:]
        measures = [column["name"] for column in self.said[name]["columns"] if column.get("role")]
        rows = table.to_pylist()
        self.keys[name, number] = [tuple(row[column] for column in grain) for row in rows]
        for key, row in zip(self.keys[name, number], rows, strict=True):
            for measure in measures:
                self.value[name, number, measure, key] = row[measure]

    def _identities(self, name: str, number: int) -> None:
        for text in self.said[name].get("identities", ()):
            left, sign, right = re.split(r"(<=|=)", text, maxsplit=1)
            for key in self.keys[name, number]:
                terms = {(name, number, word, key): 1.0 for word in re.findall(r"\w+", left)}
                terms |= {(name, number, word, key): -1.0 for word in re.findall(r"\w+", right)}
                self.rows.append((terms, 0.0, sign == "="))

    def _totals(self, name: str, number: int) -> None:
        grain = self.said[name]["grain"][1:]
        measures = {one[2] for one in self.value if one[:2] == (name, number)}
        for dimension, code in self.said[name].get("totals", {}).items():
            at = grain.index(dimension)
            parts = defaultdict(list)
            for key in self.keys[name, number]:
                if key[at] != code:
                    parts[key[:at] + key[at + 1 :]].append(key)
            for rest, keys in parts.items():
                total = (*rest[:at], code, *rest[at:])
                if total in self.keys[name, number]:
                    for measure in measures:
                        terms = {(name, number, measure, key): 1.0 for key in keys}
                        self.rows.append((terms | {(name, number, measure, total): -1.0}, 0.0, True))

    def _sums(self, name: str, number: int, table: pa.Table) -> None:
        sums = self.said[name].get("sums_to")
        if not sums:
            return
        there = sums["dataset"]
        wanted = self.said[there]["grain"][1:]
        under = defaultdict(list)
        for key, row in zip(self.keys[name, number], table.to_pylist(), strict=True):
            under[tuple(row[column] for column in wanted)].append(key)
        for above, keys in under.items():
            for own, other in sums["measures"].items():
                terms = {(name, number, own, key): 1.0 for key in keys}
                self.rows.append((terms | {(there, number, other, above): -1.0}, 0.0, True))
            for one in self.said[name]["disclosure"].get("protected", ()):
                plus, minus = re.split(r"\s-\s", one["is"])
                difference = (there, number, one["name"], above)
                self.value[difference] = None
                self.differences.append(difference)
                terms = {(there, number, plus.split(".")[1], above): 1.0, difference: -1.0}
                self.rows.append((terms | {(name, number, minus.strip(), key): -1.0 for key in keys}, 0.0, True))

    def _carried(self, number: int) -> None:
        for name, one in self.said.items():
            for opening, closing in one.get("carried", {}).items():
                for key in self.keys[name, number]:
                    if (name, number - 1, closing, key) in self.value:
                        terms = {(name, number, opening, key): 1.0, (name, number - 1, closing, key): -1.0}
                        self.rows.append((terms, 0.0, True))

    def _matrices(self) -> None:
        bases = {
            column["name"] for one in self.said.values() for column in one["columns"] if column.get("role") == "base"
        }
        self.bounds = [(1 if name[2] in bases else 0, None) for name in self.unknown]
        kept: dict[bool, list[tuple[dict[int, float], float]]] = {True: [], False: []}
        for terms, zero, equal in self.rows:
            free: dict[int, float] = {}
            limit = zero
            for name, factor in terms.items():
                value = self.value[name]
                if value is None:
                    free[self.at[name]] = factor
                else:
                    limit -= factor * value
            if free:
                kept[equal].append((free, limit))
        self.equal, self.sums = _matrix(kept[True], len(self.unknown))
        self.below, self.most = _matrix(kept[False], len(self.unknown))


def _matrix(rows: list[tuple[dict[int, float], float]], width: int) -> tuple[sparse.csr_array | None, Any]:
    if not rows:
        return None, None
    data = [(at, column, factor) for at, (terms, _) in enumerate(rows) for column, factor in terms.items()]
    places, columns, factors = zip(*data, strict=True)
    return sparse.csr_array((factors, (places, columns)), shape=(len(rows), width)), np.array(
        [limit for _, limit in rows]
    )
