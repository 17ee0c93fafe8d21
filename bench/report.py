"""Write `docs/benchmarks.md` from `bench/results/*.json`, so that no number is typed: `python bench/report.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS, PAGE = ROOT / "bench" / "results", ROOT / "docs" / "benchmarks.md"
Row = dict[str, Any]
Table = list[tuple[str, str]]
"""Heading and key of every column."""

ORDER = [
    "generate the province",
    "start Airflow",
    "Airflow around the tasks",
    "extract",
    "close the books",
    "build and judge the marts",
    "protect, attack, judge, seal",
    "plan",
    "wait for approval",
    "apply to the site, read back",
    "the command itself, approval, account",
]
"""The demo's stages, as they come."""

TOP = """# Benchmarks

*Số đo trên một máy hai nhân, có máy khác dùng chung; mỗi con số đứng cạnh một giới hạn hoặc một cách làm đối chứng.
Trang này do `bench/report.py` viết từ `bench/results/*.json`: không con số nào được gõ tay.*

Written by `bench/report.py` from `bench/results/*.json`; do not edit it. Every number stands beside a limit or a peer
that was measured in the same run. *Load* is how many processes wanted a core in the minute before and after: above the
number of cores, seconds are stretched by other people's work, and CPU seconds (of all processes of the command) say
more. Nothing here fails a build: benchmarks record.
"""
DEMO = """
## The demo and the quick commands

`python bench/demo.py --keep FOLDER`. A demo plays two quarters in a new folder (*first*), then once more in the same
folder, where nothing is new (*again*). Memory is that of all its processes together; pages they share count twice.

"""
EXTRACT = """
## Taking records

`python bench/extract.py`. The plain reader takes the same source into one Parquet file and does nothing else: no
contract, no types, no pseudonyms, no quarantine, and identifiers land. *Times plain* is the engine's seconds over the
plain reader's. Memory is one process with all its libraries, which hold the idle part before the first record.

"""
DISCLOSURE = """
## Protection and attack

`python bench/disclosure.py --provinces 34`. The marts are a synthetic province's; both halves work on two quarters
together. The row with more than one province is one national quarter: a province's totals are published, so the
country falls apart into provinces, which are protected and attacked one after the other; the seconds are their sum.
*Plain programs* is what an attacker would solve who asks twice for every hidden cell. Small populations go out without
agencies, as declared before the data are seen. The limit of seconds is the whole demo's.

"""
GATES = """
## The gates against the build

`python bench/gates.py FOLDER/6000 FOLDER/150000`, the folders that the demo kept. Both quarters are built and judged
in one process; imports of dbt and Great Expectations aside on both sides. *Ratio* is both gates over the build.

"""
PORTAL = """
## The local portal

`python bench/portal.py`. Seconds until a search answers. *From nothing* begins with empty caches of packages, so the
registries' speed is part of it; *after stop* starts what is installed and prepared. CPU seconds are those of all
processes together: on two cores that are free a start takes little more than half of them. Memory at rest is that of
the five services; in the second column pages that they share count once.

"""
DAGS = """
## Parsing the DAG folder

`python bench/dags.py`. Seconds beyond Airflow's own import, in a fresh process; *heavy* counts libraries that only
stages need and that a parse loaded.

"""


PUBLISH = """
## Tables on a portal

`python bench/publish.py HOME`, with the home of a portal that is up. All four load the same rows of 12 typed columns
with primary key, two more indexes and search index, and end with the same table, which is read back and compared.
*copy* is our way into a portal of our own, against the portal's own loader (xloader), whose trigger and indexes are
repaired within its time; it empties the table meanwhile, *copy* does not. *api* is our way through a token, against the
same rows sent with ckanapi. Ours read back what they loaded (*proof*, within their time), the peers do not. CPU is that
of the portal and the client together; MiB is the client's. The last row is one file.

"""

FAULTS = """
## Publications under faults

`python bench/faults.py --home HOME`, with the home of a portal that is up and may be emptied. Two datasets are
published, revised and taken back on a real CKAN, in both ways of loading, with one seeded fault in each publication;
then the same command is run again without one. *Whole* is: the portal equals the plan, nothing is there twice, the
ledger's chain holds, and a reader who asked every 50 ms saw whole releases only. *Lag* is the longest time for which
a page spoke of one release and its table, whole, still was of the other: only where tables are swapped, and only after
a kill between the two, a cut connection, or an answer that stays away for more than 3 s.

"""


def table(rows: list[Row], columns: Table) -> str:
    """Draw rows as a Markdown table."""
    words = [any(isinstance(row.get(key), str) for row in rows) for _, key in columns]
    lines = [[heading for heading, _ in columns], ["---" if word else "---:" for word in words]]
    lines += [[said(row.get(key)) for _, key in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def said(value: object) -> str:
    """Spell a value as a reader expects it."""
    if isinstance(value, list):
        return " → ".join(f"{one:.0f}" for one in value)
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value or "")


def machine(result: Row) -> str:
    """Say what a table was measured on."""
    one = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in one["versions"].items())
    days = sorted({row["measured_at"][:10] for row in result["rows"]})
    commits = sorted({row["commit"] for row in result["rows"]})
    return (
        f"\n{one['cpu']}, {one['cores']} cores, {one['memory_gib']} GiB; Python {one['python']}; {versions}; "
        f"commit {' and '.join(commits)}; measured on {' and '.join(days)}.\n"
    )


def demo(result: Row) -> str:
    """Both tables of the demo, and where its seconds go."""
    rows = sorted(result["rows"], key=lambda row: (row["what"] == "demo", row["size"], row["run"] == "again"))
    demos = [row for row in rows if row["what"] == "demo"]
    whole = [("command", "what"), ("dossiers a quarter", "size"), ("run", "run"), ("seconds", "seconds")]
    whole += [("limit", "limit_seconds"), ("ratio", "ratio"), ("CPU seconds", "cpu_seconds"), ("MiB", "peak_mib")]
    whole += [("limit MiB", "limit_mib"), ("load", "load")]
    shown = [{**row, "size": row["size"] or None} for row in rows]
    return table(shown, whole) + "\n" + stages(demos) + "\n" + sentences(demos)


def stages(demos: list[Row]) -> str:
    """Seconds by stage, one column a run."""
    heads = [(f"{row['size']:,}, {row['run']}", str(number)) for number, row in enumerate(demos)]
    names = sorted({name for row in demos for name in row["stages"]}, key=ORDER.index)
    lines = [
        {"stage": name} | {str(number): row["stages"].get(name, 0.0) for number, row in enumerate(demos)}
        for name in names
    ]
    return table(lines, [("seconds", "stage"), *heads])


def sentences(demos: list[Row]) -> str:
    """Say in three sentences where the seconds of the demo go."""
    small, large = ([row for row in demos if row["size"] == pick(r["size"] for r in demos)] for pick in (min, max))
    first, again = (next(row for row in large if row["run"] == run) for run in ("first", "again"))
    least = next(row for row in small if row["run"] == "first")
    return (
        f"Of {first['seconds']:.0f} s at {first['size']:,} dossiers a quarter most go to {largest(first)}. "
        f"At {least['size']:,} it takes {least['seconds']:.0f} s: the start of Airflow and its work around the tasks "
        f"({fixed(least):.0f} s there, {fixed(first):.0f} s at {first['size']:,}) do not depend on the number of "
        "records, nor do the imports of dbt and Great Expectations within *build and judge the marts*. "
        f"A second run that finds nothing new takes {again['seconds']:.0f} s, most of it for {largest(again)}.\n"
    )


def fixed(row: Row) -> float:
    """Add what Airflow takes for itself."""
    return float(row["stages"]["start Airflow"] + row["stages"]["Airflow around the tasks"])


def largest(row: Row, count: int = 3) -> str:
    """Name the largest stages with their share."""
    ranked = sorted(row["stages"].items(), key=lambda pair: -pair[1])[:count]
    named = [f"*{name}* ({seconds:.0f} s, {seconds / row['seconds']:.0%})" for name, seconds in ranked]
    return f"{', '.join(named[:-1])} and {named[-1]}"


COLUMNS: dict[str, Table] = {
    "dags": [
        ("catalog", "case"),
        ("DAGs", "dags"),
        ("parse s", "parse_seconds"),
        ("CPU s", "cpu_seconds"),
        ("limit", "limit_seconds"),
        ("Airflow's import s", "airflow_seconds"),
        ("heavy", "heavy"),
        ("load", "load"),
    ],
    "extract": [
        ("dossiers a quarter", "size"),
        ("source", "source"),
        ("table", "table"),
        ("reader", "reader"),
        ("records", "rows"),
        ("seconds", "seconds"),
        ("records/s", "rows_per_second"),
        ("times plain", "times_the_plain_seconds"),
        ("CPU s", "cpu_seconds"),
        ("CPU times plain", "times_the_plain_cpu"),
        ("MiB", "peak_mib"),
        ("idle MiB", "idle_mib"),
        ("load", "load"),
    ],
    "portal": [
        ("start", "start"),
        ("seconds", "seconds"),
        ("limit", "limit_seconds"),
        ("ratio", "ratio"),
        ("CPU seconds", "cpu_seconds"),
        ("idle MiB", "idle_mib"),
        ("idle, shared once", "idle_pss_mib"),
        ("limit MiB", "limit_mib"),
        ("load", "load"),
    ],
    "publish": [
        ("what", "what"),
        ("rows", "rows"),
        ("seconds", "seconds"),
        ("rows/s", "rows_per_second"),
        ("of them proof", "proof_seconds"),
        ("of them repair", "repair_seconds"),
        ("against", "peer"),
        ("ratio", "ratio"),
        ("limit", "limit_ratio"),
        ("CPU s", "cpu_seconds"),
        ("CPU ratio", "cpu_ratio"),
        ("MiB", "peak_mib"),
        ("limit MiB", "limit_mib"),
        ("file MiB", "mib"),
        ("load", "load"),
    ],
    "faults": [
        ("fault", "fault"),
        ("struck", "struck"),
        ("got over in one run", "got_over_in_one_run"),
        ("died or gave up", "died_or_gave_up"),
        ("whole after a second run", "whole_after_a_second_run"),
        ("limit", "limit_whole"),
        ("readers' polls", "polls"),
        ("longest lag s", "longest_lag_seconds"),
        ("s each", "seconds_each"),
        ("load", "load"),
    ],
    "gates": [
        ("dossiers a quarter", "size"),
        ("build s", "build_seconds"),
        ("mart gate s", "mart_gate_seconds"),
        ("release gate s", "release_gate_seconds"),
        ("ratio", "ratio"),
        ("limit", "limit_ratio"),
        ("CPU ratio", "cpu_ratio"),
        ("load", "load"),
    ],
}
TIMES: Table = [
    ("dossiers a quarter", "size"),
    ("provinces", "provinces"),
    ("agencies", "agencies"),
    ("quarters", "quarters"),
    ("rows out", "rows"),
    ("protect s", "protect_seconds"),
    ("attack s", "attack_seconds"),
    ("CPU s of both", "cpu_seconds"),
    ("limit s", "limit_seconds"),
    ("programs", "programs"),
    ("plain programs", "plain_programs"),
    ("MiB", "peak_mib"),
    ("load", "load"),
]
FOUND: Table = [
    ("dossiers a quarter", "size"),
    ("hidden cells", "hidden_cells"),
    ("of them below the threshold", "primaries"),
    ("protected quantities", "protected_cells"),
    ("recovered exactly", "recovered"),
    ("too narrow", "narrow"),
    ("first dataset by", "field_level"),
    ("dossiers hidden", "field_hidden"),
    ("limit", "field_limit"),
    ("second dataset by", "procedure_level"),
    ("dossiers hidden", "procedure_hidden"),
]


def disclosure(result: Row) -> str:
    """Times, then what was hidden and found."""
    rows = [
        row
        | {
            "field_hidden": f"{row['field_share_hidden']:.2%}",
            "procedure_hidden": f"{row['procedure_share_hidden']:.2%}",
            "field_limit": f"{row['limit_field_share_hidden']:.0%}" if row["limit_field_share_hidden"] else "",
        }
        for row in result["rows"]
    ]
    return table(rows, TIMES) + "\n" + table(rows, FOUND)


def page() -> str:
    """Write the whole page from what was measured."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    parts = [TOP]
    for name, prose in (
        ("demo", DEMO),
        ("extract", EXTRACT),
        ("disclosure", DISCLOSURE),
        ("gates", GATES),
        ("dags", DAGS),
        ("portal", PORTAL),
        ("faults", FAULTS),
    ):
        if name in found:
            drawn = {"demo": demo, "disclosure": disclosure}.get(name)
            result = found[name]
            parts += [prose, drawn(result) if drawn else table(result["rows"], COLUMNS[name]), machine(result)]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
