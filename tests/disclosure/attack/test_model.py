"""The public model: made from a declaration, written as `disclosure.json`, read back strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from minhbach.core.catalog import load_catalog
from minhbach.core.errors import DeclarationError, MinhBachError, UnreadableFile, UsageError
from minhbach.disclosure.attack import attack, attack_csv, public_model
from minhbach.disclosure.attack.expressions import linear, relation
from minhbach.disclosure.attack.model import PublicModel

from .tables import model, with_totals, write

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "minhbach" / "disclosure" / "schemas"
STEMS = ["giai_quyet_ho_so", "dung_han_theo_thu_tuc"]


def declaration(stem: str) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((ROOT / "catalog" / "datasets" / f"{stem}.yml").read_text(encoding="utf-8"))
    return said


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("stem", STEMS)
def test_the_model_says_what_a_reader_must_know(stem: str) -> None:
    document = public_model(declaration(stem), "2026-Q3", "2026-Q2", dataset=stem)
    jsonschema.validate(document, schema("disclosure"))
    assert document["schema"] == "minhbach/disclosure/1"
    assert document["limits"] == {"threshold": 10, "zeros": "published", "min_integers": 5, "min_width": 10}
    assert "so_chu_ho_so" not in document["measures"]
    assert "ky_bao_cao" not in document["dimensions"]
    assert document["waived"] == ["outcome"]
    assert len(document["identities"]) >= 5
    assert document["ladder"]
    if stem == "giai_quyet_ho_so":
        assert document["carried"] == {"ky_truoc_chuyen": "dang_giai_quyet"}
    else:
        assert document["sums_to"]["measures"] == {"so_giai_quyet_trong_ky": "tiep_nhan"}
        assert document["rates"]["ty_le_dung_han_chat"]["scale"] == 100
        assert [one["is"] for one in document["protected"]] == ["giai_quyet_ho_so.da_giai_quyet - so_da_giai_quyet"]


@pytest.mark.parametrize("stem", STEMS)
def test_the_catalogs_own_model_says_the_same(stem: str) -> None:
    dataset = load_catalog(ROOT).datasets[stem]
    dumped = dataset.model_dump(mode="json", by_alias=True)
    assert public_model(dumped, "2026-Q3") == public_model(declaration(stem), "2026-Q3", dataset=stem)


def test_the_schema_is_the_models() -> None:
    made = PublicModel.model_json_schema(by_alias=True)
    kept = schema("disclosure")
    for key in ("$defs", "properties", "additionalProperties"):
        assert kept[key] == made[key]


def test_verdicts_keep_their_schema(tmp_path: Path) -> None:
    table = with_totals({("1", "1"): {"n": 7}, ("1", "2"): {"n": 40}, ("2", "1"): {"n": 40}, ("2", "2"): {"n": 60}})
    good = attack([write(tmp_path / "good", model(), table, [(key, "n") for key in table if "TONG" not in key])])
    bad = attack([write(tmp_path / "bad", model(), table, [(("1", "1"), "n")])])
    wrong = table | {("TONG", "TONG"): {"n": 1}}
    torn = attack([write(tmp_path / "torn", model(), wrong)])
    assert [good.passed, bad.passed, torn.passed] == [True, False, False]
    assert torn.contradictions
    for verdict in (good, bad, torn):
        jsonschema.validate(json.loads(json.dumps(verdict.to_json())), schema("attack"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hierarchy": {}}, "hierarchy"),
        ({"limits": {"threshold": "ten"}}, "limits.threshold"),
        ({"measures": {"n": {"role": "main"}}}, "measures.n.role"),
        ({"schema": "minhbach/disclosure/2"}, "schema"),
        ({"identities": ["n = a + b"]}, 'identities: found "a"'),
        ({"protected": [{"name": "x", "is": "n - m"}]}, 'protected: found "m"'),
        ({"rates": {"r": {"numerator": "m", "denominator": "n"}}}, "rates.r"),
        ({"carried": {"n": "m"}}, "carried"),
    ],
)
def test_a_model_of_another_kind_is_refused_by_key(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    folder = write(tmp_path / "r", model(), {("1", "1"): {"n": 12}})
    (folder / "disclosure.json").write_text(json.dumps(model() | change), encoding="utf-8")
    with pytest.raises(DeclarationError, match=named):
        attack([folder])


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("data.csv", None, "data.csv"),
        ("data.csv", "a,b,n\n1,1,x\n", "row 2: n"),
        ("data.csv", "a,b,n\n1,1,1.5\n", "row 2: n"),
        ("data.csv", "a,b,n\n1,1,5\n1,1,6\n", "row 3"),
        ("data.csv", "a,b,n\n1,1\n", "row 2"),
        ("data.csv", "a,n\n1,5\n", '"b"'),
        ("data.csv", 'a,b,n\n1,"1,5\n', "no readable"),
        ("data.csv", b"a,b,n\n\xff,1,5\n", "no readable"),
        ("disclosure.json", None, "disclosure.json"),
        ("disclosure.json", "[", "no readable JSON"),
        ("disclosure.json", "[]", "no JSON object"),
    ],
)
def test_a_file_that_is_not_a_release_is_named(
    tmp_path: Path, name: str, content: str | bytes | None, named: str
) -> None:
    folder = write(tmp_path / "r", model(), {("1", "1"): {"n": 12}})
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableFile, match=named):
        attack([folder])


def test_one_release_of_a_dataset_and_period_at_a_time(tmp_path: Path) -> None:
    folders = [write(tmp_path / name, model(), {("1", "1"): {"n": 12}}) for name in ("r1", "r2")]
    with pytest.raises(UsageError, match="two releases"):
        attack(folders)


def test_a_policy_must_name_its_columns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,n\n1,20\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match="measures"):
        attack_csv(tmp_path / "x.csv", {"dimensions": {"a": {}}})


def test_expressions() -> None:
    assert linear("a + b - 2*c") == ({"a": 1, "b": 1, "c": -2}, 0)
    assert linear("bang.a - a + 3") == ({"bang.a": 1, "a": -1}, 3)
    equal, below = relation("a = b + c"), relation("a <= b - 2")
    assert (equal.coefficients, equal.low, equal.high) == ({"a": 1, "b": -1, "c": -1}, 0, 0)
    assert (below.coefficients, below.low, below.high) == ({"a": 1, "b": -1}, None, -2)


@pytest.mark.parametrize("text", ["a", "a = b = c", "a * b = c", "a b = c", "= c", "a =", "a < b"])
def test_what_is_no_relation_is_refused(text: str) -> None:
    with pytest.raises(MinhBachError):
        relation(text)
