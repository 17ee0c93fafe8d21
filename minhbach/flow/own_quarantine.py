"""What waits of an agency's own records: counts, reasons, and which record it is, without a value that names anybody.

Opens the quarantine with the landing key. Of a record only the place goes out, and of its key only parts that are
public codes by the contract and keep it: a broken record may hold anything anywhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..core.catalog.agencies import landed_name

if TYPE_CHECKING:
    from ..core.catalog import Catalog, Table
    from ..core.catalog.agencies import SourceColumn
    from ..extract.quarantine import Entry
    from .house import House

SHOWN = 2_000
"""Records named one by one; a table with more has a fault of another kind, and the counts say all."""


def own_quarantine(house: House, agency: str) -> list[dict[str, Any]]:
    """Give, per table of an agency, what waits and why."""
    from ..extract.steward import show, waiting

    held = waiting(house.settings, agency)
    tables = []
    for name, table in house.catalog.tables(agency).items():
        here = [one for one in held if one.table == name]
        counts: Counter[str] = Counter()
        records: list[dict[str, Any]] = []
        for one in here:
            counts.update(one.reasons)
            if len(records) < SHOWN:
                entries = show(agency, name, one.extract_id, settings=house.settings)
                records += [
                    _record(house.catalog, table, one.extract_id, one.since, entry, attempt=one.attempt)
                    for entry in entries
                ]
        tables.append(
            {
                "table": name,
                "title": table.title.model_dump(),
                "waiting": sum(counts.values()),
                "reasons": [_reason(table, reason, count) for reason, count in sorted(counts.items())],
                "records": records[:SHOWN],
                "columns": list(table.columns),
            }
        )
    return tables


def reason_text(table: Table, reason: str) -> dict[str, str]:
    """Say what a reason means: the defect's own words, or nothing where it is a rule of every contract."""
    for defect, _ in table.defects():
        if defect.id == reason:
            return {"vi": defect.about.vi, "en": defect.about.en}
    return {}


def _reason(table: Table, reason: str, count: int) -> dict[str, Any]:
    return {"reason": reason, "count": count, "about": reason_text(table, reason)}


def _record(
    catalog: Catalog, table: Table, extract_id: str, since: str, entry: Entry, *, attempt: bool
) -> dict[str, Any]:
    return {
        "extract_id": extract_id,
        "since": since,
        "row_no": entry.row_no,
        "source": entry.source,
        "reason": entry.reason,
        "about": reason_text(table, entry.reason),
        "column": entry.column,
        "key": _key(catalog, table, entry),
        "attempt": attempt,
    }


def _key(catalog: Catalog, table: Table, entry: Entry) -> dict[str, str]:
    """Give those parts of a record's key that are closed attributes and keep their contract."""
    record = json.loads(entry.record)
    if not isinstance(record, dict):
        return {}
    found = {}
    for name, column in table.columns.items():
        value = record.get(name)
        is_key = column.class_ == "attribute" and (column.landed_as or landed_name(name)) in table.key
        if is_key and isinstance(value, str) and _is_closed(catalog, column, value):
            found[name] = value
    return found


def _is_closed(catalog: Catalog, column: SourceColumn, value: str) -> bool:
    """Whether a value is one that the contract lets nobody choose freely."""
    if column.codes:
        return value in catalog.code_values(column.codes.list)
    if column.values:
        return value in column.values
    return bool(column.pattern and re.fullmatch(column.pattern, value))
