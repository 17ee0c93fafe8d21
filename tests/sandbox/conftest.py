"""Sandboxes of two sizes and several seeds, made once for all tests of this folder."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minhbach.sandbox import drop, generate
from minhbach.sandbox.csvdrop import HEADERS
from minhbach.sandbox.making import SERVICES
from minhbach.sandbox.server import Server
from minhbach.sandbox.truth import Truth, read_truth

if TYPE_CHECKING:
    from pathlib import Path

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - source times are local and naive
OWN = "mot_cua_quang_ninh"


@dataclass(frozen=True)
class Sandbox:
    out: Path
    seed: int
    size: int

    @cached_property
    def truth(self) -> Truth:
        return read_truth(self.out / "truth")

    @cached_property
    def periods(self) -> list[dict[str, Any]]:
        return json.loads((self.out / "sandbox.json").read_text(encoding="utf-8"))["periods"]

    @property
    def freezes(self) -> list[datetime]:
        return [datetime.fromisoformat(period["freeze"]) for period in self.periods]

    @cached_property
    def defects(self) -> list[dict[str, Any]]:
        return json.loads((self.out / "truth" / "defects.json").read_text(encoding="utf-8"))["counts"]

    @cached_property
    def needles(self) -> list[dict[str, str]]:
        return json.loads((self.out / "truth" / "needles.json").read_text(encoding="utf-8"))["needles"]

    def told(self, table: str, freeze: int) -> list[dict[str, Any]]:
        """Return what the service holds at a freeze, asked for page by page without faults."""
        with Server(self.out, faults=False, as_of=self.freezes[freeze]) as server:
            return Client(server).all(SERVICES[table], page_size=5_000)

    def dropped(self, supplier: str, table: str, freeze: int) -> list[dict[str, str]]:
        """Return a drop's records under the names of the service."""
        drop(self.out, self.freezes[-1])
        (path,) = (self.out / "drops" / supplier).glob(f"{table}_{self.periods[freeze]['name']}_*.csv")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter=";"))
        return [{HEADERS[table][header]: value for header, value in row.items()} for row in rows]


class Client:
    """Asks a sandbox's service, as plainly as can be."""

    def __init__(self, server: Server) -> None:
        self._http = httpx.Client(base_url=server.url)
        self._server = server
        self.session = self.token()

    def token(self) -> str:
        wanted = {key: self._server.credentials[key] for key in ("client_id", "client_secret")}
        return self._http.post("/token", json=wanted).json()["session"]

    def post(self, path: str, content: dict[str, Any]) -> httpx.Response:
        return self._http.post(path, json=content)

    def ask(self, service: str, *, page: Any = 1, page_size: Any = 500, **changes: Any) -> httpx.Response:
        question = {"session": self.session, "madonvi": self._server.unit, "service": service, "since": ""}
        return self._http.post("/api", json=question | {"page": page, "page_size": page_size} | changes)

    def all(self, service: str, *, page_size: int = 500, since: str = "") -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        pages, page = 1, 1
        while page <= pages:
            answer = self.ask(service, page=page, page_size=page_size, since=since).json()
            assert answer["error_code"] == "00", answer["message"]
            assert answer["page"] == page
            records += answer["data"]
            pages, page = answer["pages"], page + 1
        assert len(records) == answer["total"]
        return records


def make(project: Path, folder: Path, *, seed: int, size: int) -> Sandbox:
    out = folder / f"{size}_{seed}"
    if not out.exists():
        generate(project, seed=seed, dossiers=size, out=out)
    return Sandbox(out, seed, size)


@pytest.fixture(scope="session")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandboxes")


@pytest.fixture(scope="session", params=[(600, 11), (6_000, 23), (6_000, 4_040)], ids=lambda p: f"{p[0]}-seed{p[1]}")
def sandbox(request: pytest.FixtureRequest, project: Path, sandboxes: Path) -> Sandbox:
    size, seed = request.param
    return make(project, sandboxes, seed=seed, size=size)


@pytest.fixture(scope="session")
def small(project: Path, sandboxes: Path) -> Sandbox:
    return make(project, sandboxes, seed=11, size=600)
