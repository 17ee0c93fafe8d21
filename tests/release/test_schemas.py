"""The files of a publication keep the JSON Schemas that are published for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from minhbach.core import jsonfile
from minhbach.core.publishing import Proof
from minhbach.release import approve, make_receipt, save_plan
from minhbach.verify import verify
from tests.release.small import DATASET, House, a_table

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["manifest", "plan", "receipt", "signature", "verification"]


@pytest.fixture
def documents(small: House) -> dict[str, dict[str, Any]]:
    """Make one document of each kind; the release is a revision, so that nothing optional is missing."""
    first = small.seal(small.write())
    table = a_table(so_nhan=[121, None, 0])
    release = small.seal(small.write(table, revision="r2", previous=first), revision_reason="Ghi sai")
    plan = small.plan([release])
    approval = approve(
        plan,
        "binh_duyet",
        small.private("binh_duyet"),
        ledger=small.ledger,
        catalog=small.catalog,
        settings=small.settings,
    )
    proof = Proof({"http://127.0.0.1/data.csv": "a" * 64}, {DATASET: "http://127.0.0.1/"})
    receipt = make_receipt(plan, approval, [release], proof, small.ledger.head(), small.settings)
    return {
        "manifest": json.loads((release.folder / "manifest.json").read_bytes()),
        "signature": json.loads((release.folder / "manifest.sig").read_bytes()),
        "plan": json.loads(save_plan(small.lake, plan).read_bytes()),
        "receipt": receipt,
        "verification": json.loads(jsonfile.pretty(verify(release.folder).document())),
    }


def test_every_kind_has_a_schema(project: Path) -> None:
    assert sorted(path.stem for path in (project / "docs" / "schemas" / "files").glob("*.json")) == KINDS


def test_documents_keep_their_schemas_and_the_schemas_can_refuse(
    documents: dict[str, dict[str, Any]], project: Path
) -> None:
    assert sorted(documents) == KINDS
    for kind, document in documents.items():
        schema = json.loads((project / "docs" / "schemas" / "files" / f"{kind}.json").read_bytes())
        jsonschema.Draft202012Validator.check_schema(schema)
        judge = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        judge.validate(document)
        optional = set(schema["properties"]) - set(schema["required"])
        assert set(document) | optional == set(schema["properties"]), kind
        assert not judge.is_valid({**document, "added": 1})
        for name in schema["required"]:
            assert not judge.is_valid({key: value for key, value in document.items() if key != name}), (kind, name)
