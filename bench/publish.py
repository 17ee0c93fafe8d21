"""Time the loading of DataStore tables against xloader and ckanapi: `python bench/publish.py HOME [--rows N …]`.

HOME is the home of a portal that is up (`python -m deploy.portal up --home HOME`). All loaders load the same rows of 12
typed columns with primary key, two more indexes and the search index, each in a process of its own:

* `copy` reads Parquet and writes beside the live table, reads everything back in the database, and swaps;
* `xloader` gets the same rows as CSV, uploaded before the clock starts, into a table that has its types and key; what
  it leaves undone is done within its time: trigger, search index, declared indexes;
* `api` sends through the portal's API and reads everything back from there; *proof* is the seconds of reading back;
* `ckanapi` sends the same rows in chunks of 5,000 with the library's own `datastore_upsert`, and reads nothing back.

CPU seconds are those of the portal's services and the client together. Then a file of 2 GiB is uploaded.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal_home import Home
from recording import keep, load, median, peak_mib, show, watched
from table_rows import chunks, generate, spec, table

if TYPE_CHECKING:
    from collections.abc import Callable

LOADERS = ("copy", "xloader", "api", "ckanapi")
PEER = {"copy": "xloader", "api": "ckanapi"}
LIMITS = {"copy": 1.2, "api": 1.0}
LIMIT_MIB = 150
MANY = 100_000
SHOWN = (
    "what",
    "rows",
    "seconds",
    "cpu_seconds",
    "rows_per_second",
    "peer",
    "ratio",
    "cpu_ratio",
    "limit_ratio",
    "proof_seconds",
    "repair_seconds",
    "peak_mib",
    "limit_mib",
    "mib",
    "load",
)
FILE = 2 << 30
AFTER_XLOADER = (
    'ALTER TABLE "{id}" ENABLE TRIGGER zfulltext',
    'CREATE INDEX ON "{id}" USING gin (_full_text)',
    'CREATE INDEX ON "{id}" ("ma_ho_so")',
    'CREATE INDEX ON "{id}" ("mã_tỉnh")',
    'ANALYZE "{id}"',
)


def copy(home: Home, resource: str, folder: Path) -> dict[str, float]:
    """Load with our copy mode."""
    from publishers.ckan.datastore import CopyLoader, rows_of

    loader = CopyLoader(home.dsn)
    with loader.swap(loader.prepare(resource, spec(), rows_of([folder / "rows.parquet"], spec()))):
        pass
    return {}


def api(home: Home, resource: str, folder: Path) -> dict[str, float]:
    """Load with our api mode."""
    from publishers.ckan.datastore import ApiLoader, rows_of, sending

    proofs: list[float] = []
    check = sending.check

    def timed(*given: Any) -> list[str]:
        began = time.perf_counter()
        problems = check(*given)
        proofs.append(time.perf_counter() - began)
        return problems

    sending.check = timed
    with home.client() as portal:
        ApiLoader(portal).prepare(resource, spec(), rows_of([folder / "rows.parquet"], spec()))
    return {"proof_seconds": round(sum(proofs), 2)}


def xloader(home: Home, resource: str, _: Path) -> dict[str, float]:
    """Have xloader load the file that the resource holds already, then do what it leaves undone."""
    import psycopg

    with home.client(home.admin) as portal:
        portal.action("xloader_submit", {"resource_id": resource, "ignore_hash": True})
        while (status := portal.read("xloader_status", resource_id=resource)["status"]) not in {"complete", "error"}:
            time.sleep(0.2)
    if status == "error":
        raise SystemExit("xloader failed")
    began = time.perf_counter()
    with psycopg.connect(home.dsn) as connection:
        connection.execute("SET maintenance_work_mem = '256MB'")
        for order in AFTER_XLOADER:
            connection.execute(order.format(id=resource).encode())
    return {"repair_seconds": round(time.perf_counter() - began, 2)}


def ckanapi(home: Home, resource: str, folder: Path) -> dict[str, float]:
    """Send chunks with the library's own client, as its documentation does."""
    from ckanapi import RemoteCKAN

    made = table(resource)
    with RemoteCKAN(home.url, apikey=home.token) as remote:
        remote.action.datastore_create(**made)
        for records in chunks(folder / "rows.csv"):
            remote.action.datastore_upsert(
                resource_id=resource, force=True, method="insert", records=records, calculate_record_count=False
            )
        remote.action.datastore_upsert(resource_id=resource, force=True, records=[], calculate_record_count=True)
    return {}


DO: dict[str, Callable[[Home, str, Path], dict[str, float]]] = {
    "copy": copy,
    "xloader": xloader,
    "api": api,
    "ckanapi": ckanapi,
}


def one(loader: str, home: Home, resource: str, folder: Path) -> None:
    """Run one loader in this process and print what it took; libraries are imported before the clock starts."""
    import pyarrow.compute
    import pyarrow.parquet  # noqa: F401

    import publishers.ckan.client
    import publishers.ckan.datastore  # noqa: F401

    began, used, theirs = time.perf_counter(), time.process_time(), home.cpu_seconds()
    said = DO[loader](home, resource, folder)
    said["seconds"] = time.perf_counter() - began
    said["cpu_seconds"] = time.process_time() - used + home.cpu_seconds() - theirs
    print(json.dumps(said | {"peak_mib": peak_mib()}))


def upload(home: Home, resource: str, path: Path) -> None:
    """Upload one file with our client and print what it took."""
    import publishers.ckan.datastore  # noqa: F401

    with home.client() as portal:
        began, used, theirs = time.perf_counter(), time.process_time(), home.cpu_seconds()
        portal.upload("resource_patch", {"id": resource, "format": "BIN"}, {"upload": path})
    seconds, used = time.perf_counter() - began, time.process_time() - used + home.cpu_seconds() - theirs
    print(json.dumps({"seconds": seconds, "cpu_seconds": used, "peak_mib": peak_mib()}))


def measured(home: Home, rows: int, folder: Path, times: int) -> list[dict[str, Any]]:
    """Let each loader load the rows, in turn, several times."""
    generate(rows, folder)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in LOADERS}
    before = load()
    for name in LOADERS * times:
        with home.resource() as resource:
            if name == "xloader":
                with home.client() as portal:
                    portal.upload("resource_patch", {"id": resource, "format": "DAT"}, {"upload": folder / "rows.csv"})
                    portal.action("datastore_create", table(resource))
            command = [sys.executable, __file__, str(home.path), "--one", name, resource, str(folder)]
            runs[name].append(json.loads(watched(command).stdout))
            proven(home, resource, folder)
    found = {name: summed(name, rows, runs[name], before) for name in LOADERS}
    for name, peer in PEER.items():
        found[name]["peer"] = peer
        found[name]["ratio"] = round(found[name]["seconds"] / found[peer]["seconds"], 2)
        found[name]["cpu_ratio"] = round(found[name]["cpu_seconds"] / found[peer]["cpu_seconds"], 2)
    return list(found.values())


def proven(home: Home, resource: str, folder: Path) -> None:
    """Give up when a loader left something else than was asked of all of them."""
    import psycopg

    from publishers.ckan.datastore import check, digest_of, rows_of

    with home.client() as portal:
        problems = check(portal, resource, spec(), digest_of(spec(), rows_of([folder / "rows.parquet"], spec())))
    with psycopg.connect(home.dsn) as connection:
        (indexes,) = connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [resource]).fetchone()
        (enabled,) = connection.execute(
            "SELECT count(*) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE relname = %s AND tgenabled = 'O'",
            [resource],
        ).fetchone()
    if problems or (indexes, enabled) != (5, 1):
        raise SystemExit(f"{problems or f'{indexes} indexes, {enabled} triggers'}: no number of this run is kept")


def summed(name: str, rows: int, runs: list[dict[str, float]], before: float) -> dict[str, Any]:
    """Make one row of all runs of a loader."""
    said: dict[str, Any] = {"what": name, "rows": rows, "limit_mib": LIMIT_MIB, "load": [before, load()]}
    said["peak_mib"] = max(run["peak_mib"] for run in runs)
    said |= {key: median([run[key] for run in runs]) for key in runs[0] if key != "peak_mib"}
    said["rows_per_second"] = round(rows / said["seconds"])
    return said | ({"limit_ratio": LIMITS[name]} if name in LIMITS else {})


def uploaded(home: Home, folder: Path, size: int) -> dict[str, Any]:
    """Upload one large file."""
    path, before = folder / "large.bin", load()
    with path.open("wb") as stream:
        stream.truncate(size)
    with home.resource() as resource:
        ran = json.loads(watched([sys.executable, __file__, str(home.path), "--upload", resource, str(path)]).stdout)
        with home.client() as portal:
            found = portal.read("resource_show", id=resource)["size"]
    if found != size:
        raise SystemExit(f"{found} bytes arrived, {size} were sent")
    rounded = {key: round(value, 2) for key, value in ran.items()}
    return {
        "what": "upload",
        "rows": None,
        "mib": size >> 20,
        "limit_mib": LIMIT_MIB,
        "load": [before, load()],
    } | rounded


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    asked.add_argument("--times", type=int, default=3, help="runs of each loader up to 100,000 rows; above, one")
    asked.add_argument("--file", type=int, default=FILE, help="bytes of the uploaded file")
    asked.add_argument("--no-record", action="store_true", help="print only")
    asked.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked.add_argument("--upload", nargs=2, help=argparse.SUPPRESS)
    options = asked.parse_args()
    home = Home(options.home)
    if options.one:
        loader, resource, folder = options.one
        one(loader, home, resource, Path(folder))
        return
    if options.upload:
        upload(home, options.upload[0], Path(options.upload[1]))
        return
    found = []
    with tempfile.TemporaryDirectory(prefix="minhbach-bench-") as name:
        folder = Path(name)
        for rows in options.rows:
            found += measured(home, rows, folder, options.times if rows <= MANY else 1)
        found.append(uploaded(home, folder, options.file))
    show(found, SHOWN)
    if not options.no_record:
        about = "tables loaded into a portal's DataStore against its own loader and ckanapi's"
        keep("publish", found, about=about, same=["what", "rows"])


if __name__ == "__main__":
    main()
