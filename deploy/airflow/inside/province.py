"""Run by the instance's own Python: makes the pretend province's records and says what servers must know of it.

Arguments: folder, period (empty: the project's first), dossiers, seed, port. Writes `answer.json` into the folder.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from minhbach.core.jsonfile import digest, file_sha256
from minhbach.flow.house import open_house
from minhbach.flow.stages import release_at
from minhbach.sandbox import generate
from publishers.ckan.names import slug

AFTER_FREEZE = timedelta(minutes=5)


def main() -> None:
    """Generate what is missing, then answer."""
    folder, asked = Path(sys.argv[1]), sys.argv[2]
    dossiers, seed, port = (int(word) for word in sys.argv[3:6])
    house = open_house()
    project, catalog = house.settings.project, house.catalog
    records, mark = folder / "records", folder / "made.json"
    codes = {path.name: file_sha256(path) for path in sorted((project / "catalog" / "codes").glob("*.csv"))}
    made = {"dossiers": dossiers, "seed": seed, "made_of": digest(codes)}
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != made:
        shutil.rmtree(records, ignore_errors=True)
        generate(project, seed=seed, dossiers=dossiers, out=records)
        mark.write_text(json.dumps(made), encoding="utf-8")
    publication = catalog.publication()
    period = house.period(asked or catalog.project.first_period, publication)
    answer = {
        # The very hour of the release: books may close, what is approved may go out, and nobody is late yet.
        "now": release_at(house, publication, period).isoformat(),
        "as_of": (catalog.calendar.freeze_at(period.end) + AFTER_FREEZE).replace(tzinfo=None).isoformat(),
        "connections": _connections(catalog, records, port),
        "dags": [
            *(f"publish__{name}" for name in catalog.publications),
            *(f"extract__{name}" for name in catalog.agencies),
            *(f"prepare__{name}" for name in catalog.publications),
        ],
        "people": {
            login: {"title": person.title, "roles": list(person.roles)}
            for name, person in catalog.people.items()
            if (login := person.login)
        },
        "themes": {slug(dataset.theme.vi): dataset.theme.vi for dataset in catalog.datasets.values()},
    }
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _connections(catalog: object, records: Path, port: int) -> dict[str, str]:
    known = json.loads((records / "credentials.json").read_text(encoding="utf-8"))
    ways = {}
    for agency in catalog.agencies.values():  # type: ignore[attr-defined]
        if agency.method == "rest_paged":
            opened = {key: known[key] for key in ("client_id", "client_secret")}
            way = json.dumps({"url": f"http://127.0.0.1:{port}/", **opened})
        else:
            inbox = records / "drops" / agency.name
            inbox.mkdir(parents=True, exist_ok=True)
            way = inbox.as_uri()
        ways[f"MINHBACH_CONN_{agency.connection.upper()}"] = way
    return ways


main()
