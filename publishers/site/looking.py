"""Looks at a site from outside: what it offers, bytes that come, pages that are not what was built. Knows no disk."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import PortalFailed
from minhbach.core.seal import DATA, MANIFEST, SIGNATURE, SUMS
from minhbach.core.watching import Seen

from .readback import OK, Reader
from .state import NAME, shortened

if TYPE_CHECKING:
    from minhbach.core.publishing import Release
    from minhbach.core.watching import Expected

GONE = 410


class Look:
    """One look at one site: every page is read once, whatever is asked about."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def at(self, expected: Expected) -> Seen:
        """Say what is seen of one dataset.

        Raises:
            PortalFailed: nothing answers, or what answers is no site of ours.

        """
        name, told = expected.dataset.name, self.state
        offered = frozenset(told["releases"].get(name, {}))
        with Reader(self.address) as reader:
            files: dict[str, dict[str, str | None]] = {}
            rows: dict[str, int] = {}
            for release in expected.releases:
                edition = f"{release.period}/{release.revision}"
                files[edition], rows[edition] = _files(reader, release)
            receipts = {one: self._receipt(reader, one) for one in expected.receipts}
        return Seen(
            dataset=name,
            page=f"{self.address}/dataset/{name}/",
            editions=offered,
            files=files,
            rows=rows,
            metadata=dict(told["metadata"].get(name, {})),
            receipts=receipts,
            edited=self._edited(name),
        )

    @cached_property
    def state(self) -> dict[str, Any]:
        """What the site says it holds."""
        with Reader(self.address) as reader:
            status, body = reader.get(NAME)
            state = json.loads(body) if status == OK and body.startswith(b"{") else None
        if not isinstance(state, dict) or state.get("schema") != "minhbach/site-state/1":
            raise PortalFailed(f"{self.address}/{NAME}: found status {status} and no state, expected a site of ours.")
        return state

    @cached_property
    def others(self) -> dict[str, str]:
        """Address → what is wrong with it, of everything that is no file of a release."""
        found: dict[str, str] = {}
        releases = {f"dataset/{name}/{edition}/" for name, held in self.state["releases"].items() for edition in held}
        with Reader(self.address) as reader:
            for place, sha256 in self.state["files"].items():
                folder = place.rpartition("/")[0] + "/"
                if folder in releases and not place.endswith(".html"):
                    continue
                address = place.removesuffix("index.html") if place.split("/")[-1] == "index.html" else place
                status, body = reader.get(address)
                if status != (GONE if place.endswith("/410.html") else OK):
                    found[place] = f"/{address} ({status})"
                elif hashlib.sha256(body).hexdigest() != sha256:
                    found[place] = f"/{address} (edited)"
        return found

    def _edited(self, name: str) -> tuple[str, ...]:
        """Join what is wrong with a dataset's own pages; pages that belong to none are told with every dataset."""
        named = [f"dataset/{other}/" for other in self.state["releases"] if other != name]
        wrong = [said for place, said in self.others.items() if not any(other in place for other in named)]
        return (shortened(wrong),) if wrong else ()

    def _receipt(self, reader: Reader, plan: str) -> Any:
        entry = self.state["receipts"].get(plan)
        if entry is None:
            return None
        status, body = reader.get(f"publication/{entry['publication']}/{entry['period']}/receipts/{plan}.json")
        try:
            return json.loads(body) if status == OK else None
        except ValueError:
            return None


def _files(reader: Reader, release: Release) -> tuple[dict[str, str | None], int]:
    """Read every file of a release: its hash, and the rows of its table."""
    found: dict[str, str | None] = {}
    rows = 0
    for name in (*release.manifest["files"], MANIFEST, SUMS, SIGNATURE):
        status, body = reader.get(f"dataset/{release.dataset}/{release.period}/{release.revision}/{name}")
        found[name] = hashlib.sha256(body).hexdigest() if status == OK else None
        if name == DATA and status == OK:
            rows = max(0, body.count(b"\n") - 1)
    return found, rows
