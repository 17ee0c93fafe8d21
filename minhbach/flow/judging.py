"""Judges marts and written releases, writes the verdicts, and refuses where one did not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import jsonfile
from ..core.errors import NotFrozen, VerdictFailed
from ..core.verdict import Verdict
from .building import read_mart
from .memory import inputs_of_period, is_done, remember

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..core.catalog import Publication
    from ..core.periods import Period
    from .house import House

SHOWN = 3
"""Failed checks that the refusal names; the verdict's page has all of them."""


def judge_marts(
    house: House, publication: Publication, period: Period, datasets: Sequence[str] | None = None
) -> dict[str, Verdict]:
    """Judge the marts of a period.

    Raises:
        NotFrozen: the period was not built.
        VerdictFailed: a mart did not pass, or could not be judged.

    """
    from ..judge.run import Judged, judge

    names = list(datasets or publication.datasets)
    inputs, subject = inputs_of_period(house, period), f"{'+'.join(names)}/{period}"
    if is_done(house, "judge", subject, inputs) and (verdicts := _kept(house, period, names)):
        return verdicts
    judged = []
    for name in names:
        table = read_mart(house, name, period)
        if table is None:
            raise NotFrozen(f"{name} {period}: there is no mart; `minhbach build --period {period}` makes it.")
        previous = read_mart(house, name, period.previous)
        judged.append(Judged(house.catalog.dataset(name), str(period), "mart", table, previous))
    verdicts = _decide(house, period, judge(house.catalog, judged))
    remember(house, "judge", subject, inputs)
    return verdicts


def _kept(house: House, period: Period, names: Sequence[str]) -> dict[str, Verdict] | None:
    """Read the verdicts that were given; nothing when one is gone or did not pass."""
    kept = {}
    for name in names:
        path = house.lake.verdict(name, period, "mart")
        verdict = Verdict.from_document(jsonfile.read(path, "verdict")) if path.exists() else None
        if verdict is None or not verdict.passed:
            return None
        kept[name] = verdict
    return kept


def judge_written(house: House, period: Period, folders: dict[str, Path]) -> dict[str, Verdict]:
    """Judge releases as they were written: the bytes of data.csv, read back with the declared types.

    Raises:
        VerdictFailed: one did not pass, or could not be judged.

    """
    from ..judge.run import Judged, judge

    judged = [
        Judged(house.catalog.dataset(name), str(period), "release", _read_back(house, name, folder))
        for name, folder in folders.items()
    ]
    return _decide(house, period, judge(house.catalog, judged))


def _read_back(house: House, dataset: str, folder: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  a pyarrow.Table
    import duckdb

    kinds = {"string": "varchar", "integer": "bigint", "boolean": "boolean", "date": "date"}
    columns = {c.name: kinds.get(c.type, c.type) for c in house.catalog.dataset(dataset).published}
    columns["ghi_chu_an_so"] = "varchar"
    with duckdb.connect(config={"threads": 2}) as connection:
        return connection.read_csv(str(folder / "data.csv"), header=True, dtype=columns, na_values="").to_arrow_table()


def _decide(house: House, period: Period, verdicts: list[Verdict]) -> dict[str, Verdict]:
    from ..judge.report import write

    for verdict in verdicts:
        write(verdict, house.catalog, house.lake.verdict(verdict.dataset, period, verdict.gate))
    for verdict in verdicts:
        if not verdict.passed:
            worst = "; ".join(f"{check.id} ({check.outcome})" for check in verdict.failures[:SHOWN]) or "no check ran"
            page = house.lake.verdict(verdict.dataset, period, verdict.gate).with_suffix(".html")
            raise VerdictFailed(
                f"{verdict.dataset} {period}: the {verdict.gate} gate refused: {worst}; {page} says more."
            )
    return {verdict.dataset: verdict for verdict in verdicts}
