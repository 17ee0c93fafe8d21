"""What describes a release to programs is right by the standards' own rules, and says the same as the data."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq
import pyshacl
import pytest
import rdflib

from minhbach.core import jsonfile
from minhbach.core.catalog import load_catalog
from minhbach.core.rows import read_csv
from minhbach.release import write
from minhbach.release.metadata import licence_url
from tests.release.fake import a_fake_table
from tests.release.small import ISSUED, SOURCES, House

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own use
ADDRESS = "http://127.0.0.1/dataset/giay-phep/2026-Q3/r1/"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
SHAPES = [
    "shacl/dcat-ap-SHACL.ttl",
    "html/shacl/shapes.ttl",
    "html/shacl/range.ttl",
    "html/shacl/deprecateduris.ttl",
    "html/shacl/mdr-vocabularies.shape.ttl",
    "html/shacl/shapes_recommended.ttl",
]
NOT_KNOWN = {
    "http://www.w3.org/ns/dcat#bbox",  # a province's outline is no part of a statistics release
    "http://www.w3.org/ns/dcat#centroid",
    "http://purl.org/dc/terms/type",  # kinds of publishers and licences: a list of the European Union
    "http://purl.org/dc/terms/publisher",  # no corporate body of the European Union
    "http://purl.org/dc/terms/spatial",  # a province has no entry in the Union's list of places
    "http://www.w3.org/ns/dcat#theme",  # the house's own theme stands beside the Union's
}
"""Recommended, with no answer here; none of them may be a violation."""
PATTERNS = {
    "integer": r"-?\d+",
    "number": r"-?\d+\.\d+",
    "date": r"\d{4}-\d\d-\d\d",
    "boolean": "true|false",
    "string": r"[\s\S]*",
}


def graph_of(folder: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(folder / "dataset.jsonld", format="json-ld", publicID=f"{ADDRESS}dataset.jsonld")


@pytest.mark.shared_data
@pytest.mark.parametrize("shapes", SHAPES)
def test_linked_data_keeps_the_shapes_of_dcat_ap(small: House, shared_data: Path, shapes: str) -> None:
    graph = graph_of(small.write().folder)
    assert len(graph) > 100
    for concept in {node for node in graph.all_nodes() if str(node).startswith(AUTHORITY)}:
        # What the vocabulary itself would say of its entry, were it here.
        scheme = rdflib.URIRef(str(concept).rpartition("/")[0])
        graph.add((concept, rdflib.SKOS.inScheme, scheme))
    rules = rdflib.Graph().parse(shared_data / "shacl_dcat_ap_3.0.1" / shapes)
    _, report, text = pyshacl.validate(graph, shacl_graph=rules, do_owl_imports=False)
    results = list(report.objects(None, rdflib.SH.result))
    assert {str(report.value(result, rdflib.SH.resultPath)) for result in results} <= NOT_KNOWN, text
    assert {report.value(result, rdflib.SH.resultSeverity) for result in results} <= {rdflib.SH.Warning}, text


@pytest.mark.shared_data
def test_the_shapes_notice_what_is_missing(small: House, shared_data: Path) -> None:
    graph = graph_of(small.write().folder)
    graph.remove((None, rdflib.DCTERMS.title, None))
    rules = rdflib.Graph().parse(shared_data / "shacl_dcat_ap_3.0.1" / SHAPES[0])
    ok, _, text = pyshacl.validate(graph, shacl_graph=rules, do_owl_imports=False)
    assert not ok
    assert "title" in text


def test_linked_data_names_the_files_that_lie_beside_it(small: House) -> None:
    written = small.write()
    dcat, spdx = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://spdx.org/rdf/terms#")
    graph = graph_of(written.folder)
    found = {}
    for distribution in graph.objects(rdflib.URIRef(ADDRESS), dcat.distribution):
        name = str(graph.value(distribution, dcat.downloadURL)).removeprefix(ADDRESS)
        checksum = graph.value(graph.value(distribution, spdx.checksum), spdx.checksumValue)
        found[name] = {"sha256": str(checksum), "bytes": int(str(graph.value(distribution, dcat.byteSize)))}
    assert found == {name: written.files[name] for name in ("data.csv", "data.parquet", "data.xlsx")}


def test_the_data_package_tells_the_truth_about_the_csv(small: House) -> None:
    written = small.write()
    package = json.loads((written.folder / "datapackage.json").read_bytes())
    assert package["name"] == "giay-phep"
    assert (package["title"], package["title_en"]) == ("Giấy phép theo đơn vị, kỳ 2026-Q3", "Permits by unit, 2026-Q3")
    data = package["resources"][0]
    assert data["hash"] == f"sha256:{written.files['data.csv']['sha256']}"
    columns, rows = read_csv(written.folder / "data.csv")
    fields = data["schema"]["fields"]
    assert [field["name"] for field in fields] == columns
    tables = {resource["name"]: resource for resource in package["resources"]}
    checked = 0
    for row in rows:
        for field, cell in zip(fields, row, strict=True):
            constraints = field.get("constraints", {})
            if not cell:
                assert not constraints.get("required"), field
                continue
            assert re.fullmatch(PATTERNS[field["type"]], cell), field
            assert "enum" not in constraints or cell in constraints["enum"]
            assert "minimum" not in constraints or float(cell) >= constraints["minimum"]
            assert "maximum" not in constraints or float(cell) <= constraints["maximum"]
            checked += 1
    assert checked > 20
    assert data["schema"]["primaryKey"] == ["ky_bao_cao", "ma_don_vi"]
    (key,) = data["schema"]["foreignKeys"]
    codes = {row["code"]: row for row in tables[key["reference"]["resource"]]["data"]}
    assert codes == {
        "A": {"code": "A", "vi": "Đơn vị A", "en": "Unit A"},
        "B": {"code": "B", "vi": "Đơn vị B", "en": "Unit B"},
        "C": {"code": "C", "vi": "C", "en": "C"},
    }


def test_an_english_project_speaks_english_first(small: House) -> None:
    spoken = small.catalog.project.model_copy(update={"languages": ["en"]})
    written = small.write(catalog=replace(small.catalog, project=spoken))
    package = json.loads((written.folder / "datapackage.json").read_bytes())
    assert package["title"] == "Permits by unit, 2026-Q3"
    assert package["resources"][0]["schema"]["fields"][0]["title"] == "Quarter"
    assert "title_vi" not in package
    described = json.loads((written.folder / "csv-metadata.json").read_bytes())
    assert described["@context"][1] == {"@language": "en"}


def test_csvw_names_the_columns_as_they_stand(small: House) -> None:
    written = small.write()
    document = json.loads((written.folder / "csv-metadata.json").read_bytes())
    columns, _ = read_csv(written.folder / document["url"])
    described = document["tableSchema"]["columns"]
    assert [column["name"] for column in described] == [column["titles"] for column in described] == columns
    assert document["tableSchema"]["primaryKey"] == ["ky_bao_cao", "ma_don_vi"]
    assert {column["datatype"] for column in described} == {"string", "integer", "decimal", "date", "boolean"}


@pytest.mark.shared_data
def test_csvw_uses_only_words_of_its_namespace(small: House, shared_data: Path) -> None:
    context = json.loads((shared_data / "csvw_ns" / "ns" / "csvw.jsonld").read_bytes())["@context"]
    document = json.loads((small.write().folder / "csv-metadata.json").read_bytes())

    def words(part: Any) -> set[str]:
        if isinstance(part, dict):
            return {key for key in part if not key.startswith("@")}.union(*map(words, part.values()), set())
        return set().union(*map(words, part)) if isinstance(part, list) else set()

    found = words({key: value for key, value in document.items() if key != "@context"})
    assert len(found) > 8
    unknown = {word for word in found if word not in context and word.partition(":")[0] not in {"dc", "rdfs"}}
    assert not unknown


def test_the_dictionary_holds_every_column_in_both_languages(small: House) -> None:
    written = small.write()
    with (written.folder / "dictionary.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = {line["cot"]: line for line in csv.DictReader(stream)}
    columns, _ = read_csv(written.folder / "data.csv")
    assert list(lines) == columns
    assert "so_nguoi" not in lines
    assert (lines["ty_le"]["nhan_vi"], lines["ty_le"]["nhan_en"], lines["ty_le"]["cong_thuc"]) == (
        "Tỷ lệ",
        "Rate",
        "so_cap / so_nhan",
    )
    assert [name for name, line in lines.items() if line["khoa"]] == ["ky_bao_cao", "ma_don_vi"]


def test_the_workbook_has_data_dictionary_and_notes(small: House) -> None:
    book = openpyxl.load_workbook(small.write().folder / "data.xlsx")
    assert book.sheetnames == ["data", "dictionary", "notes"]
    notes = {row[0]: row[1:] for row in book["notes"].iter_rows(values_only=True)}
    assert "ẩn" in notes["Ký hiệu / Symbol: c"][0]
    assert notes["Bảo vệ / Protection: số ô được ẩn / hidden cells"] == ("20", "20")
    (share,) = (said for name, said in notes.items() if name.startswith("Bảo vệ / Protection: dòng bị che"))
    assert share == ("5 %", "5 %")
    assert book["dictionary"].max_row == book["data"].max_column + 1
    assert book.properties.created.isoformat() == f"{ISSUED}T00:00:00"
    cell = {head.value: cell for head, cell in zip(book["data"][1], book["data"][3], strict=True)}
    assert (cell["chenh_lech"].value, cell["chenh_lech"].data_type) == (-5, "n")
    assert cell["ngay_dau"].is_date


def test_parquet_carries_types_and_labels(small: House) -> None:
    schema = pq.read_schema(small.write().folder / "data.parquet")
    assert str(schema.field("ty_le").type) == "decimal128(5, 2)"
    assert str(schema.field("ngay_dau").type) == "date32[day]"
    assert schema.field("so_nhan").metadata[b"vi"].decode() == "Số nhận"
    assert not schema.field("ma_don_vi").nullable


def test_the_public_model_is_passed_on_as_it_came(small: House) -> None:
    written = small.write()
    document = json.loads((written.folder / "disclosure.json").read_bytes())
    assert document["schema"] == "minhbach/disclosure/1"
    assert (written.folder / "disclosure.json").read_bytes() == jsonfile.pretty(document)


def test_no_file_is_bound_to_a_place_or_a_clock(small: House) -> None:
    written = small.write()
    for name in written.files:
        content = (written.folder / name).read_bytes()
        assert str(small.root.parent).encode() not in content, name


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        ("ODbL-1.0", "https://spdx.org/licenses/ODbL-1.0"),
    ],
)
def test_a_licence_has_its_address(licence: str, address: str) -> None:
    assert licence_url(licence) == address


def test_every_dataset_of_the_project_can_be_written(project: Path, tmp_path: Path) -> None:
    catalog = load_catalog(project)
    assert catalog.datasets
    for name, dataset in catalog.datasets.items():
        written = write(
            name,
            period="2026-Q3",
            revision="r1",
            table=a_fake_table(dataset),
            sources=SOURCES,
            public_model={"schema": "minhbach/disclosure/1"},
            public_figures={},
            catalog=catalog,
            folder=tmp_path / name,
            issued=ISSUED,
            data_as_of="2026-09-16",
        )
        assert written.rows == 20
        graph = graph_of(written.folder)
        assert len(graph) > 100
