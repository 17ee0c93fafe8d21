"""Publish to a real CKAN under seeded faults: `python bench/faults.py [--seeds N] [--home DIR] [--keep FOLDER]`.

Groups of four publications (Q2, Q3, Q2 again, one dataset's Q2 taken back) on an emptied portal, in both
ways of loading, one fault in each: on the wire, a killed publisher, or a portal that fails. After a second run without
a fault everything has to be whole, and anonymous readers have to have seen whole releases only. `--home` names a portal
that is up (it is emptied!); `--keep` a folder whose `outcomes.jsonl` a later run goes on from.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from recording import ROOT, keep, load, show

sys.path.insert(0, str(ROOT))

from deploy.portal.home import open_home
from deploy.services import service_account
from tests.forking import Children, children
from tests.portal import Portal
from tests.publishers.ckan.campaign import Group, empty
from tests.publishers.ckan.deck import ALL_KINDS, MODES, STEPS, Deck
from tests.publishers.ckan.small_disk import small_disk
from tests.publishers.sealed import FORM, RATES, open_house

SEED, SEEDS = 1, 500
MORTAL = "tests.publishers.ckan.mortal"
AGENCIES = 4
COLUMNS = ("fault", "struck", "got_over_in_one_run", "died_or_gave_up", "whole_after_a_second_run", "limit_whole")


def template(folder: Path) -> Path:
    """Seal two quarters of two datasets in two revisions; invented numbers."""
    if not folder.exists():
        house = open_house(ROOT, folder)
        for dataset in (FORM, RATES):
            for period in ("2026-Q2", "2026-Q3"):
                house.release(dataset, period, agencies=AGENCIES)
                house.release(dataset, period, agencies=AGENCIES, seed=2, reason="Sửa số liệu của một đơn vị")
    return folder


def run(portal: Portal, dying: Children, sealed: Path, work: Path, seeds: range, log: Path) -> None:
    """Go through groups until so many faults have struck; each outcome is a line of the log at once."""
    done = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    deck = Deck()
    for one in done:
        deck.took(f"{one['mode']} {one['step']}", one["fault"]["kind"], one["struck"], one["requests"], one["writes"])
    with log.open("a", encoding="utf-8") as stream:
        for number in count(len(done) // len(STEPS)):
            if deck.struck.total() >= len(seeds):
                return
            empty(portal)
            group = Group(portal, dying, sealed, ROOT, work / f"group-{number}", MODES[number % len(MODES)])
            for step_number, step in enumerate(STEPS):
                seed, place = seeds.start + number * len(STEPS) + step_number, f"{group.mode} {step}"
                outcome = group.run(step, seed, deck.deal(seed, place))
                deck.took(place, outcome.fault.kind, outcome.struck, outcome.requests, outcome.writes)
                stream.write(json.dumps(asdict(outcome) | {"load": load()}, ensure_ascii=False) + "\n")
                stream.flush()
                print(
                    f"{deck.struck.total()}/{len(seeds)} {outcome.title}: ended {outcome.ended}, "
                    f"{outcome.problems or 'whole'}",
                    flush=True,
                )


def rows_of(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count outcomes by kind of fault; those that struck only."""
    rows = []
    for kind in (*ALL_KINDS, "all"):
        held = [one for one in outcomes if one["struck"] and kind in {one["fault"]["kind"], "all"}]
        if held:
            lags = [lag for one in held for lag in one["lags"]]
            rows.append(
                {
                    "fault": kind,
                    "struck": len(held),
                    "got_over_in_one_run": sum(one["ended"] == 0 for one in held),
                    "died_or_gave_up": sum(one["ended"] != 0 for one in held),
                    "whole_after_a_second_run": sum(not one["problems"] for one in held),
                    "limit_whole": len(held),
                    "polls": sum(one["polls"] for one in held),
                    "seconds_each": round(sum(one["whole_seconds"] for one in held) / len(held), 1),
                    "longest_lag_seconds": round(max(lags, default=0.0), 2),
                    "load": [held[0]["load"], held[-1]["load"]],
                }
            )
    return rows


def main() -> None:
    """Run, show, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=SEED, help="the first seed: two portals need not do the same")
    parser.add_argument("--home", type=Path, help="a portal that is up; it is emptied")
    parser.add_argument("--keep", type=Path, help="folder to go on from")
    parser.add_argument("--no-record", action="store_true")
    given = parser.parse_args()
    if given.home is None:
        raise SystemExit("--home: name a portal that is up and may be emptied: python -m deploy.portal up --home DIR")
    portal = Portal(open_home(given.home, service_account()))
    with tempfile.TemporaryDirectory(prefix="minhbach-faults-") as place:
        work, folder = Path(place), given.keep or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "outcomes.jsonl"
        with children(MORTAL, ROOT, folder / "children.log") as dying, small_disk(portal):
            run(portal, dying, template(work / "template"), work, range(given.first, given.first + given.seeds), log)
        outcomes = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    rows = rows_of(outcomes)
    show(rows, COLUMNS)
    if not given.no_record:
        keep("faults", rows, about="publications to a real CKAN under seeded faults", same=("fault",))


if __name__ == "__main__":
    main()
