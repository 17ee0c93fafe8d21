"""A pretend province for the protector's tests: dossiers of two quarters counted into both marts, identities kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

FORM = {
    "tiep_nhan": None,
    "tiep_nhan_truc_tuyen": None,
    "tiep_nhan_truc_tiep": None,
    "ky_truoc_chuyen": None,
    "da_giai_quyet": None,
    "truoc_han": None,
    "dung_han": None,
    "qua_han": None,
    "dang_giai_quyet": None,
    "dang_trong_han": None,
    "dang_qua_han": None,
    "nhan_muon": None,
}
PROCEDURE = (
    "so_giai_quyet_trong_ky",
    "so_dung_han_chinh_thuc",
    "so_da_giai_quyet",
    "so_dung_han_chat",
    "so_thieu_hen_tra",
    "so_doi_hen",
    "so_xin_loi",
)


def world(rng: np.random.Generator, agencies: int = 74) -> pd.DataFrame:
    """Which agency handles which procedure how often: communes share fields, departments own theirs."""
    departments = max(2, agencies // 4)
    common = [(f, p, rng.lognormal(0, 0.9)) for f in range(12) for p in range(10)]
    rows = []
    for a in range(agencies):
        code = f"H49.{a + 1:02d}"
        if a >= departments:
            size = rng.lognormal(0, 0.3)
            rows += [
                (code, "xa", f"L{f:02d}", f"{f:02d}.{p:03d}", w * size * rng.lognormal(0, 0.12)) for f, p, w in common
            ]
            continue
        own = [int(f) for f in np.arange(12, 80) if f % departments == a or (f * 7) % (departments * 3) == a]
        rows += [
            (code, "so", f"L{f:02d}", f"{f:02d}.{p:03d}", float(rng.lognormal(2.3, 0.7)))
            for f in own
            for p in range(int(rng.integers(2, 7)))
        ]
    return pd.DataFrame(rows, columns=["agency", "cap", "field", "procedure", "weight"])


def dossiers(rng: np.random.Generator, places: pd.DataFrame, count: int) -> pd.DataFrame:
    """New dossiers of one quarter."""
    chosen = rng.choice(len(places), size=count, p=(places.weight / places.weight.sum()).to_numpy())
    new = places.iloc[chosen].drop(columns="weight").reset_index(drop=True)
    firms = rng.integers(0, max(2, count // 300), size=count)
    new["person"] = np.where(rng.random(count) < 0.06, firms, 10**9 + rng.integers(0, count * 3, size=count))
    new["online"] = rng.random(count) < 0.62
    new["late_seen"] = rng.random(count) < 0.004
    new["carried"] = False
    return new


def close(rng: np.random.Generator, open_: pd.DataFrame) -> pd.DataFrame:
    """Decide how every dossier of the quarter stands at its end."""
    count = len(open_)
    done = rng.random(count) < np.where(open_.carried, 0.8, 0.86)
    result = done & (rng.random(count) < 0.96)
    on_time = rng.random(count)
    open_["done"], open_["result"] = done, result
    open_["early"], open_["exact"] = done & (on_time < 0.75), done & (on_time >= 0.75) & (on_time < 0.93)
    open_["within"] = ~done & (rng.random(count) < 0.8)
    open_["official"] = open_.early | open_.exact | open_.within
    open_["strict"] = result & (open_.early | (open_.exact & (rng.random(count) < 0.9)))
    open_["no_due"], open_["moved"], open_["sorry"] = (rng.random(count) < share for share in (0.01, 0.02, 0.03))
    return open_


def roll_up(year: pd.DataFrame, quarters: float, rare: int = 12) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Fields and procedures with a row of their own, by level, as the year before says."""
    found = []
    for dim in ("field", "procedure"):
        mean = year.groupby(["cap", "agency", dim]).size().groupby(["cap", dim]).quantile(0.2) / quarters
        found.append(set(mean[mean >= rare].index))
    return found[0], found[1]


def rolled(quarter: pd.DataFrame, own: tuple[set[tuple[str, str]], set[tuple[str, str]]]) -> pd.DataFrame:
    """Put rare fields and procedures into the rows that are declared for them."""
    fields, procedures = own
    has_field = np.array([pair in fields for pair in zip(quarter.cap, quarter.field, strict=True)])
    has_row = np.array([pair in procedures for pair in zip(quarter.cap, quarter.procedure, strict=True)])
    quarter["field"] = np.where(has_field, quarter.field, "KHAC")
    quarter["procedure"] = np.where(has_row & has_field, quarter.procedure, quarter.field + ".KHAC")
    return quarter


def marts(data: pd.DataFrame, period: str) -> dict[str, pa.Table]:
    """Count the dossiers of one quarter into both tables, totals included."""
    d = data
    flags = pd.DataFrame(
        {
            "tiep_nhan": 1,
            "tiep_nhan_truc_tuyen": ~d.carried & d.online,
            "tiep_nhan_truc_tiep": ~d.carried & ~d.online,
            "ky_truoc_chuyen": d.carried,
            "da_giai_quyet": d.done,
            "truoc_han": d.early,
            "dung_han": d.exact,
            "qua_han": d.done & ~d.early & ~d.exact,
            "dang_giai_quyet": ~d.done,
            "dang_trong_han": d.within,
            "dang_qua_han": ~d.done & ~d.within,
            "nhan_muon": d.late_seen & ~d.carried,
        }
    ).astype(int)
    proc = pd.DataFrame(
        {
            "so_giai_quyet_trong_ky": 1,
            "so_dung_han_chinh_thuc": d.official,
            "so_da_giai_quyet": d.result,
            "so_dung_han_chat": d.strict,
            "so_thieu_hen_tra": d.no_due,
            "so_doi_hen": d.moved,
            "so_xin_loi": d.sorry,
        }
    ).astype(int)
    form = _levels(d, flags, ("agency", "field"), [("agency", "field"), ("agency",), ("field",), ()])
    by_procedure = _levels(d, proc, ("agency", "procedure"), [("agency", "procedure"), ("procedure",)])
    return {
        "giai_quyet_ho_so": _form(form, period),
        "dung_han_theo_thu_tuc": _procedures(by_procedure, d, period),
    }


def _levels(d: pd.DataFrame, flags: pd.DataFrame, dims: tuple[str, ...], levels: list[tuple[str, ...]]) -> pd.DataFrame:
    caps = d.drop_duplicates("agency").set_index("agency").cap
    parts = []
    for level in levels:
        keys = [d[k] for k in level] or [pd.Series(0, index=d.index)]
        part = flags.groupby(keys).sum()
        part["so_chu_ho_so"] = d.person.groupby(keys).nunique()
        part = part.reset_index()
        for k in dims:
            if k not in level:
                part[k] = "TONG"
        part["cap"] = part.agency.map(caps).fillna("TONG")
        part["muc_tong_hop"] = "_".join(level) or "tinh"
        parts.append(part)
    return pd.concat(parts, ignore_index=True).sort_values(list(dims), ignore_index=True)


def _name(codes: pd.Series) -> pd.Series:
    return codes.map(lambda code: "Tất cả" if code == "TONG" else f"Tên {code}")


def _form(t: pd.DataFrame, period: str) -> pa.Table:
    out = pd.DataFrame(
        {
            "ky_bao_cao": period,
            "muc_tong_hop": t.muc_tong_hop,
            "ma_dinh_danh": t.agency,
            "ten_co_quan": _name(t.agency),
            "cap": t.cap,
            "ma_linh_vuc": t.field,
            "ten_linh_vuc": _name(t.field),
        }
    )
    for name in (*FORM, "so_chu_ho_so"):
        out[name] = t[name]
    return pa.Table.from_pandas(out, preserve_index=False)


def _procedures(t: pd.DataFrame, d: pd.DataFrame, period: str) -> pa.Table:
    field = d.drop_duplicates("procedure").set_index("procedure").field
    out = pd.DataFrame(
        {
            "ky_bao_cao": period,
            "muc_tong_hop": t.muc_tong_hop,
            "ma_dinh_danh": t.agency,
            "ten_co_quan": _name(t.agency),
            "cap": t.cap,
            "ma_linh_vuc": t.procedure.map(field),
            "ma_tthc": t.procedure,
            "ten_tthc": _name(t.procedure),
        }
    )
    for name in (*PROCEDURE, "so_chu_ho_so"):
        out[name] = t[name]
    return pa.Table.from_pandas(out, preserve_index=False)


def two_quarters(count: int, seed: int = 1, agencies: int = 74) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """Marts of two quarters in a row; open dossiers of the first are carried into the second."""
    rng = np.random.default_rng(seed)
    places = world(rng, agencies)
    own = roll_up(dossiers(rng, places, 600_000), 4)
    first = close(rng, dossiers(rng, places, count))
    first_open = first[~first.done].copy()
    first_open["carried"] = True
    base = ["agency", "cap", "field", "procedure", "person", "online", "late_seen", "carried"]
    second = close(rng, pd.concat([dossiers(rng, places, count), first_open[base]], ignore_index=True))
    return marts(rolled(first, own), "2026-Q2"), marts(rolled(second, own), "2026-Q3")
