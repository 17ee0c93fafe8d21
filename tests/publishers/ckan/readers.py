"""Anonymous readers that poll a portal while it is published to, and say what was not whole. Know CKAN's public API.

A reader asks for the page, for files and the table it names, for the page again, and so on. Only where the pages before
and after are the same does what came between belong to one moment; a table has to be a whole one, old or new, in any
case.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import httpx

from minhbach.core import rows as canon
from publishers.ckan.names import package_name, table_id, twin_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

EVERY, SELDOM = 0.05, 4
OK, MISSING = 200, 404
CUT, CUTS = {409, 500}, 10
"""What each of the portal's threads says once when its own connections to its tables were cut."""
MOST_ROWS = 32_000


class Unread:
    """In place of a page that was not read; one that is not there is none."""


UNREAD = Unread()


@dataclass(frozen=True)
class Whole:
    """What a dataset is as a whole, before or after: the releases it offers and the rows of its table."""

    editions: frozenset[str]
    table: str
    """Hash of the rows; empty where there is no table."""


@dataclass
class Watching:
    """What the readers of one publication saw."""

    polls: int = 0
    files: int = 0
    tables: int = 0
    seen: set[frozenset[str]] = field(default_factory=set)
    lags: list[float] = field(default_factory=list)
    """Seconds for which a whole table was not yet, or not any more, the one that the page speaks of."""
    problems: list[str] = field(default_factory=list)
    page: dict[str, Any] | Unread | None = UNREAD
    """As it was read last."""
    lag_since: float | None = None

    def lag(self, moment: float, *, is_lagging: bool) -> None:
        """Take note of whether page and table were of two moments."""
        if is_lagging and self.lag_since is None:
            self.lag_since = moment
        if not is_lagging and self.lag_since is not None:
            self.lags.append(moment - self.lag_since)
            self.lag_since = None


def rows_hash(columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """Hash rows without regard to their order, cells as plain texts; columns by name."""
    order = sorted(range(len(columns)), key=lambda place: columns[place])
    texts = sorted(json.dumps([_text(line[place]) for place in order], ensure_ascii=False) for line in lines)
    return hashlib.sha256("\n".join([*sorted(columns), *texts]).encode()).hexdigest()


def expected_table(folders: Iterable[Path]) -> str:
    """Hash the rows that a table of these releases holds."""
    columns: list[str] = []
    lines: list[Sequence[str]] = []
    for folder in folders:
        columns, held = canon.read_csv(folder / "data.csv")
        lines += list(held)
    return rows_hash(columns, lines) if columns else ""


def _text(cell: Any) -> str:
    """Give a number one text however it was written; a missing value is the empty text."""
    if cell is None:
        return ""
    text = str(cell)
    try:
        return format(Decimal(text).normalize(), "f")
    except ArithmeticError:
        return text


class Readers:
    """One that reads dataset after dataset, on the portal itself and with no token."""

    def __init__(
        self,
        url: str,
        wholes: dict[str, tuple[Whole, Whole]],
        *,
        is_stable: bool,
        is_cut: bool = False,
        seed: int = 0,
    ) -> None:
        self.url, self.wholes, self.is_stable, self.is_cut = url, wholes, is_stable, is_cut
        self.watching = {name: Watching() for name in wholes}
        self.chance = random.Random(seed)
        self._read_before: dict[bytes, str] = {}
        """Hash of a whole answer → hash of the rows in it."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def problems(self) -> list[str]:
        """Everything that was not whole."""
        return [f"{name}: {said}" for name, watching in self.watching.items() for said in watching.problems]

    def _read(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            for dataset in itertools.cycle(self.wholes):
                began = time.monotonic()
                self._look(client, dataset, began)
                if self._over.wait(max(0.0, EVERY - (time.monotonic() - began))):
                    break
        for watching in self.watching.values():
            watching.lag(time.monotonic(), is_lagging=False)

    def _look(self, client: httpx.Client, dataset: str, began: float) -> None:
        watching = self.watching[dataset]
        try:
            before = self._page(client, dataset, watching) if isinstance(watching.page, Unread) else watching.page
            watching.page, is_lagging = self._poll(client, dataset, watching, before)
        except httpx.HTTPError as error:
            watching.problems.append(f"found no answer: {type(error).__name__}")
            watching.page, is_lagging = UNREAD, False
        watching.lag(began if is_lagging else time.monotonic(), is_lagging=is_lagging)
        watching.polls += 1

    def _poll(
        self, client: httpx.Client, dataset: str, watching: Watching, before: dict[str, Any] | None
    ) -> tuple[dict[str, Any] | None, bool]:
        """Read once after a page was read; return the page after it, and whether page and table were of two moments."""
        # Files and the private package only now and then, so that page and table are asked as often as said.
        files = self._files(client, before) if watching.polls % SELDOM == 0 else {}
        table = self._table(client, dataset, before)
        if watching.polls % SELDOM == 1:
            self._twin(client, dataset, watching)
        after = self._page(client, dataset, watching)
        if before == after:
            return after, self._still(dataset, watching, before, files, table)
        old, new = self.wholes[dataset]
        still = {one["id"] for one in (after or {}).get("resources", [])}
        watching.problems += [said for resource, said in files.items() if said and resource in still]
        if table is not None and table not in {old.table, new.table}:
            watching.problems.append("found a table that is neither the old nor the new one, during the change")
        return after, False

    def _still(
        self,
        dataset: str,
        watching: Watching,
        page: dict[str, Any] | None,
        files: dict[str, str],
        table: str | None,
    ) -> bool:
        """Judge what was read while a page stayed the same; return whether page and table were of two moments."""
        old, new = self.wholes[dataset]
        editions = _editions(page)
        watching.seen.add(editions)
        watching.files += len(files)
        watching.problems += filter(None, files.values())
        if editions not in {old.editions, new.editions}:
            watching.problems.append(f"found {sorted(editions)}, expected the old or the new releases")
        whole = new if editions == new.editions else old
        if table is None:
            # What is taken back loses its table before its page: that it is gone for good comes first.
            if whole.table and new.table and page is not None:
                return self._late(watching, "found no table", is_allowed=not old.table)
            return False
        watching.tables += 1
        if table == whole.table:
            return False
        return self._late(
            watching, "found a table of other rows than the page's", is_allowed=table in {old.table, new.table}
        )

    def _late(self, watching: Watching, told: str, *, is_allowed: bool) -> bool:
        """A stable table is swapped in one moment, the page in another: whole both, and counted as a lag."""
        if not (self.is_stable and is_allowed):
            watching.problems.append(told)
        return True

    def _page(self, client: httpx.Client, dataset: str, watching: Watching) -> dict[str, Any] | None:
        answer = client.get("/api/3/action/package_show", params={"id": package_name(dataset)})
        if answer.status_code == OK:
            package = answer.json()["result"]
            return {"modified": package["metadata_modified"], "resources": package["resources"]}
        if answer.status_code != MISSING:
            watching.problems.append(f"package_show: found {answer.status_code}")
        return None

    def _files(self, client: httpx.Client, page: dict[str, Any] | None) -> dict[str, str]:
        """Read a file that the page names, data every other time; what is wrong with it, or the empty text."""
        listed = [one for one in (page or {}).get("resources", []) if one.get("minhbach_file")]
        data = [one for one in listed if one["minhbach_file"] == "data.csv"]
        group = self.chance.choice((data, listed))
        chosen = [self.chance.choice(group)] if group else []
        found = {}
        for resource in chosen:
            answer = client.get(httpx.URL(resource["url"]).raw_path.decode())
            sha256 = hashlib.sha256(answer.content).hexdigest()
            is_good = answer.status_code == OK and sha256 == resource.get("sha256")
            said = f"{resource.get('minhbach_release')}/{resource['minhbach_file']}: {answer.status_code}, other bytes"
            found[resource["id"]] = "" if is_good else said
        return found

    def _table(self, client: httpx.Client, dataset: str, page: dict[str, Any] | None) -> str | None:
        """Hash the rows of the table that the page names; nothing where there is none."""
        named = [one["id"] for one in (page or {}).get("resources", []) if one.get("url_type") == "datastore"]
        if page is None:
            named = [table_id(dataset)]
        if not named:
            return None
        asked = {"resource_id": named[0], "limit": str(MOST_ROWS)}
        for _ in range(CUTS if self.is_cut else 1):
            answer = client.get("/api/3/action/datastore_search", params=asked)
            if answer.status_code not in CUT:
                break
        if answer.status_code == MISSING:
            return None
        if answer.status_code != OK:
            self.watching[dataset].problems.append(f"datastore_search: found {answer.status_code}")
            return None
        read, said = self._read_before, hashlib.sha256(answer.content).digest()
        if said not in read:
            result = answer.json()["result"]
            columns = [one["id"] for one in result["fields"] if one["id"] != "_id"]
            read[said] = rows_hash(columns, ([row[name] for name in columns] for row in result["records"]))
        return read[said]

    def _twin(self, client: httpx.Client, dataset: str, watching: Watching) -> None:
        """Nobody sees the private package in which the next release waits."""
        answer = client.get("/api/3/action/package_show", params={"id": twin_name(dataset)})
        if answer.status_code != MISSING:
            watching.problems.append(f"the private package: found {answer.status_code}")


def _editions(page: dict[str, Any] | None) -> frozenset[str]:
    """Name the releases that a page offers: by their manifests."""
    listed = (page or {}).get("resources", [])
    return frozenset(one["minhbach_release"] for one in listed if one.get("minhbach_file") == "manifest.json")
