"""Protects whole populations, writes releases, has the written files attacked, scanned and judged, and seals them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core import jsonfile, keys
from ..core.errors import NotFrozen
from .attacking import attack_written, keep_report, public_model, scan_written
from .building import read_mart
from .freezing import frozen
from .house import code_version
from .judging import judge_written
from .memory import inputs_of_period, is_done, remember
from .planning import sealed_releases
from .revising import hold_revision
from .signing_off import require_sign_off

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from ..core.catalog import Dataset, Publication
    from ..core.periods import Period
    from ..core.publishing import Release
    from ..release.sealing import Written
    from .freezing import Frozen
    from .house import House


@dataclass(frozen=True)
class Work:
    """One publication's period on its way to the seal."""

    house: House
    publication: Publication
    period: Period
    closed: Frozen
    staging: Path
    reason: str | None


def release(house: House, publication: Publication, period: Period, *, reason: str | None = None) -> list[Release]:
    """Seal a release of every dataset of a publication; what is sealed already with the same content is found again.

    Raises:
        NotSignedOff: no steward signed a dataset's columns and policy as they are now.
        Unprotectable: a population cannot be protected as it is declared.
        AttackSucceeded: the attacker came too close to a protected cell of the written files.
        PersonalDataFound: the scan found a personal identifier in the written bytes.
        VerdictFailed: the release gate refused, or the mart gate did not pass.
        GateRefused: another content is sealed for this period and no `reason` for a revision is given.
        SealBroken: a revision of the period, newest or not, is not what was sealed.
        Unprotectable: a revision tells of a few by its difference from what was told before.

    """
    from ..release.sealing import reconcile

    for name in publication.datasets:
        require_sign_off(house, house.catalog.dataset(name))
        reconcile(house.lake, house.ledger, name, period)
    closed = frozen(house, publication, period)
    inputs, subject = inputs_of_period(house, period), f"{publication.name}/{period}"
    if reason is None and is_done(house, "release", subject, inputs):
        return sealed_releases(house, publication, period)
    staging = house.lake.staging(publication.name, period)
    work = Work(house, publication, period, closed, staging, reason)
    shutil.rmtree(staging, ignore_errors=True)
    sealed: list[Release] = []
    for population, datasets in house.catalog.populations(publication).items():
        sealed += _seal_population(work, population, datasets)
    shutil.rmtree(staging, ignore_errors=True)
    remember(house, "release", subject, inputs)
    return sealed


def _seal_population(work: Work, population: str, datasets: Sequence[Dataset]) -> list[Release]:
    from ..disclosure.protect import protect
    from ..release.sealing import seal

    house, period = work.house, work.period
    marts = {dataset.name: mart_of(house, dataset.name, period) for dataset in datasets}
    earlier = earlier_releases(house, datasets, period)
    published = [{name: table_of(one) for name, one in releases.items()} for releases in earlier]
    protection = protect(marts, datasets, published, codes=house.catalog.codes)
    keep_report(house, population, period, protection.report)
    figures = protection.public["datasets"]
    written = {
        dataset.name: _write(work, dataset, protection.tables[dataset.name], figures[dataset.name])
        for dataset in datasets
    }
    folders = {name: one.folder for name, one in written.items()}
    attack = attack_written(house, population, period, folders, earlier)
    scan_written(house, folders)
    verdicts = judge_written(house, period, folders)
    return [
        seal(
            one,
            gates=[jsonfile.read(house.lake.verdict(name, period, "mart"), "verdict"), verdicts[name].document()],
            attack=attack,
            suppressed=_suppressed(figures[name]),
            code_version=code_version(),
            signing_key=keys.secret("SIGNING_KEY", house.settings),
            lake=house.lake,
            ledger=house.ledger,
            waived={
                agency: why
                for agency, why in work.closed.waived.items()
                if agency in house.catalog.dataset(name).inputs
            },
            revision_reason=work.reason,
        )
        for name, one in written.items()
    ]


def _write(work: Work, dataset: Dataset, table: pa.Table, figures: dict[str, Any]) -> Written:
    from ..release.sealing import load, newest, revision_for
    from ..release.writing import write

    house, period = work.house, work.period
    issued = house.catalog.calendar.add_workdays(period.end, work.publication.calendar.release_after_workdays)
    revision = revision_for(
        table, dataset=dataset.name, period=period, catalog=house.catalog, lake=house.lake, reason=work.reason
    )
    for superseded in house.lake.revisions(dataset.name, period):
        if superseded != revision:
            hold_revision(dataset, str(period), table_of(load(house.lake, dataset.name, period, superseded)), table)
    return write(
        dataset.name,
        period=period,
        revision=revision,
        table=table,
        sources=_sources(work, dataset),
        public_model=public_model(house, dataset, period),
        public_figures=_suppressed(figures),
        catalog=house.catalog,
        folder=work.staging / dataset.name,
        issued=issued.isoformat(),
        data_as_of=period.end.isoformat(),
        previous=newest(house.lake, dataset.name, period),
    )


def earlier_releases(house: House, datasets: Sequence[Dataset], period: Period) -> list[dict[str, Release]]:
    """Return the newest sealed releases of the periods before this one, oldest first: the attacker has them too."""
    from ..release.sealing import newest

    found: list[dict[str, Release]] = []
    before, first = period.previous, house.catalog.project.first_period
    while str(before) >= first:
        releases = {dataset.name: newest(house.lake, dataset.name, before) for dataset in datasets}
        there = {name: one for name, one in releases.items() if one is not None}
        if there:
            found.append(there)
        before = before.previous
    return found[::-1]


def mart_of(house: House, dataset: str, period: Period) -> pa.Table:
    """Read a mart that must be there. Raises NotFrozen when the period was not built."""
    table = read_mart(house, dataset, period)
    if table is None:
        raise NotFrozen(f"{dataset} {period}: there is no mart; `minhbach build --period {period}` makes it.")
    return table


def table_of(release: Release) -> pa.Table:
    """Read what a release told."""
    import pyarrow.parquet as pq

    return pq.read_table(release.folder / "data.parquet")


def _sources(work: Work, dataset: Dataset) -> list[dict[str, Any]]:
    """List the extracts that the freeze named, of the agencies that the dataset reads."""
    lake = work.house.lake
    return [
        {
            "agency": agency,
            "table": table,
            "extract_id": extract_id,
            "sha256": (manifest := lake.manifest(agency, table, extract_id)).sha256,
            "source_time_max": manifest.source_time_max,
        }
        for agency, tables in work.closed.extracts.items()
        if agency in dataset.inputs
        for table, extracts in tables.items()
        for extract_id in extracts
    ]


def _waived(work: Work, dataset: Dataset) -> dict[str, str]:
    return {agency: why for agency, why in work.closed.waived.items() if agency in dataset.inputs}


def _suppressed(figures: dict[str, Any]) -> dict[str, Any]:
    """What a release says of its protection: cells that a reader can count, and a share that is rounded up."""
    return {"cells": figures["suppressed_cells"], "share": figures["suppressed_share_at_most"]}
