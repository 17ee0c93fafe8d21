"""A pretend province of any size, with a rough pattern of hidden rows: something of real shape to attack.

The pattern is a plain sweep (no equation over bases with one hidden member); it is not the house's protection.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml

from minhbach.disclosure.attack import public_model

TOTAL = "TONG"
DS5, DS6 = "giai_quyet_ho_so", "dung_han_theo_thu_tuc"
CATALOG = Path(__file__).resolve().parents[3] / "catalog" / "datasets"
ENDS = ("truoc_han", "dung_han", "qua_han", "dang_trong_han", "dang_qua_han")
THRESHOLD = 10

Cells = dict[tuple[str, ...], dict[str, int]]


class Province:
    """Two quarters of two tables, written to folders."""

    def __init__(
        self, dossiers: int, *, seed: int = 1, agencies: int = 74, fields: int = 20, procedures: int = 12
    ) -> None:
        self.rng = random.Random(seed)
        self.tables: dict[tuple[str, str], Cells] = {}
        self.hidden: dict[tuple[str, str], set[tuple[tuple[str, ...], str]]] = defaultdict(set)
        weights = {
            (f"H49.{agency}", f"F{field}.{number}"): 0.4 + self.rng.expovariate(1)
            for agency in range(agencies)
            for field in range(fields)
            if self.rng.random() < 0.7
            for number in range(procedures)
            if self.rng.random() < 0.36
        }
        keys, sizes = list(weights), list(weights.values())
        pending: Counter[tuple[str, str]] = Counter()
        for period in ("2026-Q2", "2026-Q3"):
            received = Counter(self.rng.choices(keys, sizes, k=dossiers))
            rows = {key: self._row(received[key], pending[key]) for key in keys if received[key] + pending[key]}
            pending = Counter({key: row["dang_giai_quyet"] for key, row in rows.items()})
            self._fold(period, rows)
            self._hide(period)
        for key, measure in list(self.hidden[DS5, "2026-Q2"]):
            if measure == "*" and key in self.tables[DS5, "2026-Q3"]:
                self.hidden[DS5, "2026-Q3"] |= {(key, "ky_truoc_chuyen"), (key, "tiep_nhan_truc_tuyen")}

    def write(self, folder: Path) -> list[Path]:
        """Write the four releases; return their folders."""
        return [self._write(folder, dataset, period) for dataset, period in self.tables]

    def _row(self, received: int, opening: int) -> dict[str, int]:
        ends = Counter(self.rng.choices(ENDS, (50, 20, 8, 18, 4), k=received + opening))
        row = {end: ends[end] for end in ENDS}
        closed, online = sum(ends[end] for end in ENDS[:3]), sum(self.rng.random() < 0.6 for _ in range(received))
        refused = sum(self.rng.random() < 0.02 for _ in range(closed))
        strict = self.rng.randint(max(0, closed - refused - row["qua_han"]), closed - refused)
        official = received + opening - row["qua_han"] - row["dang_qua_han"]
        return row | {
            "tiep_nhan": received + opening, "tiep_nhan_truc_tuyen": online, "tiep_nhan_truc_tiep": received - online,
            "ky_truoc_chuyen": opening, "da_giai_quyet": closed, "dang_giai_quyet": received + opening - closed,
            "nhan_muon": 0, "so_giai_quyet_trong_ky": received + opening, "so_da_giai_quyet": closed - refused,
            "so_dung_han_chat": strict, "so_dung_han_chinh_thuc": official,
            "so_thieu_hen_tra": 0, "so_doi_hen": 0, "so_xin_loi": 0,
        }  # fmt: skip

    def _fold(self, period: str, rows: Cells) -> None:
        coarse: Cells = defaultdict(Counter)  # type: ignore[arg-type]
        fine: Cells = defaultdict(Counter)  # type: ignore[arg-type]
        for (agency, procedure), row in rows.items():
            for a in (agency, TOTAL):
                fine[a, procedure].update(row)  # type: ignore[attr-defined]
                for f in (procedure.partition(".")[0], TOTAL):
                    coarse[a, f].update(row)  # type: ignore[attr-defined]
        self.tables[DS5, period], self.tables[DS6, period] = dict(coarse), dict(fine)

    def _hide(self, period: str) -> None:
        equations: list[list[tuple[str, tuple[str, ...]]]] = []
        coarse, fine = self.tables[DS5, period], self.tables[DS6, period]
        lines: dict[Any, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for a, f in coarse:
            lines[DS5, 0, a].append((DS5, (a, f)))
            lines[DS5, 1, f].append((DS5, (a, f)))
            lines[DS6, a, f].append((DS5, (a, f)))
        for a, p in fine:
            lines[DS6, p].append((DS6, (a, p)))
            lines[DS6, a, p.partition(".")[0]].append((DS6, (a, p)))
        equations = [line for line in lines.values() if len(line) > 1]
        size = {(DS5, key): row["tiep_nhan"] for key, row in coarse.items()}
        size |= {(DS6, key): row["tiep_nhan"] for key, row in fine.items()}
        out = {cell for cell, count in size.items() if count < THRESHOLD}
        changed = True
        while changed:
            changed = False
            for line in equations:
                inside = [cell for cell in line if cell in out]
                if len(inside) == 1 or (inside and sum(size[cell] for cell in inside) - len(inside) < 2 * THRESHOLD):
                    rest = [cell for cell in line if cell not in out]
                    if rest:
                        out.add(min(rest, key=lambda cell: (TOTAL in cell[1], size[cell])))
                        changed = True
        for dataset, key in out:
            self.hidden[dataset, period].add((key, "*"))
        for (a, f), row in coarse.items():
            under = [
                (row["so_giai_quyet_trong_ky"], (a, p))
                for (b, p), row in fine.items()
                if b == a and p.startswith(f + ".")
            ]
            if 0 < row["da_giai_quyet"] - row["so_da_giai_quyet"] < THRESHOLD and a != TOTAL:
                self.hidden[DS6, period] |= {(key, "so_da_giai_quyet") for _, key in sorted(under)[-2:]}

    def _write(self, folder: Path, dataset: str, period: str) -> Path:
        said = yaml.safe_load((CATALOG / f"{dataset}.yml").read_text(encoding="utf-8"))
        document = public_model(said, period, "2026-Q2" if period == "2026-Q3" else "2026-Q1", dataset=dataset)
        place = folder / dataset / period
        place.mkdir(parents=True)
        (place / "disclosure.json").write_text(json.dumps(document), encoding="utf-8")
        hidden, measures, rates = self.hidden[dataset, period], list(document["measures"]), document["rates"]
        with (place / "data.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            over = ["ma_linh_vuc"] if dataset == DS6 else []
            writer.writerow([*document["dimensions"], *over, *measures, *rates, "ghi_chu_an_so"])
            for key, row in sorted(self.tables[dataset, period].items()):
                lost = {name for name in measures if (key, name) in hidden or (key, "*") in hidden}
                cells: list[Any] = ["" if name in lost else row[name] for name in measures]
                for rate in rates.values():
                    whole, part = row[rate["denominator"]], row[rate["numerator"]]
                    shown = whole and not lost & {rate["denominator"], rate["numerator"]}
                    cells.append(f"{(20000 * part + whole) // (2 * whole) / 100:.2f}" if shown else "")
                folded = [key[1].partition(".")[0]] if over else []
                writer.writerow([*key, *folded, *cells, "c" if lost else ""])
        return place
