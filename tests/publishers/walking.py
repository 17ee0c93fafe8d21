"""Walks sealed releases through plan, approval and apply as the house does: ledger, receipts and portal all real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from minhbach.core.keys import read_private
from minhbach.core.people import demo_key
from minhbach.flow.planning import plan, plan_withdrawal
from minhbach.flow.publishing import Applied, apply, approve

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Publication
    from minhbach.core.publishing import Plan
    from minhbach.flow.house import House


@dataclass(frozen=True)
class Walk:
    """One house, one publication, one portal."""

    house: House
    portal: str

    @property
    def publication(self) -> Publication:
        return self.house.catalog.publication()

    def approved(self, period: str) -> Plan:
        """Plan a period and have it approved by the demo's steward."""
        made = plan(self.house, self.publication, self.house.period(period, self.publication), portal=self.portal)
        return self._approve(made)

    def publish(self, period: str) -> Applied:
        return apply(self.house, self.approved(period))

    def withdraw(self, dataset: str, period: str, reason: str) -> Applied:
        return apply(self.house, self.approved_withdrawal(dataset, period, reason))

    def approved_withdrawal(self, dataset: str, period: str, reason: str) -> Plan:
        """Plan the tombstone of a dataset's period and have it approved."""
        preparer = self.publication.prepared_by[0]
        made = plan_withdrawal(
            self.house,
            self.publication,
            self.house.period(period, self.publication),
            dataset,
            reason,
            preparer=preparer,
            private=self._key(preparer),
            portal=self.portal,
        )
        return self._approve(made)

    def _approve(self, made: Plan) -> Plan:
        steward = self.publication.approved_by[0]
        approve(self.house, made, steward, self._key(steward))
        return made

    def _key(self, name: str) -> bytes:
        return read_private(demo_key(name, self.house.settings))


def environment(project: Path, folder: Path) -> dict[str, str]:
    """Give the settings of a house in a folder, as a process of its own finds them."""
    return {
        "MINHBACH_PROJECT": str(project),
        "MINHBACH_LAKE": str(folder / "lake"),
        "MINHBACH_WAREHOUSE": str(folder / "warehouse"),
        "MINHBACH_LEDGER": f"sqlite:///{folder / 'ledger.sqlite'}",
        "MINHBACH_MODE": "demo",
    }
