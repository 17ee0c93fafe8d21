"""Writes a pretend province into a folder: what its services send, its truth, and the credentials to ask for it.

Layout of the folder: `served/` (records and indexes of the services), `drop_source/` (what the offices without a
service will drop), `truth/`, `credentials.json` (0600), `sandbox.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from . import csvdrop
from .blemishes import write_defects, write_event_defects
from .defects import plant, window_of
from .dossiers import draw
from .log_wording import apology_columns, event_columns, supplement_columns
from .needles import plant_needles
from .people import gather
from .province import Province, read_province
from .records import Records, apology_records, dossier_records, event_records, supplement_records
from .registers import write_registers
from .store import TableWriter
from .truth_files import write_truth
from .wording import dossier_columns
from .world import World, dossier_codes, draw_subjects

if TYPE_CHECKING:
    from pathlib import Path

    from .dossiers import Ints

SERVICES = {
    "ho_so": "DongBoHoSoMC",
    "qua_trinh": "CapNhatTienDoHoSoMC",
    "bo_sung": "DanhSachHoSoBoSung",
    "phieu_xin_loi": "PhieuXinLoi",
    "thu_tuc": "LayDanhSachTTHC",
    "co_quan": "LayDanhSachDonVi",
}
LAND_FIELDS = ("DAT_DAI",)


def generate(project: Path, *, seed: int, dossiers: int, out: Path) -> dict[str, int]:
    """Write the province of this project folder; return how many records each table of each supplier holds.

    The same project, seed and size give the same bytes.

    Raises:
        ValueError: `dossiers` is too small to play with, or the project's lists are.

    """
    if dossiers < 100:
        raise ValueError(f"sandbox: found {dossiers} dossiers a quarter, expected at least 100.")
    province = read_province(project)
    out.mkdir(parents=True, exist_ok=True)
    for folder in ("served", "truth", "drop_source"):
        (out / folder).mkdir(exist_ok=True)
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(8)]
    true = draw(province, streams[0], dossiers)
    told = plant(province, true, streams[1])
    people = gather(streams[2], true.unit, province.code)
    land = np.array([p.field in LAND_FIELDS for p in province.procedures])[true.procedure]
    nobody = streams[3].random(len(true)) < 0.012
    world = World(
        province=province,
        dossiers=true,
        told=told,
        people=people,
        codes=dossier_codes(province, true),
        identity=np.where(nobody, 0, people.identity[people.of_dossier]),
        subject=draw_subjects(true.procedure, land, streams[3]),
        chance=streams[3].integers(0, 1 << 40, len(true)),
    )
    tables = {
        "ho_so": dossier_records(province, true, told),
        "qua_trinh": event_records(true, told, streams[4]),
        "bo_sung": supplement_records(province, true),
        "phieu_xin_loi": apology_records(true),
    }
    events = tables["qua_trinh"]
    supplier = np.array([province.suppliers.index(u.supplier) for u in province.units])[true.unit]
    in_time = events.stage == 4
    needles = plant_needles(world, np.flatnonzero(in_time), events.dossier[in_time], streams[5])
    _settle_codes(world)
    write_defects(world, streams[6])
    world.event_broken = write_event_defects(
        world, events, supplier[events.dossier], window_of(province, events.told), streams[7]
    )
    counts = _write_tables(world, tables, supplier, out)
    write_registers(province, out / "served", SERVICES)
    write_truth(world, tables, needles, out / "truth", seed=seed, size=dossiers)
    _write_credentials(out, seed)
    _write_settings(province, out, seed=seed, dossiers=dossiers)
    return counts


def _settle_codes(world: World) -> None:
    from .columns import replaced

    rows = np.arange(len(world.dossiers), dtype=np.int64)
    world.codes = replaced(world.codes, rows, world.instead.get(("codes", "MaHoSo"), {}))


def _write_tables(world: World, tables: dict[str, Records], supplier: Ints, out: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table, records in tables.items():
        of = supplier[records.dossier]
        for number, name in enumerate(world.province.suppliers):
            rows = np.flatnonzero(of == number)
            part = Records(*(column[rows] for column in vars(records).values()))
            counts[f"{name}.{table}"] = len(part)
            if number == 0:
                with TableWriter(out / "served", SERVICES[table]) as writer:
                    for at in writer.chunks(len(part)):
                        chunk = Records(*(column[at] for column in vars(part).values()))
                        writer.write(_columns(world, table, chunk, rows[at]))
                    writer.index(part.told, part.until)
            elif table in csvdrop.HEADERS:
                csvdrop.keep(out / "drop_source", name, table, part, _columns(world, table, part, rows))
    return counts


def _columns(world: World, table: str, records: Records, numbers: Ints) -> dict[str, Any]:
    match table:
        case "ho_so":
            return dossier_columns(world, records)
        case "qua_trinh":
            return event_columns(world, records, numbers)
        case "bo_sung":
            return supplement_columns(world, records)
        case _:
            return apology_columns(world, records)


def _write_credentials(out: Path, seed: int) -> None:
    def secret(purpose: str) -> str:
        return hashlib.sha256(f"minhbach sandbox {seed} {purpose}".encode()).hexdigest()[:40]

    wanted = {"client_id": "mot_cua_sandbox", "client_secret": secret("client"), "admin_secret": secret("admin")}
    write_private(out / "credentials.json", wanted)


def _write_settings(province: Province, out: Path, *, seed: int, dossiers: int) -> None:
    settings: dict[str, Any] = {
        "schema": "minhbach/sandbox/1",
        "seed": seed,
        "dossiers": dossiers,
        "unit": province.agency_code,
        "suppliers": list(province.suppliers),
        "periods": [
            {"name": p.name, "start": str(p.start), "end": str(p.end), "freeze": p.freeze.isoformat()}
            for p in province.periods
        ],
    }
    (out / "sandbox.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_private(path: Path, content: dict[str, str]) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.write("\n")
