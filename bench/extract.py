"""Time the extractor against plain readers: `python bench/extract.py [--size N …]`; N dossiers a quarter.

From the sandbox's service (its outages switched off, so that no waiting is measured) and from a CSV drop, whose rows
are copied under new codes until there are about N. The peers read the same source into one Parquet file and nothing
else: no contract, no types, no pseudonyms, no quarantine; identifiers land. Each reader is a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from recording import ROOT, keep, load, median, peak_mib, show, watched

REST, CSV = "mot_cua_quang_ninh", "dac_khu_van_don"
SERVICES = {"ho_so": "DongBoHoSoMC", "qua_trinh": "CapNhatTienDoHoSoMC"}
PAGE_SIZE = 5_000
TIMES = 3


class Envelope(msgspec.Struct):
    """What the service answers, as far as the plain reader looks."""

    pages: int
    data: list[msgspec.Raw]


def engine(agency: str, table: str) -> int:
    """Land a table with its contract; return the records received."""
    from minhbach.core.catalog import load_catalog
    from minhbach.core.settings import Settings
    from minhbach.extract.run import extract

    return extract(agency, table, catalog=load_catalog(ROOT), settings=Settings.read(ROOT)).received


def plain_service(table: str, out: Path) -> int:
    """Ask for all pages, split the envelope, let Arrow read the records, write them as they are."""
    import httpx
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    known = json.loads(os.environ["MINHBACH_CONN_MOT_CUA"])
    unit = json.loads(os.environ["BENCH_UNIT"])
    records: list[msgspec.Raw] = []
    with httpx.Client(base_url=known["url"], timeout=60, trust_env=False) as http:
        session = http.post("/token", json=known).json()["session"]
        page, pages = 1, 1
        while page <= pages:
            question = {"session": session, "madonvi": unit, "service": SERVICES[table], "since": ""}
            answer = http.post("/api", json=question | {"page": page, "page_size": PAGE_SIZE})
            envelope = msgspec.json.decode(answer.content, type=Envelope)
            records += envelope.data
            page, pages = page + 1, envelope.pages
    lines = b"\n".join(bytes(record) for record in records)
    read = pj.read_json(io.BytesIO(lines), read_options=pj.ReadOptions(block_size=1 << 26))
    pq.write_table(read, out)
    return read.num_rows


def plain_file(folder: Path, table: str, out: Path) -> int:
    """Let Arrow read the drop and write it as it is."""
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    (file,) = folder.glob(f"{table}_*.csv")
    read = pc.read_csv(file, parse_options=pc.ParseOptions(delimiter=";", newlines_in_values=True))
    pq.write_table(read, out)
    return read.num_rows


def one(reader: str, source: str, table: str, folder: Path) -> None:
    """Run one reader in this process and print what it took; libraries are imported before the clock starts."""
    import httpx  # noqa: F401
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet  # noqa: F401

    import minhbach.extract.delimited
    import minhbach.extract.landing
    import minhbach.extract.quarantine
    import minhbach.extract.rest_paged
    import minhbach.extract.run  # noqa: F401

    base, began, used = peak_mib(), time.perf_counter(), time.process_time()
    if reader == "engine":
        rows = engine(REST if source == "service" else CSV, table)
    elif source == "service":
        rows = plain_service(table, folder / "plain.parquet")
    else:
        rows = plain_file(folder / "inbox", table, folder / "plain.parquet")
    said = {"rows": rows, "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - used}
    print(json.dumps(said | {"peak_mib": peak_mib(), "idle_mib": base}))


def copied(drop: Path, out: Path, wanted: int) -> None:
    """Write a drop again with its rows copied under new dossier codes until there are about so many."""
    with drop.open(encoding="utf-8-sig", newline="") as stream:
        head, *lines = csv.reader(stream, delimiter=";")
    with (out / drop.name).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(head)
        for copy in range(max(1, round(wanted / len(lines)))):
            for line in lines:
                start, dash, number = line[0].rpartition("-")
                code = f"{start}{dash}{int(number) + copy * 10_000:04d}" if number.isdigit() else line[0]
                writer.writerow([code, *line[1:]])


def measure(size: int, folder: Path, times: int) -> list[dict[str, Any]]:
    """Generate a province, serve it, and let each reader read each table."""
    from minhbach.sandbox import drop, generate, serve

    generate(ROOT, seed=1, dossiers=size, out=folder / "sandbox")
    settings = json.loads((folder / "sandbox" / "sandbox.json").read_text())
    freeze = datetime.fromisoformat(settings["periods"][0]["freeze"])
    (folder / "inbox").mkdir()
    for path in drop(folder / "sandbox", freeze):
        if path.parent.name == CSV:
            copied(path, folder / "inbox", size * (1 if path.name.startswith("ho_so") else 3))
    with serve(folder / "sandbox") as server:
        server.as_of, server.faults.on = freeze, False
        opened = {key: server.credentials[key] for key in ("client_id", "client_secret")}
        environment = {
            "MINHBACH_LAKE": str(folder / "lake"),
            "MINHBACH_MODE": "demo",
            "MINHBACH_CONN_MOT_CUA": json.dumps({"url": server.url, **opened}),
            "MINHBACH_CONN_HOP_THU_VAN_DON": (folder / "inbox").as_uri(),
            "BENCH_UNIT": json.dumps(settings["unit"]),
        }
        pairs = [(source, table) for source in ("service", "csv") for table in SERVICES]
        return [row for pair in pairs for row in compared(size, *pair, folder, environment, times)]


def compared(
    size: int, source: str, table: str, folder: Path, environment: dict[str, str], times: int
) -> list[dict[str, Any]]:
    """Run engine and peer in turn, several times."""
    found: dict[str, list[dict[str, Any]]] = {"engine": [], "plain": []}
    before = load()
    for _ in range(times):
        for reader, runs in found.items():
            shutil.rmtree(folder / "lake", ignore_errors=True)
            command = [sys.executable, __file__, "--one", reader, source, table, str(folder)]
            runs.append(json.loads(watched(command, environment).stdout))
    rows = []
    for reader, runs in found.items():
        seconds = median([run["seconds"] for run in runs], 3)
        rows.append(
            {
                "size": size,
                "source": source,
                "table": table,
                "reader": reader,
                "rows": runs[0]["rows"],
                "seconds": seconds,
                "cpu_seconds": median([run["cpu_seconds"] for run in runs], 3),
                "rows_per_second": round(runs[0]["rows"] / seconds),
                "peak_mib": max(run["peak_mib"] for run in runs),
                "idle_mib": max(run["idle_mib"] for run in runs),
                "load": [before, load()],
            }
        )
    for row in rows:
        row["times_the_plain_seconds"] = round(rows[0]["seconds"] / rows[1]["seconds"], 2)
        row["times_the_plain_cpu"] = round(rows[0]["cpu_seconds"] / rows[1]["cpu_seconds"], 2)
    return rows


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, nargs="*", default=[6_000, 150_000])
    asked.add_argument("--times", type=int, default=TIMES, help="runs of each reader, of which the median is taken")
    asked.add_argument("--no-record", action="store_true", help="print only")
    asked.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.one:
        reader, source, table, folder = options.one
        one(reader, source, table, Path(folder))
        return
    rows = []
    for size in options.size:
        with tempfile.TemporaryDirectory(prefix="minhbach-bench-") as folder:
            rows += measure(size, Path(folder), options.times)
    shown = [
        "size",
        "source",
        "table",
        "reader",
        "rows",
        "seconds",
        "cpu_seconds",
        "rows_per_second",
        "peak_mib",
        "load",
    ]
    show(rows, [*shown, "times_the_plain_seconds", "times_the_plain_cpu"])
    if not options.no_record:
        about = (
            f"records landed with their contract against a plain reader of the same source, medians of {options.times}"
        )
        keep("extract", rows, about=about, same=["size", "source", "table", "reader"])


if __name__ == "__main__":
    main()
