"""Which rows of a sealed release are an agency's own, and what they say: read from `data.csv`, as everybody will.

Knows declarations and releases; no mart, no portal, no page.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from ..core.errors import SealBroken

if TYPE_CHECKING:
    from ..core.catalog import Catalog, Dataset
    from ..core.catalog.agencies import AnswersFor
    from ..core.publishing import Change, Release
    from .house import House


def own_codes(catalog: Catalog, agency: str) -> set[str]:
    """Give the codes of the competent agencies that a supplier answers for; codes of totals are nobody's."""
    declared = catalog.agency(agency).answers_for
    if declared is None:
        return set()
    if declared.codes != "all":
        return set(declared.codes)
    others = {
        code
        for name, other in catalog.agencies.items()
        if name != agency and (theirs := other.answers_for) and theirs.list == declared.list and theirs.codes != "all"
        for code in theirs.codes
    }
    single = {row["code"] for row in catalog.codes[declared.list] if row.get("tong_hop", "0") != "1"}
    return single - others


def agency_column(dataset: Dataset, declared: AnswersFor) -> str | None:
    """Name the column that says whose row it is: of the grain, with the codes of the list that agencies stand in."""
    return next((c.name for c in dataset.published if c.codes == declared.list and c.name in dataset.grain), None)


def own_rows(house: House, plan_hash: str, publication: str, period: str, agency: str) -> list[dict[str, Any]]:
    """Give an agency's rows of every dataset of a plan.

    Raises:
        SealBroken: the plan or a release is not what was planned.

    """
    from ..release.planning import read_plan

    plan = read_plan(house.lake.plan(publication, period, plan_hash))
    return [_of_dataset(house, change, agency) for change in plan.changes]


def _of_dataset(house: House, change: Change, agency: str) -> dict[str, Any]:
    from ..release.sealing import load

    dataset, declared = house.catalog.dataset(change.dataset), house.catalog.agency(agency).answers_for
    column = agency_column(dataset, declared) if declared else None
    shown: dict[str, Any] = {
        "dataset": change.dataset,
        "title": dataset.title.model_dump(),
        "action": change.action,
        "revision": change.revision,
        "columns": [],
        "rows": [],
    }
    subject = f"{change.dataset}/{change.period}/{change.revision}"
    if change.action == "withdraw" or house.ledger.last("withdrawn", subject):
        return {**shown, "action": "withdraw"}
    if column is None:
        return shown
    release = load(house.lake, change.dataset, change.period, change.revision)
    if release.manifest_sha256 != change.manifest_sha256:
        raise SealBroken(f"{release.subject}: found another manifest than was planned; plan again.")
    shown["columns"] = [
        {
            "name": one.name,
            "vi": one.vi,
            "en": one.en,
            "is_number": one.type.startswith(("integer", "decimal")),
            "is_key": one.name in dataset.grain,
        }
        for one in dataset.published
    ]
    shown["rows"] = _read(release, column, own_codes(house.catalog, agency) - {dataset.totals.get(column, "")})
    return shown


def _read(release: Release, column: str, codes: set[str]) -> list[dict[str, str]]:
    """Read the rows of some agencies from the bytes that everybody will download."""
    with (release.folder / "data.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row[column] in codes]
