"""A running portal as the benchmarks use it: tokens, the CPU of its services, a resource for a while."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

TICKS = os.sysconf("SC_CLK_TCK")


class Home:
    """A running portal."""

    def __init__(self, path: Path) -> None:
        said = dict(line.split("=", 1) for line in (path / "publisher.env").read_text().splitlines())
        self.path, self.url = path, said["MINHBACH_PORTAL_CKAN_URL"]
        self.token, self.admin, self.dsn = (
            Path(said[f"MINHBACH_PORTAL_CKAN_{what}_FILE"]).read_text().strip()
            for what in ("TOKEN", "ADMIN_TOKEN", "DATASTORE_URL")
        )
        self.pids = [json.loads(file.read_text())["pid"] for file in (path / "run").glob("*.pid")]

    def client(self, token: str | None = None) -> Any:
        """Give our own client."""
        from publishers.ckan.client import Portal
        from publishers.ckan.slots import Slots

        return Portal(self.url, token or self.token, Slots(Path(tempfile.gettempdir()) / "minhbach-bench-slots", 4))

    def cpu_seconds(self) -> float:
        """Add up what the services and their children have used since they started."""
        used, parents = {}, {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                except OSError:  # it ended while we looked
                    continue
                parents[int(folder.name)] = int(fields[1])
                used[int(folder.name)] = sum(map(int, fields[11:15])) / TICKS
        ours = set(self.pids)
        while grown := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= grown
        return sum(used.get(pid, 0.0) for pid in ours)

    @contextmanager
    def resource(self) -> Iterator[str]:
        """Make a public dataset with one resource; both are gone afterwards, with table and file."""
        name, resource = f"bench-{uuid4().hex[:12]}", str(uuid4())
        with self.client() as portal:
            owner = portal.read("organization_list_for_user")[0]["name"]
            made = portal.action("package_create", {"name": name, "owner_org": owner, "private": False})
            portal.action(
                "resource_create",
                {
                    "package_id": made["id"],
                    "id": resource,
                    "name": "bench",
                    "url": "_datastore_only_resource",
                    "url_type": "datastore",
                    "format": "DataStore",
                },
            )
        try:
            yield resource
        finally:
            with self.client() as portal, self.client(self.admin) as admin:
                portal.action("resource_delete", {"id": resource})
                admin.action("dataset_purge", {"id": made["id"]})
