"""Which rows of two successive periods count the same records, whatever rung each stands on; knows no numbers.

What was pending at the end of a period is counted again in the next: in total as the carried count, and in every
finer row as a part of its base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .blocks import Block, Ints, Key
    from .spec import Spec

# The pending records of a finer row: nobody publishes them, and readers bound them all the same.
PENDING = "pending"


@dataclass(frozen=True)
class Join:
    """Finer rows of the period before, their pending records, and the bases of this period that hold those."""

    rows: Ints
    pending: Ints
    bases: Ints


def joins(later: Block, earlier: Block) -> Iterator[tuple[list[int], list[int]]]:
    """Give rows of the later table and rows of the earlier one that stand for the same group.

    One side is empty where its table counts nobody; a level that one of the tables does not have tells nothing.
    """
    folds = [_fold(later, earlier, place) for place in range(len(later.spec.grain))]
    now = _by_key(later, [fold if side == "later" else {} for side, fold in folds])
    before = _by_key(earlier, [fold if side == "earlier" else {} for side, fold in folds])
    levels_now, levels_before = ({_level(later.spec, key) for key in rows} for rows in (now, before))
    for key in dict.fromkeys((*now, *before)):
        level = _level(later.spec, key)
        if level in levels_now and level in levels_before:
            yield now.get(key, []), before.get(key, [])


def _fold(later: Block, earlier: Block, place: int) -> tuple[str, Mapping[str, str]]:
    """Which of two tables is the finer one in a dimension, and the coarser code of its codes."""
    spec = later.spec
    name = spec.grain[place]
    columns = [step.to for step in spec.ladder if step.dimension == name and step.to in later.rows_of]
    groups: dict[str, str] = {}
    for block in (later, earlier):
        for column in columns:
            for key, group in zip(block.keys, block.rows_of[column], strict=True):
                if key[place] not in {group, spec.totals.get(name)}:
                    groups[key[place]] = group
    coarser = set(groups.values())
    is_coarse = [any(key[place] in coarser for key in block.keys) for block in (later, earlier)]
    if is_coarse[0] == is_coarse[1]:
        return "", {}
    return ("earlier" if is_coarse[0] else "later"), groups


def _by_key(block: Block, folds: list[Mapping[str, str]]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    places = [place for place, name in enumerate(block.spec.grain) if name != block.spec.period]
    for row, key in enumerate(block.keys):
        found.setdefault(tuple(folds[place].get(key[place], key[place]) for place in places), []).append(row)
    return found


def _level(spec: Spec, key: Key) -> tuple[bool, ...]:
    names = [name for name in spec.grain if name != spec.period]
    return tuple(code == spec.totals.get(name) for name, code in zip(names, key, strict=True))


def closings(fine: Spec, specs: Mapping[str, Spec]) -> Iterator[tuple[str, str, str, str]]:
    """Find in the declarations: finer base, finer count of results, coarser count of what is left, coarser dataset."""
    sums = fine.sums_to
    coarse = specs.get(sums.dataset) if sums else None
    if sums is None or coarse is None:
        return
    shapes = [relation.terms for relation in coarse.relations if relation.equal]
    for virtual in fine.virtuals:
        closed = [name for name, factor in virtual.other.items() if factor == 1]
        results = [name for name, factor in virtual.own.items() if factor == -1]
        if len(closed) != 1 or len(results) != 1 or len(virtual.other) + len(virtual.own) != len(closed + results):
            continue
        for base, whole in sums.measures.items():
            for left in coarse.carried.values():
                shape = {whole: 1, closed[0]: -1, left: -1}
                if shape in shapes or {name: -factor for name, factor in shape.items()} in shapes:
                    yield base, results[0], left, sums.dataset
