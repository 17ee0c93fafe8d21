"""The publisher of kind `ckan`: looks at what is live, stages, flips, reads back, shows the receipt, takes back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from minhbach.core import jsonfile
from minhbach.core.errors import SealBroken, UsageError
from minhbach.core.portal_access import access
from minhbach.core.publishing import Live, LiveDataset, Proof, require_releases

from .applying import Applier
from .audit import CkanAudit
from .canonical import canonical, flat
from .clearing import Clearings
from .client import READ, Portal
from .describe import RECEIPT_FILE, Describer
from .flipping import Flipper
from .ground import Ground
from .holdings import Receipt
from .look import Looker
from .looking import Outside
from .probe import Probe
from .readback import Reader
from .records import Records
from .slots import Slots
from .staging import Stager
from .tables import Tables
from .writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from minhbach.core.auditing import Audit, Withdrawn
    from minhbach.core.catalog import Dataset
    from minhbach.core.publishing import Plan, PublishingContext, Release
    from minhbach.core.watching import Expected
    from minhbach.core.watching import Seen as Watched

    from .applying import Target
    from .look import Seen

NOWHERE = "http://127.0.0.1:5000"
MODES = ("copy", "api")
AT_ONCE = 4


@dataclass(frozen=True)
class Options:
    """What `catalog/portals.yml` may say of a portal of this kind."""

    mode: str = "copy"
    """`copy`: we hold the database's write role; `api`: a token is all we have."""
    at_once: int = AT_ONCE
    """Requests under way at a time, over all processes of this lake."""
    timeout: float = READ
    """Seconds to wait for an answer."""
    largest_file: int | None = None
    """Bytes a file may have, where the portal's administrator said so."""

    @classmethod
    def read(cls, given: dict[str, Any], where: str) -> Options:
        """Read the options. Raises UsageError on one that is not known."""
        known = cls.__dataclass_fields__
        for key in given:
            if key not in known:
                raise UsageError(f'{where}.options: found "{key}", expected one of {", ".join(known)}.')
        options = cls(**given)
        if options.mode not in MODES:
            raise UsageError(f'{where}.options.mode: found "{options.mode}", expected one of {", ".join(MODES)}.')
        for name, value, kinds in (("at_once", options.at_once, int), ("timeout", options.timeout, (int, float))):
            if isinstance(value, bool) or not isinstance(value, kinds) or value < 1:
                raise UsageError(f'{where}.options.{name}: found "{value}", expected a number of at least 1.')
        return options


class CkanPublisher:
    """Publishes to a CKAN 2.12 portal; every step can be killed and repeated."""

    def __init__(self, context: PublishingContext) -> None:
        self.context = context
        self.options = Options.read(context.portal.options, f"portals.{context.portal_name}")
        # Apply goes on from what observe saw, the receipt from the reading back: edits meanwhile meet the writes' lock.
        self._just_seen: dict[str, Seen] = {}

    @cached_property
    def folder(self) -> Path:
        """What the house keeps of this portal, in the lake."""
        return self.context.lake_root / "portals" / self.context.portal_name

    @cached_property
    def slots(self) -> Slots:
        """The portal's places for requests."""
        return Slots(self.folder, self.options.at_once)

    @cached_property
    def address(self) -> str:
        """Where this machine asks the portal."""
        return (access(self.context.portal_name).url or self.public).rstrip("/")

    @cached_property
    def public(self) -> str:
        """What receipts name: the declared address, which outside readers know; another is told only without one."""
        return (self.context.portal.address or access(self.context.portal_name).url or NOWHERE).rstrip("/")

    @cached_property
    def portal(self) -> Portal:
        """The portal through the publishing account. Raises UsageError when no token is given."""
        return self._portal(access(self.context.portal_name).needed("token"))

    @cached_property
    def anyone(self) -> Portal:
        """The portal through nobody's account."""
        return self._portal(None)

    def reader(self) -> Reader:
        """Give new anonymous eyes for a reading back."""
        return Reader(self.anyone, self.public)

    @cached_property
    def admin(self) -> Portal | None:
        """The portal through an administrator's account, where the house holds its token."""
        token = access(self.context.portal_name).admin_token
        return self._portal(token) if token else None

    def _portal(self, token: str | None) -> Portal:
        return Portal(self.address, token, self.slots, read_timeout=float(self.options.timeout))

    @cached_property
    def tables(self) -> Tables:
        """The tables, in the declared mode."""
        given = access(self.context.portal_name)
        return Tables.through(self.portal, given.needed("datastore_url") if self.options.mode == "copy" else None)

    @cached_property
    def looker(self) -> Looker:
        """The eyes."""
        return Looker(self.portal, self.tables, Records(self.folder))

    @cached_property
    def datasets(self) -> list[Dataset]:
        """The datasets of the publication."""
        return [self.context.catalog.dataset(name) for name in self.context.publication.datasets]

    @cached_property
    def describer(self) -> Describer:
        """What packages should be. Raises PortalFailed when a licence is not known there."""
        licences = Probe(self.portal, None).licences(self.datasets)
        return Describer(self.context, licences, stable_table=self.tables.is_stable)

    @cached_property
    def applier(self) -> Applier:
        """The hands."""
        writer = Writer(self.portal, self.looker)
        stager = Stager(self.portal, self.looker, writer, self.tables)
        flipper = Flipper(self.looker, writer, self.tables, Records(self.folder))
        storage, clearings = access(self.context.portal_name).storage, Clearings(self.folder)
        return Applier(self.looker, self.describer, stager, flipper, clearings, storage, self.admin)

    def _look(self, datasets: Sequence[Dataset]) -> list[Seen]:
        seen = self.portal.each(self.looker.at, datasets)
        self._just_seen.update({one.dataset.name: one for one in seen})
        return seen

    def _targets(self, plan: Plan) -> list[Target]:
        """Use what was just seen, once."""
        changed = {change.dataset for change in plan.changes}
        datasets = [dataset for dataset in self.datasets if dataset.name in changed]
        self._look([dataset for dataset in datasets if dataset.name not in self._just_seen])
        seen = [self._just_seen[dataset.name] for dataset in datasets]
        self._just_seen.clear()
        return self.applier.targets(plan, seen)

    def observe(self) -> Live:
        """Look at every dataset of the publication; what differs from its description was edited and is named."""
        seen = self._look(self.datasets)
        held = {
            one.dataset.name: LiveDataset(
                dataset=one.dataset.name,
                releases={name: brought.manifest_sha256 for name, brought in one.holdings.editions.items()},
                metadata=flat(one.described),
                state=one.state,
                withdrawn=tuple(sorted(one.holdings.withdrawn)),
            )
            for one in seen
            if one.is_out
        }
        edits = [f"{one.described['name']}: {edit}" for one in seen for edit in one.edited]
        state = jsonfile.digest({one.dataset.name: one.state for one in seen})
        return Live(self.context.portal_name, held, state, edited=tuple(edits))

    def metadata(self, dataset: Dataset, release: Release) -> dict[str, Any]:
        """Say what the package would tell; an older release than the live one changes nothing about it."""
        held = self.looker.at(dataset).holdings
        edition = f"{release.period}/{release.revision}"
        planned = held.with_release(edition, release.manifest_sha256, self.context.publication.name)
        return flat(canonical(self.describer.desired(dataset, planned).package))

    def stage(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Bring and prove everything that nobody sees yet.

        Raises:
            SealBroken: the portal is neither where the plan starts nor where it ends, or a release is another one.
            PortalFailed: the portal failed, or something is missing there.

        """
        require_releases(plan, releases)
        with self.slots.alone():
            waiting = [target for target in self._targets(plan) if not target.is_done]
            if waiting:
                self._probe(releases)
            for target in waiting:
                self.applier.stage(target, plan, journal)

    def apply(self, plan: Plan, releases: Sequence[Release], journal: Callable[[str], None]) -> None:
        """Stage what is not staged, then flip all datasets of the plan within seconds; a second apply writes nothing.

        Raises:
            SealBroken: the portal is neither where the plan starts nor where it ends, or a release is another one.
            PortalFailed: the portal failed: a repeated apply goes on; or a flip was impossible and all went back.

        """
        require_releases(plan, releases)
        with self.slots.alone():
            targets = self._targets(plan)
            waiting = [target for target in targets if not target.is_done]
            if waiting:
                self._probe(releases)
                self.applier.apply(waiting, plan, journal)
            for target in targets:
                if target.is_done:  # flipped by a run that may have died before it had cleared up
                    self.applier.clear(target, journal)

    def _probe(self, releases: Sequence[Release]) -> None:
        sizes = [entry["bytes"] for release in releases for entry in release.manifest["files"].values()]
        probe = Probe(self.portal, self.admin)
        probe.ask(self.datasets, largest=max(sizes, default=0), limit=self.options.largest_file)

    def read_back(self, plan: Plan, releases: Sequence[Release]) -> Proof:
        """Read every dataset of the plan anonymously: page, files, table, search. Raises PortalFailed."""
        require_releases(plan, releases)
        reader = self.reader()
        self._look(self.datasets)
        seen = dict(self._just_seen)
        for target in self._targets(plan):
            if not target.is_done:
                reader.problems.append(f"{target.desired.package['name']}: found another state live than the plan's")
                continue
            reader.dataset(target.desired, (target.seen.record or {}).get("table"))
        self._just_seen.update(seen)
        urls = {name: reader.url(name) for name in self.context.publication.datasets}
        return Proof(read=reader.read, urls=urls, problems=tuple(reader.problems), ids=reader.ids)

    def attach_receipt(self, plan: Plan, receipt: dict[str, Any]) -> None:
        """Put the receipt beside the data of every dataset the plan changed; the same receipt twice writes nothing.

        Raises:
            SealBroken: somebody edited a package.
            PortalFailed: the portal failed.

        """
        path = self.folder / "receipts" / plan.hash / RECEIPT_FILE
        jsonfile.write_bytes(path, jsonfile.pretty(receipt))
        shown = Receipt(jsonfile.file_sha256(path), path.stat().st_size)
        with self.slots.alone():
            for target in self._targets(plan):
                if not target.is_changed or target.seen.holdings.receipts.get(plan.hash) == shown:
                    continue
                if not target.is_done:
                    raise SealBroken(
                        f"{target.desired.package['name']}: found another state than the plan's; apply again."
                    )
                self.applier.attach(target, plan, shown, path)

    def look(self, expected: Expected) -> Watched:
        """Say what anybody sees of a dataset, without a token. Raises PortalFailed."""
        return Outside(self.anyone, Records(self.folder)).at(expected)

    def audit(self, withdrawn: Sequence[Withdrawn]) -> Audit:
        """Search the portal, its stored files and its tables for what was withdrawn.

        Raises:
            UsageError: no administrator's token is given, without which strays cannot be told from what is in use.
            PortalFailed: the portal or its database failed.

        """
        given = access(self.context.portal_name)
        admin = self._portal(given.needed("admin_token"))
        return CkanAudit(self.anyone, admin, Ground(given.storage, given.datastore_url)).run(
            withdrawn, self.context.catalog
        )
