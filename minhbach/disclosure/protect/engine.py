"""Protect a population in one period: marts and declarations → tables, report and public figures; reads no file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minhbach.core.errors import DeclarationError, Problem, Unprotectable

from .coarsen import coarsen
from .earlier import complete
from .search import search
from .spec import Spec, spec_of
from .system import System, build
from .write import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from .pattern import Mask, Pattern
    from .proof import Shown

REPORT_SCHEMA = "minhbach/protection/1"
# An exact hidden share times a published total is the hidden sum: the public share is rounded up to half a percent.
SHARE_STEP = 0.005


@dataclass(frozen=True)
class Protection:
    """What may go out, what must stay in, and what may be said about it."""

    tables: dict[str, pa.Table]
    """Protected tables by dataset: declared public columns and `ghi_chu_an_so`."""
    report: dict[str, Any]
    """Private: which cells are primary, and how wide each protected one is. To be encrypted by the caller."""
    public: dict[str, Any]
    """Rounded figures that tell no hidden number."""


def protect(
    tables: Mapping[str, pa.Table],
    datasets: Mapping[str, Any] | Iterable[Any],
    earlier: Sequence[Mapping[str, pa.Table]] = (),
    *,
    codes: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> Protection:
    """Protect all datasets of one population and period together.

    `tables`: mart tables by dataset, with every declared column; `datasets`: their declarations
    (`core.catalog.Dataset`, or mappings with the same words and a `name`); `earlier`: the published tables of earlier
    periods, oldest first and each directly before the next; `codes`: by code list, rows with `code`, `vi` and
    `parent` (as `core.catalog.Catalog.codes`), for names of coarser rows and for the treatment *generalise*.

    Raises:
        Unprotectable: the marts break their own identities, contradict an earlier release, or cannot be protected.
        DeclarationError: a declaration does not say what the protection must know.

    """
    specs = _specs(datasets)
    _hold(tables, specs)
    tables = {name: tables[name] for name in sorted(tables)}
    coarse, steps = coarsen(tables, specs, codes or {})
    counted = {name: table for name, table in coarse.items() if specs[name].method == "suppress"}
    hidden = {name: _nothing(table, specs[name]) for name, table in coarse.items()}
    report: dict[str, Any] = {
        "schema": REPORT_SCHEMA,
        "ladder": steps,
        "cells": [],
        "differences": [],
        "programs": 0,
        "rounds": 0,
    }
    if counted:
        system = build(counted, specs, earlier)
        known = learnt(system, earlier)
        complete(system)
        pattern, shown = search(system, known)
        hidden |= {block.spec.name: _hidden(pattern, block) for block in system.blocks if not block.age}
        report |= _report(system, pattern, shown)
    broader = {
        one: {row["code"]: row["parent"] for row in rows if row.get("parent")} for one, rows in (codes or {}).items()
    }
    return Protection(
        tables={name: write(table, specs[name], hidden[name], broader) for name, table in coarse.items()},
        report=report,
        public=_public(coarse, specs, hidden, steps),
    )


def learnt(system: System, earlier: Sequence[Mapping[str, pa.Table]]) -> Mask:
    """Cells that readers will know whatever is hidden: what the next period carries over, and what the last one told.

    Raises:
        Unprotectable: a published count of the last period is not what this period carries over.

    """
    known = np.zeros(system.size, dtype=bool)
    for block in (one for one in system.blocks if not one.age):
        for opening, closing in block.spec.carried.items():
            known[system.measure_cells(block, closing)] = True
            if earlier:
                # A row that was hidden then told its closing count when this period opens, or earlier by subtraction.
                known[system.measure_cells(block, opening)] = True
                _carries(system, block, opening, closing, earlier[-1])
    return known


def _carries(system: System, block: Any, opening: str, closing: str, before: Mapping[str, pa.Table]) -> None:
    table = before.get(block.spec.name)
    if table is None:
        return
    dimensions = [name for name in block.spec.grain if name in block.spec.totals]
    there = {
        tuple(row[name] for name in dimensions): row[closing]
        for row in table.select([*dimensions, closing]).to_pylist()
    }
    at = [block.spec.grain.index(name) for name in dimensions]
    for row, cell in enumerate(system.measure_cells(block, opening)):
        value = there.get(tuple(block.keys[row][i] for i in at))
        if value is not None and value != system.truth[cell]:
            raise Unprotectable(
                f"{system.name(int(cell))}: found another number than the {closing} of the period before, expected them"
                " to be the same; the books of the two periods do not join."
            )


def _specs(datasets: Mapping[str, Any] | Iterable[Any]) -> dict[str, Spec]:
    said = datasets.items() if hasattr(datasets, "items") else [(None, one) for one in datasets]
    found = {}
    for name, one in said:
        declaration = one if hasattr(one, "model_dump") or name is None else {**one, "name": name}
        spec = spec_of(declaration)
        found[spec.name] = spec
    return found


def _hold(tables: Mapping[str, pa.Table], specs: Mapping[str, Spec]) -> None:
    problems = [
        Problem(name, "datasets", "no declaration", "one for every table") for name in tables if name not in specs
    ]
    problems += [
        Problem(name, "disclosure.method", spec.method, "suppress or none, the methods of this version")
        for name, spec in specs.items()
        if spec.method not in {"suppress", "none"}
    ]
    if problems:
        raise DeclarationError(problems)
    populations = {specs[name].population for name in tables}
    if len(populations) > 1:
        raise Unprotectable(
            f"disclosure: found populations {', '.join(sorted(populations))} together, expected one at a time."
        )


def _nothing(table: pa.Table, spec: Spec) -> dict[str, Mask]:
    return {name: np.zeros(table.num_rows, dtype=bool) for name in spec.measures}


def _hidden(pattern: Pattern, block: Any) -> dict[str, Mask]:
    return {name: pattern.hidden[pattern.system.measure_cells(block, name)] for name in block.spec.measures}


def _report(system: System, pattern: Pattern, shown: Shown) -> dict[str, Any]:
    protected = pattern.protected()
    cells = []
    for cell in np.flatnonzero((pattern.hidden | protected) & ~system.is_old):
        block, row, measure = system.place(int(cell))
        kind = "primary" if pattern.primary[cell] else "difference" if system.is_virtual[cell] else "complement"
        entry: dict[str, Any] = {"dataset": block.spec.name, "key": list(block.keys[row]), "measure": measure}
        entry |= {"kind": kind, "value": int(system.truth[cell])}
        if protected[cell]:
            entry["shown"] = [round(float(shown.low[cell]), 3), round(float(shown.high[cell]), 3)]
        cells.append(entry)
    differences = []
    for cell in np.flatnonzero(system.is_virtual & ~system.is_old):
        block, row, measure = system.place(int(cell))
        # As the attacker names cells: by the codes of the dimensions, without the period.
        codes = [
            part for part, name in zip(block.keys[row], block.spec.grain, strict=True) if name != block.spec.period
        ]
        at = {"dataset": block.spec.name, "key": codes, "measure": measure}
        differences.append(at | {"value": int(system.truth[cell])})
    counts = {kind: sum(entry["kind"] == kind for entry in cells) for kind in ("primary", "complement", "difference")}
    return {
        "cells": cells,
        "differences": differences,
        "counts": counts,
        "protected": int((protected & ~system.is_old).sum()),
        "programs": shown.programs,
        "rounds": shown.rounds,
    }


def _public(
    tables: Mapping[str, pa.Table],
    specs: Mapping[str, Spec],
    hidden: Mapping[str, Mapping[str, Mask]],
    steps: list[str],
) -> dict[str, Any]:
    """Hidden cells can be counted in the file; the share of records cannot, so it is rounded up."""
    found: dict[str, Any] = {"ladder": steps, "datasets": {}}
    for name, table in tables.items():
        spec = specs[name]
        cells = int(sum(int(mask.sum()) for mask in hidden[name].values()))
        share = 0.0
        if spec.bases and table.num_rows:
            base = table[spec.bases[0]].to_numpy()
            leaf = np.ones(table.num_rows, dtype=bool)
            for dimension, code in spec.totals.items():
                leaf &= np.array([value != code for value in table[dimension].to_pylist()])
            leaf = leaf if leaf.any() else np.ones(table.num_rows, dtype=bool)
            share = float(base[leaf & hidden[name][spec.bases[0]]].sum() / max(1, base[leaf].sum()))
        found["datasets"][name] = {
            "rows": table.num_rows,
            "cells": table.num_rows * len(spec.measures),
            "suppressed_cells": cells,
            "suppressed_share_at_most": round(math.ceil(share / SHARE_STEP - 1e-9) * SHARE_STEP, 4),
        }
    return found
