"""Sealed releases of the pretend province for the site's tests: invented numbers that keep the form's identities."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from minhbach.core import keys
from minhbach.core.catalog import Catalog, load_catalog
from minhbach.core.lake import Lake
from minhbach.core.ledger import Ledger
from minhbach.core.publishing import Plan, PublishingContext, Release
from minhbach.core.settings import Settings
from minhbach.release import make_plan, seal, sign_plan, withdrawal, write
from publishers.site import SitePublisher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORM, RATES = "giai_quyet_ho_so", "dung_han_theo_thu_tuc"
ISSUED = {"2026-Q2": "2026-06-23", "2026-Q3": "2026-09-23", "2026-Q4": "2026-12-23"}
THRESHOLD = 10
GATES = [{"gate": gate, "passed": True, "checks": [{"id": str(n)} for n in range(9)]} for gate in ("mart", "release")]
ATTACK = {"model": "bounds 1, equations, carry-over, threshold 10", "recovered": 0, "narrow": 0}
SOURCES = [
    {
        "agency": "mot_cua_quang_ninh",
        "table": table,
        "extract_id": "20260917T100000-0a1b2c3d",
        "sha256": "a" * 64,
        "source_time_max": "20260917090000",
    }
    for table in ("ho_so", "qua_trinh", "bo_sung")
]
Record = dict[str, Any]


@dataclass(frozen=True)
class House:
    """A lake with sealed releases and the publisher of a site beside it."""

    catalog: Catalog
    settings: Settings
    lake: Lake
    ledger: Ledger

    def publisher(self, **options: Any) -> SitePublisher:
        publication = self.catalog.publication()
        portal = self.catalog.portals[publication.portal]
        chosen = replace_portal(portal, options) if options else portal
        context = PublishingContext(self.catalog, publication, publication.portal, chosen, self.lake.root)
        return SitePublisher(context)

    def plan(self, publisher: SitePublisher, releases: Sequence[Release], **changes: Any) -> Plan:
        live = publisher.observe()
        period = releases[0].period if releases else changes.pop("period")
        withdrawn = [withdrawal(release, live, reason) for release, reason in changes.pop("withdraw", [])]
        metadata = {one.dataset: publisher.metadata(self.catalog.dataset(one.dataset), one) for one in releases}
        made = make_plan(
            releases,
            live,
            metadata,
            publication=self.catalog.publication().name,
            period=period,
            portal_kind="site",
            issued=changes.pop("issued", None) or ISSUED[period],
            catalog=self.catalog,
            lake=self.lake,
            withdrawals=withdrawn,
        )
        return sign_plan(made, "preparer_demo", b"p" * 32)

    def release(self, dataset: str, period: str, *, seed: int = 1, agencies: int = 75, reason: str = "") -> Release:
        """Seal one release of invented numbers."""
        table = table_of(self.catalog, dataset, period, seed, agencies)
        revisions = self.lake.revisions(dataset, period)
        revision = f"r{len(revisions) + 1}"
        previous = None
        if revisions:
            from minhbach.release import load

            previous = load(self.lake, dataset, period)
        written = write(
            dataset,
            period=period,
            revision=revision,
            table=table,
            sources=SOURCES,
            public_model={
                "schema": "minhbach/disclosure/1",
                "dataset": dataset,
                "period": period,
            },
            public_figures={"cells": 120, "share": 0.015},
            catalog=self.catalog,
            folder=self.lake.staging("thu", period) / dataset,
            issued=ISSUED[period],
            data_as_of=ISSUED[period],
            previous=previous,
        )
        return seal(
            written,
            gates=GATES,
            attack=ATTACK,
            suppressed={"cells": 120, "share": 0.015},
            code_version="0.1.0+test",
            signing_key=keys.Secret("SIGNING_KEY", b"k" * 32),
            lake=self.lake,
            ledger=self.ledger,
            revision_reason=reason or None,
        )

    def publish(self, publisher: SitePublisher, releases: Sequence[Release], **changes: Any) -> Plan:
        plan = self.plan(publisher, releases, **changes)
        publisher.apply(plan, releases, lambda _: None)
        return plan


def replace_portal(portal: Any, changes: dict[str, Any]) -> Any:
    address = changes.pop("address", portal.address)
    return portal.model_copy(update={"options": {**portal.options, **changes}, "address": address})


def open_house(project: Path, var: Path) -> House:
    settings = Settings(
        project, var / "lake", var / "warehouse", f"sqlite:///{var / 'ledger.sqlite'}", "duckdb", "demo"
    )
    return House(load_catalog(project), settings, Lake(settings.lake), Ledger(settings.ledger))


def receipt_of(plan: Plan, releases: Sequence[Release]) -> dict[str, Any]:
    """Make a receipt of the shape the house writes."""
    from minhbach.core import seal as seals

    document = {
        "schema": "minhbach/receipt/1",
        "publication": plan.publication,
        "period": plan.period,
        "plan_hash": plan.hash,
        "approver": "steward_demo",
        "published_at": f"{plan.issued}T02:00:00Z",
        "releases": [{"dataset": one.dataset, "manifest_sha256": one.manifest_sha256} for one in releases],
        "ledger_head": "f" * 64,
    }
    return seals.signed(document, b"k" * 32)


def table_of(catalog: Catalog, dataset: str, period: str, seed: int, agencies: int) -> pa.Table:
    """Invent the protected table of one dataset."""
    chance = random.Random(f"{seed}/{period}")
    bodies = [row for row in catalog.codes["co_quan"] if row["cap"] in {"so", "xa"} and not row["hieu_luc_den"]]
    fields = [row for row in catalog.codes["linh_vuc"] if row["code"] not in {"TONG", "KHAC"}]
    rows: list[Record] = []
    for body in bodies[:agencies]:
        for field in sorted(chance.sample(fields, chance.randint(4, 14)), key=lambda one: one["code"]):
            base = int(chance.lognormvariate(4, 1.4)) + 1
            rows.append(
                _form(body, field, base, chance) if dataset == FORM else _rate(body, field, base, chance, catalog)
            )
    measures = [c.name for c in catalog.dataset(dataset).published if c.type == "integer"]
    whole = rows + (_form_totals(rows, measures) if dataset == FORM else _rate_totals(rows, measures))
    names = [column.name for column in catalog.dataset(dataset).published] + ["ghi_chu_an_so"]
    for row in whole:
        row["ky_bao_cao"] = period
        _protect(row, dataset, measures)
    return pa.table({name: [row[name] for row in whole] for name in names})


def _form(body: Record, field: Record, base: int, chance: random.Random) -> Record:
    carried = base // chance.randint(5, 12)
    online = int((base - carried) * chance.uniform(0.3, 0.95))
    done = base - base // chance.randint(4, 15)
    late = int(done * chance.betavariate(1.2, 25))
    early = int((done - late) * chance.uniform(0.5, 0.95))
    overdue = int((base - done) * chance.betavariate(1.2, 12))
    return {
        **_body(body),
        "muc_tong_hop": "co_quan_linh_vuc",
        "ma_linh_vuc": field["code"],
        "ten_linh_vuc": field["vi"],
        "tiep_nhan": base,
        "tiep_nhan_truc_tuyen": online,
        "tiep_nhan_truc_tiep": base - carried - online,
        "ky_truoc_chuyen": carried,
        "da_giai_quyet": done,
        "truoc_han": early,
        "dung_han": done - late - early,
        "qua_han": late,
        "dang_giai_quyet": base - done,
        "dang_trong_han": base - done - overdue,
        "dang_qua_han": overdue,
        "nhan_muon": int((base - carried) * 0.02),
    }


def _rate(body: Record, field: Record, base: int, chance: random.Random, catalog: Catalog) -> Record:
    known = [row for row in catalog.codes["thu_tuc"] if row["ma_linh_vuc"] == field["code"]]
    procedure = chance.choice(known) if known else {"code": f"{field['code']}.KHAC", "vi": "Thủ tục khác của lĩnh vực"}
    done = base - base // chance.randint(4, 15)
    return {
        **_body(body),
        "muc_tong_hop": "co_quan_thu_tuc",
        "ma_linh_vuc": field["code"],
        "ma_tthc": procedure["code"],
        "ten_tthc": procedure["vi"],
        "so_giai_quyet_trong_ky": base,
        "so_dung_han_chinh_thuc": int(base * chance.uniform(0.93, 1)),
        "so_da_giai_quyet": done,
        "so_dung_han_chat": int(done * chance.uniform(0.8, 1)),
        "so_thieu_hen_tra": int(base * 0.01),
        "so_doi_hen": int(base * 0.015),
        "so_xin_loi": int(base * 0.02),
    }


def _body(body: Record) -> Record:
    return {"ma_dinh_danh": body["code"], "ten_co_quan": body["vi"], "cap": body["cap"]}


ALL_BODIES = {"ma_dinh_danh": "TONG", "ten_co_quan": "Tất cả", "cap": "tinh"}
ALL_FIELDS = {"ma_linh_vuc": "TONG", "ten_linh_vuc": "Tất cả"}


def _form_totals(rows: list[Record], measures: list[str]) -> list[Record]:
    by_body = _summed(rows, measures, ("ma_dinh_danh",), {**ALL_FIELDS, "muc_tong_hop": "co_quan"})
    by_field = _summed(rows, measures, ("ma_linh_vuc",), {**ALL_BODIES, "muc_tong_hop": "linh_vuc"})
    return by_body + by_field + _summed(rows, measures, (), {**ALL_BODIES, **ALL_FIELDS, "muc_tong_hop": "tinh"})


def _rate_totals(rows: list[Record], measures: list[str]) -> list[Record]:
    return _summed(rows, measures, ("ma_tthc",), {**ALL_BODIES, "muc_tong_hop": "thu_tuc"})


def _summed(rows: list[Record], measures: list[str], by: tuple[str, ...], common: Record) -> list[Record]:
    sums: dict[tuple[str, ...], Record] = {}
    for row in rows:
        key = tuple(row[name] for name in by)
        if key not in sums:
            sums[key] = {**row, **dict.fromkeys(measures, 0), **common}
        for name in measures:
            sums[key][name] += row[name]
    return list(sums.values())


def _protect(row: Record, dataset: str, measures: list[str]) -> None:
    base = "tiep_nhan" if dataset == FORM else "so_giai_quyet_trong_ky"
    row["ghi_chu_an_so"] = None
    if row[base] < THRESHOLD:
        row.update(dict.fromkeys(measures), ghi_chu_an_so="c")
    if dataset == RATES:
        for rate, part, whole in (
            ("ty_le_dung_han_chinh_thuc", "so_dung_han_chinh_thuc", "so_giai_quyet_trong_ky"),
            ("ty_le_dung_han_chat", "so_dung_han_chat", "so_da_giai_quyet"),
        ):
            row[rate] = Decimal(100 * row[part]) / row[whole] if row[part] is not None and row[whole] else None
            row[rate] = row[rate] and row[rate].quantize(Decimal("0.01"))


__all__ = ["FORM", "RATES", "House", "open_house", "receipt_of", "replace", "table_of"]
